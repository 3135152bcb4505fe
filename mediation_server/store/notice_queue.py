"""Messages to people that wait to be handed over; a row only until it has been."""

from __future__ import annotations

from sqlalchemy import delete

from mediation_server.domain.notice import Notice
from mediation_server.store.clock_tables import notice_queue
from mediation_server.store.database import Tx
from mediation_server.store.mapping import Mapper

__all__ = ["add", "drop", "oldest"]

_waiting = Mapper(Notice, notice_queue)


async def add(tx: Tx, value: Notice) -> None:
    """One more message, committed with what it tells of."""
    await _waiting.add(tx, value)


async def oldest(tx: Tx, limit: int = 50) -> list[Notice]:
    """Those that wait longest."""
    order = (notice_queue.c.sent_at, notice_queue.c.id)
    return await _waiting.all(tx, _waiting.selecting().order_by(*order).limit(limit))


async def drop(tx: Tx, notice_id: str) -> None:
    """One has been handed over."""
    await tx.execute(delete(notice_queue).where(notice_queue.c.id == notice_id))
