import itertools

import pytest

from mediation_server.caseflow.catalogue import checked
from mediation_server.domain.delivery import MessageType
from mediation_server.errors import BadInput

OUTCOME = {
    "session_id": "s",
    "conclusion_id": "c",
    "outcome": "agreed",
    "ground": "g1",
    "concluded_at": "2026-11-23T06:00:00Z",
}
SEALED = {
    "session_id": "s",
    "recording_id": "r",
    "duration_ms": 90_000,
    "recorded_ms": 60_000,
    "manifest_sha256": "0" * 64,
    "gaps": [{"from_ms": 1000, "to_ms": 31_000, "reason": "caucus"}],
}
HELD = {
    "session_id": "s",
    "kind": "mediation",
    "started_at": "2026-11-23T06:00:00Z",
    "ended_at": "2026-11-23T07:00:00Z",
    "result": "failed",
    "attendance": [{"name": "周承安", "role": "applicant", "side": "applicant", "arrived_at": None, "verified": False}],
    "gaps": [],
}
REQUESTED = {
    "mj_request_id": "c",
    "session_id": "s",
    "conclusion_id": "c",
    "requested_at": "2026-11-23T07:00:00Z",
    "terms": "分六期归还八万六千元",
    "partial": False,
}
AT = "2026-11-23T06:00:00Z"
PROCEDURE = {
    MessageType.DIVERSION_RECEIVED: {"delegation_no": "7", "matter_ref": "TJ-9901-2026-000001", "received_at": AT},
    MessageType.CONSENT_RECORDED: {"party": "周承安", "item": "c1", "text_version": "1", "answer": True, "at": AT},
    MessageType.MEDIATOR_APPOINTED: {"mediator": "郑思远", "how": "joint", "charges": None, "at": AT},
    MessageType.MEDIATOR_ACCEPTED: {
        "mediator": "郑思远",
        "accepted_at": AT,
        "period_start": AT,
        "period_end": "2026-11-30",
    },
    MessageType.MEDIATOR_DECLINED: {"mediator": "郑思远", "reason": "超出专业", "at": AT},
    MessageType.PERIOD_EXTENDED: {
        "extension_id": "m:9",
        "days": 7,
        "consents": ["周承安", "林若溪"],
        "period_end": "2026-12-07",
        "at": AT,
    },
    MessageType.PERIOD_PAUSED: {"pause_id": "m:1", "cause": "appraisal", "since": AT},
    MessageType.PERIOD_RESUMED: {"pause_id": "m:1", "until": AT, "period_end": "2026-12-07"},
    MessageType.CONFIRMATION_APPLIED: {
        "confirm_app_id": "m:12",
        "applicants": ["周承安", "林若溪"],
        "court": "江岚市云溪区人民法院",
        "effective_at": AT,
        "at": AT,
    },
    MessageType.MATTER_ARCHIVED: {"catalogue_sha256": "0" * 64, "at": AT},
}
TRANSFER = {
    "handover_id": "m:14",
    "at": AT,
    "case_no": "(2026)皖9901民初2101号",
    "cause": "民间借贷纠纷",
    "outcome": "failed",
    "ground": "g6",
    "concluded_at": AT,
    "claim_fen": 8_600_000,
    "limitation_at": AT,
    "suit_by": "2026-12-20",
    "mediator": "郑思远",
    "parties": [
        {"side": "applicant", "name": "周承安", "kind": "natural", "phone": "16100000011", "id_kind": None}
        | {"id_number": None, "address": None, "email": None, "legal_rep": None, "e_service": True}
    ],
    "documents": [
        {"document_id": "d", "kind": "evidence", "side": "applicant", "title": "银行流水", "files": ["0" * 64]}
    ],
}
GOOD = PROCEDURE | {
    MessageType.TRANSFER_TO_FILING: TRANSFER,
    MessageType.TRANSFER_TO_TRIAL: TRANSFER,
    MessageType.FALSE_MEDIATION_ALERT: {"alert_id": "m:9", "at": AT},
    MessageType.OUTCOME_RECORDED: OUTCOME,
    MessageType.RECORDING_SEALED: SEALED,
    MessageType.SESSION_HELD: HELD,
    MessageType.MEDIATION_JUDGMENT_REQUESTED: REQUESTED,
}
SAID = ("terms", "reasons", "chat", "proposal", "offer", "caucus", "transcript", "note")
# The one message with one of these: a 调解书 is made of what was agreed, which is no concession any more.
AGREED_TERMS = (MessageType.MEDIATION_JUDGMENT_REQUESTED, "terms")


@pytest.mark.parametrize("kind", list(MessageType))
def test_every_message_we_send_has_a_shape(kind):
    assert checked(kind, GOOD[kind]) == GOOD[kind]


@pytest.mark.parametrize(
    ("kind", "foreign"), [each for each in itertools.product(MessageType, SAID) if each != AGREED_TERMS]
)
def test_what_was_said_in_mediation_has_no_field(kind, foreign):
    with pytest.raises(BadInput, match="message_shape") as refusal:
        checked(kind, GOOD[kind] | {foreign: "二万元即可"})
    assert refusal.value.field == foreign


def test_nor_has_it_one_deeper_down():
    attendance = [HELD["attendance"][0] | {"said": "二万元即可"}]
    with pytest.raises(BadInput, match="message_shape"):
        checked("SessionHeld", HELD | {"attendance": attendance})


@pytest.mark.parametrize("place", ["parties", "documents"])
def test_nor_in_what_is_handed_over(place):
    inside = [TRANSFER[place][0] | {"proposal": "二万元即可"}]
    with pytest.raises(BadInput, match="message_shape"):
        checked("TransferToTrial", TRANSFER | {place: inside})


@pytest.mark.parametrize("kind", ["", "outcome_recorded", "CaseClosed", "__class__"])
def test_an_unknown_type_is_refused(kind):
    with pytest.raises(BadInput, match="message_shape"):
        checked(kind, OUTCOME)
