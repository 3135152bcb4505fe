"""On which day somebody has to look at a matter's clocks: a row for each in which there will be something to do."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from sqlalchemy import delete, or_, select, text, update

from mediation_server.store.clock_tables import clock_looks
from mediation_server.store.database import Tx

__all__ = ["FIRST", "Look", "due", "look_of", "put", "put_all", "wake_all"]

_KEEP = text(
    "INSERT INTO clock_looks (matter_id, look_on) VALUES (:matter_id, :look_on) "
    "ON CONFLICT (matter_id) DO UPDATE SET look_on = excluded.look_on"
)


class Look(NamedTuple):
    """One matter and its day; also the place at which a search goes on."""

    look_on: date
    matter_id: str


FIRST = Look(date.min, "")


async def put(tx: Tx, matter_id: str, look_on: date | None) -> None:
    """Keep the day for a matter, or forget it when there will be nothing to do."""
    await put_all(tx, {matter_id: look_on})


async def put_all(tx: Tx, days: Mapping[str, date | None]) -> None:
    """The same for several matters."""
    gone = sorted(each for each, day in days.items() if day is None)
    kept = [{"matter_id": each, "look_on": day.isoformat()} for each, day in days.items() if day is not None]
    if gone:
        await tx.execute(delete(clock_looks).where(clock_looks.c.matter_id.in_(gone)))
    if kept:
        await tx.execute(_KEEP, kept)


async def due(tx: Tx, today: date, *, after: Look = FIRST, limit: int = 200) -> list[Look]:
    """Matters to look at today or earlier, oldest day first, from the one that follows `after`."""
    day, matter_id = clock_looks.c.look_on, clock_looks.c.matter_id
    query = select(day, matter_id).where(day <= today).order_by(day, matter_id).limit(limit)
    if after is not FIRST:
        # Written out: in a comparison of rows PostgreSQL is not told that our days are texts.
        query = query.where(day >= after.look_on, or_(day > after.look_on, matter_id > after.matter_id))
    return [Look(*row) for row in (await tx.execute(query)).all()]


async def wake_all(tx: Tx) -> None:
    """Every matter that waits for a day is to be looked at now: what its days are counted by has changed."""
    await tx.execute(update(clock_looks).values(look_on=date.min))


async def look_of(tx: Tx, matter_id: str) -> date | None:
    """The day kept for a matter."""
    return (await tx.execute(select(clock_looks.c.look_on).where(clock_looks.c.matter_id == matter_id))).scalar()
