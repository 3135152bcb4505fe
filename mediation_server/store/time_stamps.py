"""Trusted time stamps (可信时间戳): asked for, waiting, come; what has come is never changed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select, update

from mediation_server.domain.recording import TimeStamp
from mediation_server.store.database import Tx
from mediation_server.store.evidence_tables import time_stamps
from mediation_server.store.mapping import Mapper

__all__ = ["ask", "came", "count_waiting", "stamps_of", "waiting"]

_stamps = Mapper(TimeStamp, time_stamps, key="subject")
_WAITING = time_stamps.c.token == ""


async def ask(tx: Tx, wanted: TimeStamp) -> None:
    """A time stamp is wanted; one asked for already stays as it is."""
    mine = (time_stamps.c.recording_id == wanted.recording_id, time_stamps.c.subject == wanted.subject)
    if await _stamps.first(tx, _stamps.selecting().where(*mine)) is None:
        await _stamps.add(tx, wanted)


async def waiting(tx: Tx, most: int) -> list[TimeStamp]:
    """Those that have not come, the one that has waited longest first."""
    query = _stamps.selecting().where(_WAITING)
    return await _stamps.all(tx, query.order_by(time_stamps.c.asked_at, time_stamps.c.subject).limit(most))


async def count_waiting(tx: Tx) -> int:
    """How many have not come."""
    return int((await tx.execute(select(func.count()).select_from(time_stamps).where(_WAITING))).scalar_one())


async def came(tx: Tx, stamp: TimeStamp, token: str, at: datetime) -> None:
    """The authority has answered; a second answer changes nothing."""
    mine = (time_stamps.c.recording_id == stamp.recording_id, time_stamps.c.subject == stamp.subject, _WAITING)
    await tx.execute(update(time_stamps).where(*mine).values(token=token, stamped_at=at))


async def stamps_of(tx: Tx, recording_id: str) -> list[TimeStamp]:
    """All that were asked for about a recording, in the order in which they were."""
    mine = time_stamps.c.recording_id == recording_id
    query = _stamps.selecting().where(mine).order_by(time_stamps.c.asked_at, time_stamps.c.subject)
    return await _stamps.all(tx, query)
