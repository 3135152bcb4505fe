"""Letters to parties: committed with the step they tell of, sent after; what went out stays as the trail of it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import update

from mediation_server.domain.letter import Letter
from mediation_server.store.database import Tx
from mediation_server.store.desk_tables import letters
from mediation_server.store.mapping import Mapper

__all__ = ["add", "letters_of", "sent", "settle", "waiting"]

_letters = Mapper(Letter, letters)


async def add(tx: Tx, value: Letter) -> None:
    """One more letter to be sent; one that is there already stays as it is."""
    if await _letters.by_key(tx, value.id) is None:
        await _letters.add(tx, value)


async def waiting(tx: Tx, most: int, *, locked: bool = False) -> list[Letter]:
    """Letters that were not handed over, oldest first; `locked` leaves out what somebody else is handing over."""
    query = _letters.selecting().where(letters.c.sent_at.is_(None))
    query = query.order_by(letters.c.created_at, letters.c.seq, letters.c.id).limit(most)
    return await _letters.all(tx, query.with_for_update(skip_locked=True) if locked else query)


async def sent(tx: Tx, letter_id: str, at: datetime) -> None:
    """It was handed over."""
    await tx.execute(update(letters).where(letters.c.id == letter_id).values(sent_at=at))


async def settle(tx: Tx) -> None:
    """Whatever waits counts as sent when it was written: for a history that is told, not lived."""
    await tx.execute(update(letters).where(letters.c.sent_at.is_(None)).values(sent_at=letters.c.created_at))


async def letters_of(tx: Tx, matter_id: str) -> list[Letter]:
    """The letters of a matter, oldest first."""
    mine = letters.c.matter_id == matter_id
    return await _letters.all(
        tx, _letters.selecting().where(mine).order_by(letters.c.created_at, letters.c.seq, letters.c.id)
    )
