"""What a kept form says of itself: what was written, chosen or merely pressed, and which of two forms stays."""

import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediation_server.domain.unsent import FILLED, UNSENT_LASTS, Said, Unsent
from tests.doubles import FakeClock

NOW = FakeClock().now()


def form(*said, at=NOW, **fields):
    told = {FILLED: json.dumps(said)} if said else {}
    return Unsent("zhou", "/my/period/ask", {**fields, **told}, at)


WRITTEN = form(["text", "说明", ""], text="saturday", kind="another_time")
CHOSEN = form(["answer", "是否同意", "我同意"], answer="yes", text_version="1")
PRESSED = form(["", "", "延长"], days="5")


def test_a_lower_case_word_or_a_number_that_was_typed_is_what_was_written():
    assert WRITTEN.words == ("saturday",)
    assert form(["days", "延长几天", ""], days="5").words == ("5",)
    assert WRITTEN.said == (Said("说明", "saturday", typed=True),)
    assert WRITTEN.is_filled


def test_a_choice_is_told_in_the_words_of_its_page_and_is_no_writing():
    assert CHOSEN.said == (Said("是否同意", "我同意", typed=False),)
    assert (CHOSEN.words, CHOSEN.is_filled) == ((), True)


def test_a_mere_press_is_told_by_the_words_of_its_button_and_holds_nothing():
    assert (PRESSED.pressed, PRESSED.said, PRESSED.words, PRESSED.is_filled) == ("延长", (), (), False)
    hidden = form(["", "", "送出"], title="A long title that only the page says", back="/home")
    assert not hidden.is_filled  # nobody wrote it, however it reads


def test_without_scripts_what_can_be_no_code_was_written():
    assert form(text="Saturday", kind="another_time").words == ("Saturday",)
    assert form(text="saturday", kind="another_time").is_filled is False
    assert form(text="saturday", kind="another_time").short == ("saturday",)


@pytest.mark.parametrize(
    ("before", "newer", "gives_way"),
    [
        (WRITTEN, PRESSED, False),
        (WRITTEN, CHOSEN, False),
        (WRITTEN, form(["text", "", ""], text="monday"), True),
        (CHOSEN, PRESSED, False),
        (CHOSEN, CHOSEN, True),
        (CHOSEN, WRITTEN, True),
        (PRESSED, PRESSED, True),
        (form(["text", "", ""], text="old", at=NOW - UNSENT_LASTS), PRESSED, True),
        (form(["text", "", ""], text="old", at=NOW - UNSENT_LASTS + timedelta(seconds=1)), PRESSED, False),
    ],
)
def test_what_weighs_less_never_takes_the_place_of_what_weighs_more(before, newer, gives_way):
    assert before.yields_to(newer) is gives_way


@given(st.text() | st.recursive(st.none() | st.integers() | st.text(), st.lists).map(json.dumps))
def test_whatever_a_browser_says_of_a_form_breaks_nothing(told):
    one = Unsent("zhou", "/x", {"text": "那天要上班", FILLED: told}, NOW)
    assert all(each.words == "那天要上班" or len(each.words) <= 200 for each in one.said)
    assert isinstance(one.is_filled, bool)
    assert len(one.pressed) <= 200


def test_half_a_character_neither_breaks_the_page_nor_what_stands_beside_it():
    half = form(["text", "延\ud842", "长\ud842"], ["", "", "送\ud842"], text="hello")
    assert half.said == (Said("延?", "长?", typed=False),)
    assert half.pressed == "送?"


def test_what_it_says_of_fields_that_are_not_there_or_empty_is_left_out():
    assert form(["gone", "x", "y"], ["text", "说明", ""], [FILLED, "x", "y"], text=" ").said == ()
    assert form(["text", "说明", ""], ["text", 1, ""], ["text"], text="hello").said == (
        Said("说明", "hello", typed=True),
    )
    assert form(["text", "长" * 900, "长" * 900], text="hello").said == (Said("长" * 200, "长" * 200, typed=False),)
