"""The court's answers on the wire: one JSON object, echoing the message it answers; used by every adapter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from mediation_server.caseflow.envelope import Envelope, payload_sha256
from mediation_server.caseflow.port import Ack, Answer, CourtUnreachable, Nack, Pending

__all__ = ["MAX_ANSWER_BYTES", "answer_from", "answer_stored", "answer_to", "stored"]

MAX_ANSWER_BYTES = 64 * 1024
_Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class _Echo(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    message_id: Annotated[str, Field(max_length=64)]
    payload_sha256: _Sha256


class _AckWire(_Echo):
    answer: Literal["ack"] = "ack"
    court_version: Annotated[int, Field(ge=0)]


class _NackWire(_Echo):
    answer: Literal["nack"] = "nack"
    code: Annotated[str, Field(pattern=r"^E_[A-Z_]{1,40}$")]
    message_zh: Annotated[str, Field(max_length=500)] = ""
    retryable: bool


class _PendingWire(_Echo):
    answer: Literal["pending"] = "pending"
    resend_from: Annotated[int, Field(ge=1)] | None = None


_Wire = Annotated[_AckWire | _NackWire | _PendingWire, Field(discriminator="answer")]
_ADAPTER: TypeAdapter[_AckWire | _NackWire | _PendingWire] = TypeAdapter(_Wire)


def answer_to(envelope: Envelope, answer: Answer) -> bytes:
    """The answer as JSON, with the id and the content hash of the message it answers."""
    echo: dict[str, Any] = {"message_id": envelope.message_id, "payload_sha256": payload_sha256(envelope.payload)}
    return _wired(answer, echo).model_dump_json().encode()


def _wired(answer: Answer, echo: dict[str, Any]) -> _Echo:
    if isinstance(answer, Ack):
        return _AckWire(court_version=answer.court_version, **echo)
    if isinstance(answer, Nack):
        return _NackWire(code=answer.code, message_zh=answer.message_zh, retryable=answer.retryable, **echo)
    return _PendingWire(resend_from=answer.resend_from, **echo)


def answer_from(body: bytes, envelope: Envelope) -> Answer:
    """The answer in `body`. Raises `CourtUnreachable` when it has no known shape or answers something else."""
    try:
        wire = _ADAPTER.validate_json(body)
    except ValidationError as wrong:
        raise CourtUnreachable("answer_shape") from wrong
    if (wire.message_id, wire.payload_sha256) != (envelope.message_id, payload_sha256(envelope.payload)):
        raise CourtUnreachable("answer_mismatch")
    if isinstance(wire, _AckWire):
        return Ack(wire.court_version)
    if isinstance(wire, _NackWire):
        return Nack(wire.code, wire.message_zh, wire.retryable)
    return Pending(wire.resend_from)


def stored(answer: Ack | Nack) -> dict[str, Any]:
    """A final answer as it is kept, to be given again when the message is repeated."""
    return asdict(answer)


def answer_stored(content: Mapping[str, Any]) -> Ack | Nack:
    """The answer that was kept."""
    return Ack(**content) if "court_version" in content else Nack(**content)
