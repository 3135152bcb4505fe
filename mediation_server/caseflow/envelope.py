"""`Envelope`: what every message between platform and court is wrapped in, its wire form and its signature."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from pydantic import AwareDatetime, ConfigDict, TypeAdapter
from pydantic.types import JsonValue

from mediation_server.domain.inbox import Incoming
from mediation_server.domain.log import canonical
from mediation_server.domain.matter import Matter
from mediation_server.domain.message import OutboxMessage
from mediation_server.errors import BadInput, Refused, TooLarge

__all__ = ["MAX_BYTES", "Attachment", "Envelope", "enveloped", "from_court", "opened", "payload_sha256", "sealed"]

MAX_BYTES = 256 * 1024
_SOURCE = "mediation-server"
_SCHEMA_VERSION = 1
_FRESH = timedelta(minutes=5)
_CLOSED = ConfigDict(extra="forbid", strict=True)


@dataclass(frozen=True, slots=True)
class Attachment:
    """A document that travels by reference and hash; the receiver fetches and verifies it."""

    doc_id: str
    kind: str
    title: str
    sha256: str
    bytes: int
    href: str

    __pydantic_config__ = _CLOSED


@dataclass(frozen=True, slots=True)
class Envelope:
    """One message; `seq` counts per matter and direction, `court_version` is the version the sender expects.

    `signature` is HMAC-SHA256 in hex over the canonical JSON of all other fields, `sent_at` among them.
    """

    message_id: str
    type: str
    schema_version: int
    source: str
    target_court: str
    matter_ref: str
    seq: int
    occurred_at: AwareDatetime
    sent_at: AwareDatetime
    business_key: str
    payload: Mapping[str, JsonValue]
    case_no: str | None = None
    ajbs: str | None = None
    causation_id: str | None = None
    court_version: int | None = None
    attachments: tuple[Attachment, ...] = ()
    signature: str = ""

    __pydantic_config__ = _CLOSED

    def wire(self) -> bytes:
        """The envelope as canonical JSON in UTF-8."""
        return canonical(_ADAPTER.dump_python(self, mode="json"))

    @property
    def identity(self) -> Incoming:
        """What the receiver compares to recognise a repeated message."""
        digest = payload_sha256(self.payload)
        return Incoming(self.message_id, self.matter_ref, self.seq, self.type, self.business_key, digest)


_ADAPTER: TypeAdapter[Envelope] = TypeAdapter(Envelope)


def enveloped(message: OutboxMessage, matter: Matter, *, sent_at: datetime) -> Envelope:
    """The envelope of an outbox message of this matter, not signed yet."""
    return Envelope(
        message_id=message.message_id,
        type=message.type,
        schema_version=_SCHEMA_VERSION,
        source=_SOURCE,
        target_court=matter.court,
        matter_ref=matter.ref,
        seq=message.seq,
        occurred_at=message.occurred_at,
        sent_at=sent_at,
        business_key=message.business_key,
        payload=dict(message.payload),  # type: ignore[arg-type]  # JSON by construction: it came from a JSON column
        case_no=matter.case_no,
    )


def from_court(body: bytes, key: bytes, *, now: datetime | None) -> Envelope:
    """What `opened` gives, and surely not one of our own envelopes sent back to us: both ends sign with one key.

    Raises as `opened`.
    """
    envelope = opened(body, key, now=now)
    if envelope.source == _SOURCE:
        raise Refused("signature")
    return envelope


def sealed(envelope: Envelope, key: bytes) -> Envelope:
    """The envelope with its signature."""
    content = json.loads(envelope.wire())
    return replace(envelope, signature=_signature(content, key))


def opened(body: bytes, key: bytes, *, now: datetime | None) -> Envelope:
    """The envelope in `body`, its signature checked, and its age too unless `now` is None (store and forward).

    Raises `TooLarge`, `BadInput("envelope")` or `Refused("signature")`.
    """
    if len(body) > MAX_BYTES:
        raise TooLarge("envelope")
    try:
        content = json.loads(body, object_pairs_hook=_without_duplicates, parse_constant=_no_constant)
        genuine = _is_signed(content, key)
        envelope = _ADAPTER.validate_json(body) if genuine else None
    except (ValueError, RecursionError) as wrong:  # ValidationError and UnicodeEncodeError are ValueErrors
        raise BadInput("envelope") from wrong
    if envelope is None:
        raise Refused("signature")
    if now is not None and abs(now - envelope.sent_at) > _FRESH:
        raise Refused("signature")
    return envelope


def payload_sha256(payload: Mapping[str, object]) -> str:
    """SHA-256 in hex over the canonical JSON of a payload."""
    return hashlib.sha256(canonical(dict(payload))).hexdigest()


def _signature(content: Mapping[str, object], key: bytes) -> str:
    signed = {name: value for name, value in content.items() if name != "signature"}
    return hmac.new(key, canonical(signed), hashlib.sha256).hexdigest()


def _is_signed(content: object, key: bytes) -> bool:
    if not isinstance(content, dict):
        raise ValueError("no object")  # noqa: TRY004 - a wrong shape from outside, refused like any other
    signature = content.get("signature")
    return isinstance(signature, str) and hmac.compare_digest(signature.encode(), _signature(content, key).encode())


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    # Two parsers may pick different ones of two equal keys, and only one of them would be what was signed.
    content = dict(pairs)
    if len(content) != len(pairs):
        raise ValueError("duplicate key")
    return content


def _no_constant(name: str) -> Any:
    raise ValueError(name)
