"""Letters to parties: committed with the step they tell of, sent after; what went out stays as the trail of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import and_, select, update

from mediation_server.domain.letter import Letter
from mediation_server.store.database import Tx
from mediation_server.store.desk_tables import letters
from mediation_server.store.mapping import Mapper
from mediation_server.store.sitting_tables import exit_holds
from mediation_server.store.tables import matter_parties

__all__ = ["add_all", "letters_of", "sent", "settle", "waiting"]

_letters = Mapper(Letter, letters)


async def add_all(tx: Tx, values: Sequence[Letter]) -> None:
    """More letters to be sent; one that is there already stays as it is."""
    if not values:
        return
    there = select(letters.c.id).where(letters.c.id.in_(sorted({each.id for each in values})))
    known = set((await tx.execute(there)).scalars())
    new = {each.id: each for each in values if each.id not in known}
    await _letters.add_all(tx, new.values())


async def waiting(tx: Tx, most: int, now: datetime, *, locked: bool = False) -> list[Letter]:
    """Letters that may go out and did not, oldest first; `locked` leaves out what somebody else is handing over.

    Whoever stays where they are after a sitting in safety mode is written to when they may leave.
    """
    stays = select(matter_parties.c.id).join(
        exit_holds,
        and_(
            exit_holds.c.matter_id == matter_parties.c.matter_id,
            exit_holds.c.side == matter_parties.c.side,
            exit_holds.c.until > now,
        ),
    )
    query = _letters.selecting().where(letters.c.sent_at.is_(None), letters.c.party_id.not_in(stays))
    query = query.order_by(letters.c.created_at, letters.c.seq, letters.c.id).limit(most)
    return await _letters.all(tx, query.with_for_update(skip_locked=True) if locked else query)


async def sent(tx: Tx, letter_ids: Sequence[str], at: datetime) -> None:
    """These were handed over."""
    await tx.execute(update(letters).where(letters.c.id.in_(letter_ids)).values(sent_at=at))


async def settle(tx: Tx) -> None:
    """Whatever waits counts as sent when it was written: for a history that is told, not lived."""
    await tx.execute(update(letters).where(letters.c.sent_at.is_(None)).values(sent_at=letters.c.created_at))


async def letters_of(tx: Tx, matter_id: str) -> list[Letter]:
    """The letters of a matter, oldest first."""
    mine = letters.c.matter_id == matter_id
    return await _letters.all(
        tx, _letters.selecting().where(mine).order_by(letters.c.created_at, letters.c.seq, letters.c.id)
    )
