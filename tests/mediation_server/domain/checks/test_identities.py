from datetime import date, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from mediation_server.domain.checks.identities import Identity, IdentityKind, identity, lawyer_licence
from mediation_server.errors import BadInput

TODAY = date(2026, 11, 23)
RESIDENT = IdentityKind.RESIDENT

# The standard's own example and everybody of the demonstration.
VECTORS = [
    "11010519491231002X",
    "349901196301180068",
    "349901198108270116",
    "349901198305140134",
    "349901197609300120",
    "349901198503120011",
    "349901198807210024",
    "349901197904050056",
    "349922197411180030",
    "349901199006150046",
    "349901198709090073",
    "349901196202030080",
    "349901199610240099",
    "349901199106110244",
    "349901198001010170",
    "349901198902280223",
    "349901198403030211",
    "349922197007070198",
    "349922197209120237",
]


def refused(text, kind=RESIDENT, today=TODAY):
    with pytest.raises(BadInput) as refusal:
        identity(kind, text, field="person.id", today=today)
    assert refusal.value.field == "person.id"
    return refusal.value.code


def closed(first):
    """Seventeen digits with their check digit, by the definition: the weighted sum of all eighteen is 1 modulo 11."""
    total = sum(int(each) * pow(2, 17 - place, 11) for place, each in enumerate(first))
    check = (1 - total) % 11
    return first + ("X" if check == 10 else str(check))


NUMBERS = st.builds(
    lambda region, born, seq: closed(f"{region}{born:%Y%m%d}{seq:03}"),
    st.sampled_from(["110105", "349901", "440304", "650102"]),
    st.dates(date(1900, 1, 1), TODAY),
    st.integers(0, 999),
)


@pytest.mark.parametrize("number", VECTORS)
def test_identity_vectors_hold(number):
    found = identity(RESIDENT, number, today=TODAY)
    assert (found.number, f"{found.born:%Y%m%d}", found.needs_look) == (number, number[6:14], False)
    assert found.male is (int(number[16]) % 2 == 1)


def test_a_small_x_blanks_and_full_width_digits_are_made_plain():
    typed = "110105 19491231 00２x"  # one digit full width
    assert identity(RESIDENT, typed, today=TODAY) == Identity(RESIDENT, "11010519491231002X", date(1949, 12, 31), False)


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("", "required"),
        ("110105491231002", "identity_old"),
        ("1101051949123100", "identity_length"),
        ("1101051949123100X2", "identity_form"),
        ("110105194912310021", "identity_check"),
        (closed("99010519491231002"), "identity_region"),
        (closed("81000019491231002"), "identity_region"),
        (closed("11010519490230002"), "identity_birth"),
        (closed("11010519491331002"), "identity_birth"),
        (closed("11010520261124002"), "identity_future"),
    ],
)
def test_each_mistake_has_its_own_word(number, code):
    assert refused(number) == code


def test_who_was_born_today_has_a_number():
    assert identity(RESIDENT, closed("11010520261123002"), today=TODAY).born == TODAY


@given(NUMBERS, st.integers(0, 17), st.sampled_from("0123456789X"))
def test_one_changed_place_is_found(number, place, other):
    assume(number[place] != other)
    changed = number[:place] + other + number[place + 1 :]
    assert refused(changed) in ("identity_check", "identity_form")


@given(NUMBERS, st.integers(0, 16))
def test_two_neighbours_in_each_others_place_are_found(number, place):
    assume(number[place] != number[place + 1])
    swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    assert refused(swapped) in ("identity_check", "identity_form")


@given(NUMBERS)
def test_every_number_that_closes_is_taken_and_says_its_day(number):
    assert f"{identity(RESIDENT, number, today=TODAY).born:%Y%m%d}" == number[6:14]
    day_before = identity(RESIDENT, number, today=TODAY).born - timedelta(days=1)
    assert refused(number, today=day_before) == "identity_future"


@pytest.mark.parametrize(
    ("kind", "region"),
    [
        (IdentityKind.HMT_RESIDENCE, "810000"),
        (IdentityKind.HMT_RESIDENCE, "820000"),
        (IdentityKind.HMT_RESIDENCE, "830000"),
        (IdentityKind.FOREIGN_RESIDENCE, "911156"),
    ],
)
def test_permits_of_the_same_scheme_have_regions_of_their_own(kind, region):
    number = closed(f"{region}19800101123")
    assert identity(kind, number, today=TODAY).number == number
    assert refused(number) == "identity_region"
    assert refused(VECTORS[0], kind) == "identity_region"


@pytest.mark.parametrize("kind", [IdentityKind.PASSPORT, IdentityKind.HM_PERMIT, IdentityKind.TAIWAN_PERMIT])
def test_papers_without_a_check_digit_are_taken_for_somebody_to_look_at(kind):
    found = identity(kind, " e1234 5678", today=TODAY)
    assert found == Identity(kind, "E12345678")
    assert found.needs_look
    for wrong in ("E123", "E" * 21, "护照E12345", "E1234-5678"):
        assert refused(wrong, kind) == "paper_form"


def test_a_lawyers_licence_has_seventeen_digits():
    assert lawyer_licence("13499202610000001") == "13499202610000001"
    for wrong, code in (("1349920261000000", "licence_form"), ("1349920261000000A", "licence_form"), ("", "required")):
        with pytest.raises(BadInput) as refusal:
            lawyer_licence(wrong)
        assert refusal.value.code == code
