"""What the court sent and what it was answered, so that a replay gets the same answer."""

from __future__ import annotations

from sqlalchemy import func, select

from mediation_server.domain.message import InboxMessage
from mediation_server.store.database import Tx
from mediation_server.store.mapping import Mapper
from mediation_server.store.tables import inbox

__all__ = ["add", "applied", "by_id", "last_seq"]

_messages = Mapper(InboxMessage, inbox, key="message_id")


async def add(tx: Tx, value: InboxMessage) -> None:
    """Keep a message with its answer."""
    await _messages.add(tx, value)


async def by_id(tx: Tx, message_id: str) -> InboxMessage | None:
    """The message with this id, or None."""
    return await _messages.by_key(tx, message_id)


async def applied(tx: Tx, matter_ref: str, type: str, business_key: str) -> InboxMessage | None:  # noqa: A002
    """The message about this fact that was acknowledged, whatever its id, or None; refused ones do not count."""
    same = (inbox.c.matter_ref == matter_ref, inbox.c.type == type, inbox.c.business_key == business_key)
    found = await _messages.all(tx, _messages.selecting().where(*same).order_by(inbox.c.seq))
    return next((each for each in found if "court_version" in each.answer), None)


async def last_seq(tx: Tx, matter_ref: str) -> int:
    """The highest sequence number received for a matter; 0 before the first."""
    return await tx.scalar(select(func.max(inbox.c.seq)).where(inbox.c.matter_ref == matter_ref)) or 0
