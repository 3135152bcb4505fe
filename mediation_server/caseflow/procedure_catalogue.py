"""What the court is told of a matter's procedure: closed shapes beside those of `catalogue`; builds no message."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from mediation_server.domain.delivery import MessageType

__all__ = [
    "PROCEDURE_SHAPES",
    "ConfirmationApplied",
    "ConsentRecorded",
    "DiversionReceived",
    "MatterArchived",
    "MediatorAccepted",
    "MediatorAppointed",
    "MediatorDeclined",
    "PeriodExtended",
    "PeriodPaused",
    "PeriodResumed",
]

_Id = Annotated[str, Field(min_length=1, max_length=64)]
_Name = Annotated[str, Field(max_length=200)]
_Names = Annotated[tuple[_Name, ...], Field(max_length=200)]
_Days = Annotated[int, Field(ge=1, le=3_660)]


class _Closed(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class DiversionReceived(_Closed):
    """A case the court sent has arrived; `matter_ref` is what it is called here, and in every message after this."""

    delegation_no: _Id
    matter_ref: Annotated[str, Field(max_length=40)]
    received_at: AwareDatetime


class ConsentRecorded(_Closed):
    """A party's answer to one item of the ledger (C1, C2, C3); the answers to others are not the court's business."""

    party: _Name
    item: Literal["c1", "c2", "c3"]
    text_version: Annotated[str, Field(max_length=40)]
    answer: bool
    at: AwareDatetime


class MediatorAppointed(_Closed):
    """Who is to mediate and how they were found; a tariff if they charge."""

    mediator: _Name
    how: Literal["joint", "court", "organisation"]
    charges: Annotated[str, Field(max_length=2000)] | None
    at: AwareDatetime


class MediatorAccepted(_Closed):
    """The clock starts (在线调解规则 art. 24): from when, until which day."""

    mediator: _Name
    accepted_at: AwareDatetime
    period_start: AwareDatetime | None
    period_end: date | None


class MediatorDeclined(_Closed):
    """Not accepted, or not in time; `reason` is empty then."""

    mediator: _Name
    reason: Annotated[str, Field(max_length=20_000)]
    at: AwareDatetime


class PeriodExtended(_Closed):
    """So many days more, by the consent of all who are named."""

    extension_id: _Id
    days: _Days
    consents: _Names
    period_end: date | None
    at: AwareDatetime


class PeriodPaused(_Closed):
    """The clock stands still."""

    pause_id: _Id
    cause: Literal["appraisal", "false_mediation", "force_majeure"]
    since: AwareDatetime


class PeriodResumed(_Closed):
    """It runs again, with the days that were left."""

    pause_id: _Id
    until: AwareDatetime
    period_end: date | None


class ConfirmationApplied(_Closed):
    """All parties ask for judicial confirmation together (民诉法 art. 205)."""

    confirm_app_id: _Id
    applicants: _Names
    court: _Name
    effective_at: AwareDatetime | None
    at: AwareDatetime


class MatterArchived(_Closed):
    """The file is closed; its catalogue by hash."""

    catalogue_sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    at: AwareDatetime


PROCEDURE_SHAPES: dict[MessageType, type[BaseModel]] = {
    MessageType.DIVERSION_RECEIVED: DiversionReceived,
    MessageType.CONSENT_RECORDED: ConsentRecorded,
    MessageType.MEDIATOR_APPOINTED: MediatorAppointed,
    MessageType.MEDIATOR_ACCEPTED: MediatorAccepted,
    MessageType.MEDIATOR_DECLINED: MediatorDeclined,
    MessageType.PERIOD_EXTENDED: PeriodExtended,
    MessageType.PERIOD_PAUSED: PeriodPaused,
    MessageType.PERIOD_RESUMED: PeriodResumed,
    MessageType.CONFIRMATION_APPLIED: ConfirmationApplied,
    MessageType.MATTER_ARCHIVED: MatterArchived,
}
