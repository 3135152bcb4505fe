from dataclasses import replace
from datetime import UTC, datetime

import pytest

from mediation_server.domain.consent import REQUIRED_TO_ENTER, Consent, ConsentChannel, ConsentItem
from mediation_server.errors import BadInput

AT = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
YES = Consent("one", "matter", ConsentItem.ONLINE, "v", answer=True, at=AT, evidence="page:1", party_id="zhou")


def test_nobody_enters_without_answering_for_the_online_way_and_the_recording():
    assert REQUIRED_TO_ENTER == (ConsentItem.ONLINE, ConsentItem.RECORDING_NOTICE)


def test_the_ledger_asks_for_thirteen_things():
    assert [each.value for each in ConsentItem] == [
        *("c1", "c2", "c3", "c4", "c4b", "c5", "c6", "c7", "c8", "c9", "c10", "c11", "c12")
    ]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"channel": ConsentChannel.PHONE, "note": "打了电话"}, "consent_operator_required"),
        ({"channel": ConsentChannel.IN_PERSON}, "consent_operator_required"),
        ({"channel": ConsentChannel.PHONE, "operator_id": "clerk", "note": "  "}, "consent_note_required"),
    ],
)
def test_an_answer_by_phone_or_in_person_names_who_wrote_it_down(change, code):
    with pytest.raises(BadInput) as refusal:
        replace(YES, **change)
    assert refusal.value.code == code


def test_an_answer_by_phone_with_operator_and_note_is_one():
    said = replace(YES, channel=ConsentChannel.PHONE, operator_id="clerk", note="本人接听，同意")
    assert said.channel is ConsentChannel.PHONE


def test_an_answer_is_somebodys():
    with pytest.raises(ValueError, match="nobody"):
        replace(YES, party_id=None)
    assert replace(YES, party_id=None, participant_id="seat").answer
