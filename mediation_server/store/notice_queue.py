"""Messages to people that wait to be handed over; a row only until it has been."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import delete, insert

from mediation_server.domain.notice import Notice
from mediation_server.store.clock_tables import notice_queue
from mediation_server.store.database import Tx
from mediation_server.store.mapping import Mapper

__all__ = ["add_all", "drop", "oldest"]

_waiting = Mapper(Notice, notice_queue)


async def add_all(tx: Tx, values: Iterable[Notice]) -> None:
    """More messages, committed with what they tell of."""
    rows = [_waiting.columns_of(each) for each in values]
    if rows:
        await tx.execute(insert(notice_queue), rows)


async def oldest(tx: Tx, limit: int = 50) -> list[Notice]:
    """Those that wait longest."""
    order = (notice_queue.c.sent_at, notice_queue.c.id)
    return await _waiting.all(tx, _waiting.selecting().order_by(*order).limit(limit))


async def drop(tx: Tx, notice_ids: Iterable[str]) -> None:
    """These have been handed over."""
    await tx.execute(delete(notice_queue).where(notice_queue.c.id.in_(sorted(notice_ids))))
