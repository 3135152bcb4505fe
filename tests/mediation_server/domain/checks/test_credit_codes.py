import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from mediation_server.domain.checks.credit_codes import credit_code
from mediation_server.errors import BadInput

LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
VECTORS = [
    "91350100M000100Y43",
    "91349901MA99A0014H",
    "91349901MA99A0022C",
    "91349901MA99A00307",
    "91349901MA99A00494",
    "91349922MA99A0057C",
    "52349901MA99B001XP",
]


def refused(text):
    with pytest.raises(BadInput) as refusal:
        credit_code(text, field="organisation.code")
    assert refusal.value.field == "organisation.code"
    return refusal.value.code


def closed(head, body):
    """Eight letters and eight of a body, both check digits added by the definitions."""
    letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    total = sum(letters.index(each) * weight for each, weight in zip(body, (3, 7, 9, 10, 5, 8, 4, 2), strict=True))
    first = head + body + {10: "X", 11: "0"}.get(11 - total % 11, str(11 - total % 11))
    total = sum(LETTERS.index(each) * pow(3, place, 31) for place, each in enumerate(first))
    return first + LETTERS[(31 - total % 31) % 31]


CODES = st.builds(closed, st.text(LETTERS, min_size=8, max_size=8), st.text(LETTERS, min_size=8, max_size=8))


@pytest.mark.parametrize("code", VECTORS)
def test_credit_code_vectors_hold(code):
    assert credit_code(code) == code
    assert credit_code(f" {code[:8].lower()} {code[8:].lower()}") == code


@pytest.mark.parametrize(
    ("code", "wrong"),
    [
        ("91350100M000100Y4Z", "credit_code_letters"),
        ("91350100M000100Y44", "credit_code_check"),
        ("91350100M000100Y4", "credit_code_length"),
        ("91350100M000100Y433", "credit_code_length"),
        ("9135O100M000100Y43", "credit_code_letters"),
        ("", "required"),
    ],
)
def test_each_mistake_has_its_own_word(code, wrong):
    assert refused(code) == wrong


@given(CODES)
def test_every_code_that_closes_is_taken(code):
    assert credit_code(code) == code


@given(CODES, st.integers(0, 17), st.sampled_from(LETTERS))
def test_one_changed_place_is_found(code, place, other):
    assume(code[place] != other)
    assert refused(code[:place] + other + code[place + 1 :]) == "credit_code_check"


@given(CODES, st.integers(0, 16))
def test_two_neighbours_in_each_others_place_are_found(code, place):
    assume(code[place] != code[place + 1])
    assert refused(code[:place] + code[place + 1] + code[place] + code[place + 2 :]) == "credit_code_check"


def test_a_wrong_organisation_code_inside_is_found_though_the_last_place_fits():
    right = VECTORS[0]
    for wrong in set("0123456789X") - {right[16]}:
        first = right[:16] + wrong
        total = sum(LETTERS.index(each) * pow(3, place, 31) for place, each in enumerate(first))
        assert refused(first + LETTERS[(31 - total % 31) % 31]) == "credit_code_check"
