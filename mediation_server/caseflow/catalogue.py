"""What each message to the court may say: closed shapes, so that what is not named here cannot leave the house.

Proposals, offers, chat, caucus content and the mediator's reasons have no field, on purpose (在线调解规则 art. 18,
特邀规定 art. 22: what was conceded in mediation must not reach the trial). What was agreed has one in a single message:
the request for the mediation judgment that is made of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from mediation_server.caseflow.handover_catalogue import HANDOVER_SHAPES
from mediation_server.caseflow.procedure_catalogue import PROCEDURE_SHAPES
from mediation_server.domain.delivery import MessageType
from mediation_server.domain.matter import Ground, MatterOutcome, Outcome
from mediation_server.domain.people import Role, Side
from mediation_server.domain.recording import GapReason
from mediation_server.errors import BadInput

__all__ = [
    "TECHNICAL",
    "Attendance",
    "HeldResult",
    "MediationJudgmentRequested",
    "MissingStretch",
    "OutcomeRecorded",
    "RecordingSealed",
    "SessionHeld",
    "checked",
]

TECHNICAL: Literal["technical"] = "technical"  # nobody ended the sitting: it has no outcome
HeldResult = Outcome | Literal["technical"]

_Id = Annotated[str, Field(min_length=1, max_length=64)]
_Name = Annotated[str, Field(max_length=200)]
_Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
_Milliseconds = Annotated[int, Field(ge=0)]


class _Closed(BaseModel):
    """A shape without room for anything it does not name."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    def wire(self) -> dict[str, Any]:
        """As JSON values, ready to be stored and sent."""
        return self.model_dump(mode="json")


class Attendance(_Closed):
    """Who came, in which capacity, and whether the presider verified the identity."""

    name: _Name
    role: Role
    side: Side
    arrived_at: AwareDatetime | None
    verified: bool


class MissingStretch(_Closed):
    """A stretch of the sitting that was not recorded; ms from its start, `to_ms` None when it lasted to the end."""

    from_ms: _Milliseconds
    to_ms: _Milliseconds | None
    reason: GapReason


class SessionHeld(_Closed):
    """A sitting took place; `kind` is the sitting's kind, `result` its outcome, or that the house ended it."""

    session_id: _Id
    kind: Annotated[str, Field(max_length=40)]
    started_at: AwareDatetime
    ended_at: AwareDatetime
    result: HeldResult
    attendance: Annotated[tuple[Attendance, ...], Field(max_length=50)]
    gaps: Annotated[tuple[MissingStretch, ...], Field(max_length=1000)]


class OutcomeRecorded(_Closed):
    """What the mediation came to, on which of the eight grounds; never why, and never in whose words.

    No `session_id`: it ended without a sitting, because its period did, or by what the parties said.
    """

    session_id: _Id | None
    conclusion_id: _Id
    outcome: Outcome | MatterOutcome
    ground: Ground | None
    concluded_at: AwareDatetime


class MediationJudgmentRequested(_Closed):
    """The parties agreed after filing: the court is asked for the 调解书 (民诉法 art. 100), made of these terms.

    `mj_request_id` names the request in every answer to it; `partial` says that other claims stay in dispute.
    """

    mj_request_id: _Id
    session_id: _Id
    conclusion_id: _Id
    requested_at: AwareDatetime
    terms: Annotated[str, Field(min_length=1, max_length=20_000)]
    partial: bool


class RecordingSealed(_Closed):
    """A recording was sealed: metadata only, the media stay here."""

    session_id: _Id
    recording_id: _Id
    duration_ms: _Milliseconds
    recorded_ms: _Milliseconds
    manifest_sha256: _Sha256
    gaps: Annotated[tuple[MissingStretch, ...], Field(max_length=1000)]


_SHAPES: dict[MessageType, type[BaseModel]] = {
    **PROCEDURE_SHAPES,
    **HANDOVER_SHAPES,
    MessageType.SESSION_HELD: SessionHeld,
    MessageType.OUTCOME_RECORDED: OutcomeRecorded,
    MessageType.MEDIATION_JUDGMENT_REQUESTED: MediationJudgmentRequested,
    MessageType.RECORDING_SEALED: RecordingSealed,
}


def checked(kind: str, payload: Mapping[str, object]) -> dict[str, Any]:
    """The payload in its promised shape. Raises `BadInput("message_shape")` for an unknown type or a foreign field."""
    shape = _SHAPES.get(MessageType(kind)) if kind in _SHAPES else None
    if shape is None:
        raise BadInput("message_shape", field="type")
    try:
        return shape.model_validate(payload).model_dump(mode="json")
    except ValidationError as wrong:
        path = ".".join(str(part) for part in wrong.errors()[0]["loc"])
        raise BadInput("message_shape", field=path or "payload") from wrong
