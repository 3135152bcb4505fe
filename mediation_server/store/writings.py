"""What was written in sittings in writing; an entry is never changed but for the moment it was relayed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select, update

from mediation_server.domain.writing import Writing
from mediation_server.store.database import Tx
from mediation_server.store.mapping import Mapper
from mediation_server.store.tables import writings

__all__ = ["add", "count_of", "relay", "writing", "writings_of"]

_writings = Mapper(Writing, writings)


async def add(tx: Tx, value: Writing) -> None:
    """One more entry."""
    await _writings.add(tx, value)


async def writings_of(tx: Tx, session_id: str) -> list[Writing]:
    """The entries of a sitting, oldest first."""
    mine = writings.c.session_id == session_id
    return await _writings.all(tx, _writings.selecting().where(mine).order_by(writings.c.written_at, writings.c.id))


async def writing(tx: Tx, writing_id: str) -> Writing | None:
    """The entry with this id, or None."""
    return await _writings.by_key(tx, writing_id)


async def count_of(tx: Tx, session_id: str, participant_id: str) -> int:
    """How many entries somebody wrote in a sitting."""
    mine = (writings.c.session_id == session_id, writings.c.participant_id == participant_id)
    return int((await tx.execute(select(func.count()).where(*mine))).scalar_one())


async def relay(tx: Tx, writing_id: str, at: datetime) -> None:
    """Keep when an entry was passed on to all."""
    await tx.execute(update(writings).where(writings.c.id == writing_id).values(relayed_at=at))
