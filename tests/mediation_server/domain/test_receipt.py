from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from mediation_server.domain.ids import new_id
from mediation_server.domain.receipt import is_receipt_of, receipt_number, ref_of
from tests.mediation_server.store.people import MATTER


def test_the_number_is_the_reference_and_six_characters_that_follow_from_the_secret_id():
    number = receipt_number(MATTER)
    assert (ref_of(number), len(number)) == (MATTER.ref, len(MATTER.ref) + 7)
    codes = {receipt_number(replace(MATTER, id=new_id())) for _ in range(500)}
    assert len(codes) == 500  # the same reference, another matter: nothing can be told from it


def test_letters_that_look_like_figures_are_taken_for_them():
    matter = next(
        each for each in (replace(MATTER, id=new_id()) for _ in range(500)) if "0" in receipt_number(each)[-6:]
    )
    number = receipt_number(matter)
    assert is_receipt_of(matter, number[:-6] + number[-6:].replace("0", "O"))


@given(st.text(max_size=60))
def test_any_other_text_is_no_receipt(text):
    ref_of(text)
    assert is_receipt_of(MATTER, text) is (text.rpartition("-")[2] == receipt_number(MATTER)[-6:])
