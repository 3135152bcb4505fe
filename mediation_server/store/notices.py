"""Messages that were sent to people: the mock's outbox and a real notifier's receipts."""

from __future__ import annotations

from sqlalchemy import delete, select

from mediation_server.domain.notice import Notice
from mediation_server.store.database import Tx
from mediation_server.store.mapping import Mapper
from mediation_server.store.tables import notices

__all__ = ["add", "keep_newest", "latest"]

_notices = Mapper(Notice, notices)


async def add(tx: Tx, value: Notice) -> None:
    """One more message; one that is there already stays as it is."""
    if await _notices.by_key(tx, value.id) is None:
        await _notices.add(tx, value)


async def latest(tx: Tx, limit: int = 100) -> list[Notice]:
    """The newest messages, newest first."""
    return await _notices.all(
        tx, _notices.selecting().order_by(notices.c.sent_at.desc(), notices.c.id.desc()).limit(limit)
    )


async def keep_newest(tx: Tx, count: int) -> None:
    """Forget all but the newest `count`."""
    newest = select(notices.c.id).order_by(notices.c.sent_at.desc(), notices.c.id.desc()).limit(count)
    await tx.execute(delete(notices).where(notices.c.id.not_in(newest)))
