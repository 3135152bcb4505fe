"""Messages to and from the court's case-flow system as the database keeps them; knows no transport and no court."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from mediation_server.domain.ids import chance

__all__ = ["InboxMessage", "OutboxMessage", "SyncState", "new_message_id", "sync_state_of"]


class SyncState(StrEnum):
    """What the screen says about the way to the court."""

    PENDING = "pending"  # 待同步
    SYNCED = "synced"  # 已同步
    FAILED = "failed"  # 同步失败


@dataclass(frozen=True, slots=True)
class OutboxMessage:
    """What must reach the court; `seq` counts from 1 in each matter, `dead` means nobody tries any more."""

    message_id: str
    matter_id: str
    session_id: str | None
    seq: int
    type: str
    business_key: str
    payload: Mapping[str, object]
    occurred_at: datetime
    attempts: int
    next_attempt_at: datetime
    delivered_at: datetime | None = None
    court_version: int | None = None
    last_error: str | None = None
    dead: bool = False


@dataclass(frozen=True, slots=True)
class InboxMessage:
    """What the court sent and what it was answered; a second arrival gets the same answer."""

    message_id: str
    matter_ref: str
    seq: int
    type: str
    business_key: str
    payload_sha256: str
    payload: Mapping[str, object]
    answer: Mapping[str, object]
    occurred_at: datetime
    received_at: datetime


def new_message_id(at: datetime) -> str:
    """A UUID version 7 (RFC 9562 §5.7): 48 bits of milliseconds since 1970, then 74 random bits."""
    value = int(at.timestamp() * 1000) << 80 | chance()
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    text = f"{value:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def sync_state_of(messages: Iterable[OutboxMessage]) -> SyncState | None:
    """The state of these messages together: one dead fails all, one undelivered keeps all waiting; None for none."""
    states = {
        SyncState.FAILED if each.dead else SyncState.SYNCED if each.delivered_at else SyncState.PENDING
        for each in messages
    }
    return next((state for state in (SyncState.FAILED, SyncState.PENDING, SyncState.SYNCED) if state in states), None)
