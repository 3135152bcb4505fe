import pytest

from mediation_server.domain.checks.addresses import address, postcode
from mediation_server.errors import BadInput


def refused(check, text):
    with pytest.raises(BadInput) as refusal:
        check(text, field="party.address")
    assert refusal.value.field == "party.address"
    return refusal.value.code


def test_an_address_is_kept_without_blanks_in_chinese_and_with_them_elsewhere():
    assert address(" 江岚市云溪区 安和路12号 3幢 502室 ") == "江岚市云溪区安和路12号3幢502室"
    assert address("12 Anhe Road,  Yunxi District") == "12 Anhe Road, Yunxi District"


@pytest.mark.parametrize(
    ("typed", "code"),
    [("", "required"), ("江岚市", "address_short"), ("123456 78", "address_script"), ("路" * 121, "too_long")],
)
def test_what_is_no_address_says_why(typed, code):
    assert refused(address, typed) == code


def test_a_postcode_is_six_digits():
    assert postcode(" 23 0001 ") == postcode("２３０００１") == "230001"
    assert {refused(postcode, each) for each in ("23000", "2300011", "23000A")} == {"postcode_form"}
