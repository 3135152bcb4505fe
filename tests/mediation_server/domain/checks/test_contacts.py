import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediation_server.domain.checks.contacts import email, landline, mobile, phone
from mediation_server.errors import BadInput


def refused(check, text):
    with pytest.raises(BadInput) as refusal:
        check(text, field="contact")
    assert refusal.value.field == "contact"
    return refusal.value.code


@pytest.mark.parametrize(
    "typed",
    ["16100000011", "161 0000 0011", "+86 161-0000-0011", "0086 16100000011", "8616100000011", "１６100000011"],
)
def test_a_mobile_number_is_eleven_digits_however_it_is_typed(typed):
    assert mobile(typed) == phone(typed) == "16100000011"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("0551-62345678", "0551-62345678"),
        ("055162345678", "0551-62345678"),
        ("010-62345678", "010-62345678"),
        ("+86 0551 6234567-123", "0551-6234567-123"),
    ],
)
def test_a_landline_has_its_area_and_perhaps_an_extension(typed, kept):
    assert landline(typed) == phone(typed) == kept


@pytest.mark.parametrize("number", ["12368", "110", "12345", "400-800-1234", "8008101234"])
@pytest.mark.parametrize("check", [mobile, landline, phone])
def test_nobody_is_reached_at_a_service_number(check, number):
    assert refused(check, number) == "phone_service"


@pytest.mark.parametrize(
    ("check", "typed", "code"),
    [
        (mobile, "12800000011", "mobile_form"),
        (mobile, "1610000001", "mobile_form"),
        (mobile, "161000000111", "mobile_form"),
        (mobile, "0551-62345678", "mobile_form"),
        (mobile, "", "required"),
        (landline, "62345678", "landline_form"),
        (landline, "0551-623456", "landline_form"),
        (landline, "0551-62345678-1234567", "landline_form"),
        (phone, "62345678", "phone_form"),
        (phone, "电话", "phone_form"),
        (phone, "1" * 41, "too_long"),
    ],
)
def test_what_is_no_number_says_so(check, typed, code):
    assert refused(check, typed) == code


@given(st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True))
def test_every_mobile_number_keeps_its_form(number):
    assert mobile(number) == mobile("+86" + number) == number


def test_a_mail_address_keeps_its_name_and_its_domain_is_small():
    assert email(" Zhou@Demo.INVALID ") == "Zhou@demo.invalid"
    for wrong in ("zhou", "zhou@demo", "zhou@@demo.invalid", "a..b@demo.invalid", "周@demo.invalid"):
        assert refused(email, wrong) == "email_form"
    assert refused(email, "a" * 250 + "@demo.invalid") == "too_long"
