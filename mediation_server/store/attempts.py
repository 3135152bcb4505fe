"""Wrong attempts that are counted over restarts and in every process: by the hash of what was tried, in windows."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, insert, update

from mediation_server.store.database import Tx
from mediation_server.store.house_tables import attempts

__all__ = ["count", "forget_before", "forgive"]


async def count(tx: Tx, key_hash: str, now: datetime, window: timedelta) -> int:
    """One more; how many there are now in the window, which the first one begins.

    It is counted before anybody looks whether it was right: of two at once each knows of the other.
    """
    running = (attempts.c.key_hash == key_hash, attempts.c.since > now - window)
    more = update(attempts).where(*running).values(count=attempts.c.count + 1).returning(attempts.c.count)
    counted = await tx.scalar(more)
    if counted is not None:
        return int(counted)
    await tx.execute(delete(attempts).where(attempts.c.key_hash == key_hash))
    await tx.execute(insert(attempts).values(key_hash=key_hash, since=now, count=1))
    return 1


async def forgive(tx: Tx, key_hash: str) -> None:
    """The last one was right after all."""
    await tx.execute(update(attempts).where(attempts.c.key_hash == key_hash).values(count=attempts.c.count - 1))


async def forget_before(tx: Tx, before: datetime) -> None:
    """Windows that began before an instant are over and say nothing any more."""
    await tx.execute(delete(attempts).where(attempts.c.since < before))
