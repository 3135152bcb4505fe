"""What each message from the court may say: closed shapes, like those of what we send; applies nothing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from mediation_server.domain.inbox import CourtMessage
from mediation_server.errors import BadInput

__all__ = ["checked_from_court"]

_Id = Annotated[str, Field(min_length=1, max_length=64)]
_Text = Annotated[str, Field(max_length=2000)]


class _Closed(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


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


class _ServiceReceipt(_Closed):
    external_id: _Id
    status: Annotated[str, Field(max_length=40)]
    at: AwareDatetime


_SHAPES: dict[CourtMessage, type[_Closed]] = {
    CourtMessage.JUDGMENT_ISSUED: _JudgmentIssued,
    CourtMessage.JUDGMENT_SERVED: _JudgmentServed,
    CourtMessage.JUDGMENT_REFUSED: _JudgmentRefused,
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
