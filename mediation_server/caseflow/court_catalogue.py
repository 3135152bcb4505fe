"""What each message from the court may say: closed shapes, like those of what we send; applies nothing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from mediation_server.domain.inbox import CourtMessage
from mediation_server.errors import BadInput

__all__ = ["checked_from_court"]

_Id = Annotated[str, Field(min_length=1, max_length=64)]
_Text = Annotated[str, Field(max_length=2000)]


class _Closed(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Party(_Closed):
    """Somebody named in a case; `consents` when the court has asked them already."""

    side: Literal["applicant", "respondent", "third"]
    name: Annotated[str, Field(min_length=1, max_length=200)]
    name_en: Annotated[str, Field(max_length=200)] = ""
    kind: Literal["natural", "organisation"]
    phone: Annotated[str, Field(max_length=40)] = ""
    id_kind: Annotated[str, Field(max_length=40)] | None = None
    id_number: Annotated[str, Field(max_length=40)] | None = None
    address: Annotated[str, Field(max_length=300)] | None = None
    email: Annotated[str, Field(max_length=254)] | None = None
    legal_rep: Annotated[str, Field(max_length=100)] | None = None
    consents: bool = False


class _CaseDiverted(_Closed):
    """The court sends a case to mediation; `delegation_no` is its own number of the sending (特邀规定 art. 11)."""

    delegation_no: _Id
    track: Literal["prefiling_delegated", "postfiling_entrusted", "court_led"]
    case_no: Annotated[str, Field(min_length=1, max_length=100)]
    court: Annotated[str, Field(min_length=1, max_length=100)]
    court_en: Annotated[str, Field(max_length=100)] = ""
    cause: Annotated[str, Field(min_length=1, max_length=100)]
    cause_en: Annotated[str, Field(max_length=100)] = ""
    procedure: Literal["普通", "简易", "小额"] | None = None
    judge: Annotated[str, Field(max_length=100)] | None = None
    preferred_org: Annotated[str, Field(max_length=200)] | None = None
    claim: _Text = ""
    claim_fen: Annotated[int, Field(ge=0, le=10**15)] | None = None
    parties: Annotated[tuple[_Party, ...], Field(min_length=2, max_length=50)]


class _ProcedureChanged(_Closed):
    """From one procedure to another, on a day (在线调解规则 art. 24)."""

    old: Literal["普通", "简易", "小额"] | None = None
    new: Literal["普通", "简易", "小额"]
    on: date


class _DiversionRecalled(_Closed):
    """The court takes back what it sent."""

    reason: _Text
    effective_at: AwareDatetime | None = None


class _CaseClosed(_Closed):
    """The case is closed in the court's books: withdrawn, judged, transferred (结案方式)."""

    manner: Annotated[str, Field(min_length=1, max_length=40)]
    manner_name: Annotated[str, Field(min_length=1, max_length=100)]
    on: date
    document_sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None


class _JudgmentIssued(_Closed):
    mj_request_id: _Id
    case_no: Annotated[str, Field(max_length=100)]
    issued_on: date
    document_sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None


class _JudgmentServed(_Closed):
    """Served on one party; it binds when all have received it (民诉法 art. 100)."""

    mj_request_id: _Id
    party: Annotated[str, Field(max_length=200)]
    served_at: AwareDatetime
    effective_at: AwareDatetime | None = None


class _JudgmentRefused(_Closed):
    mj_request_id: _Id
    refused_at: AwareDatetime
    reason: _Text


class _FilingAccepted(_Closed):
    """What failed before filing is registered as a case of its own (民诉法 art. 126)."""

    handover_id: _Id
    case_no: Annotated[str, Field(min_length=1, max_length=100)]
    on: date


class _TrialResumed(_Closed):
    """What failed after filing is tried on."""

    handover_id: _Id
    on: date


class _ServiceReceipt(_Closed):
    external_id: _Id
    status: Annotated[str, Field(max_length=40)]
    at: AwareDatetime


_SHAPES: dict[CourtMessage, type[_Closed]] = {
    CourtMessage.CASE_DIVERTED: _CaseDiverted,
    CourtMessage.PROCEDURE_CHANGED: _ProcedureChanged,
    CourtMessage.DIVERSION_RECALLED: _DiversionRecalled,
    CourtMessage.CASE_CLOSED: _CaseClosed,
    CourtMessage.JUDGMENT_ISSUED: _JudgmentIssued,
    CourtMessage.JUDGMENT_SERVED: _JudgmentServed,
    CourtMessage.JUDGMENT_REFUSED: _JudgmentRefused,
    CourtMessage.FILING_ACCEPTED: _FilingAccepted,
    CourtMessage.TRIAL_RESUMED: _TrialResumed,
    CourtMessage.SERVICE_RECEIPT: _ServiceReceipt,
}


def checked_from_court(kind: str, payload: Mapping[str, object]) -> dict[str, Any]:
    """The payload in its promised shape. Raises `BadInput("message_shape")` for an unknown type or a foreign field."""
    shape = _SHAPES.get(CourtMessage(kind)) if kind in _SHAPES else None
    if shape is None:
        raise BadInput("message_shape", field="type")
    try:
        return shape.model_validate(payload).model_dump(mode="json")
    except ValidationError as wrong:
        raise BadInput("message_shape", field="payload") from wrong
