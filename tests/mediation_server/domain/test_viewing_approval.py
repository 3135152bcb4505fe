from datetime import UTC, date, datetime

import pytest

from mediation_server.domain.viewing_approval import ApprovalState, ExceptionGround, Interest, Stated, ViewingApproval
from mediation_server.errors import BadInput, Conflict, Refused

TODAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
LETTER = {
    "reason": "核对调解协议是否出于自愿",
    "until": "2026-12-31",
    "number": " 〔2026〕江检民监函 １２号 ",
    "authority": "江岚市人民检察院",
}
LAW = {"reason": "涉嫌虚构债务，需要核对", "until": "2026-12-31", "interest": "false_litigation"}


def asked(by="clerk"):
    return ViewingApproval("x", "r", by, NOW, ExceptionGround.LETTER, "核对", date(2026, 12, 31))


def test_a_letter_is_known_by_its_number_and_who_wrote_it():
    stated = Stated.of(ExceptionGround.LETTER, LETTER, TODAY)
    assert (stated.number, stated.authority, stated.interest) == ("〔2026〕江检民监函12号", "江岚市人民检察院", None)


def test_the_law_names_an_interest_and_keeps_nothing_of_other_forms():
    stated = Stated.of(ExceptionGround.LAW, LETTER | LAW, TODAY)
    assert (stated.number, stated.authority, stated.interest) == ("", "", Interest.FALSE_LITIGATION)


@pytest.mark.parametrize(
    ("ground", "typed", "field", "code"),
    [
        ("letter", LETTER | {"number": "来函"}, "number", "reference_form"),
        ("letter", LETTER | {"number": " "}, "number", "required"),
        ("letter", LETTER | {"number": "1" * 61}, "number", "too_long"),
        ("complaint", LETTER | {"authority": ""}, "authority", "required"),
        ("complaint", LETTER | {"reason": "看看"}, "reason", "too_short"),
        ("complaint", LETTER | {"until": "2026-11-22"}, "until", "date_early"),
        ("complaint", LETTER | {"until": "2027-02-22"}, "until", "date_late"),
        ("law", LAW | {"interest": "curiosity"}, "interest", "interest_required"),
        ("law", LAW | {"until": ""}, "until", "required"),
    ],
)
def test_a_basis_that_is_none_is_refused_beside_its_field(ground, typed, field, code):
    with pytest.raises(BadInput) as refused:
        Stated.of(ExceptionGround(ground), typed, TODAY)
    assert (refused.value.field, refused.value.code) == (field, code)


def test_it_is_decided_once_by_somebody_else_and_can_be_taken_back():
    with pytest.raises(Refused, match="own_approval"):
        asked("head").answered("head", NOW, approved=True, words="同意")
    approved = asked().answered("head", NOW, approved=True, words="同意")
    with pytest.raises(Conflict):
        approved.answered("head", NOW, approved=False, words="不同意")
    assert approved.revoked("head", NOW, "来函已撤回").state is ApprovalState.REVOKED
    refused = asked().answered("head", NOW, approved=False, words="理由不足")
    for over in (refused, approved.ended()):
        with pytest.raises(Conflict):
            over.revoked("head", NOW, "收回")
        with pytest.raises(Conflict):
            over.ended()
