"""Sides that stay where they are after a sitting in safety mode."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import insert, select, update

from mediation_server.domain.people import Side
from mediation_server.domain.safety import ExitHold
from mediation_server.store.database import Tx
from mediation_server.store.mapping import Mapper
from mediation_server.store.sitting_tables import exit_holds

__all__ = ["add", "of_session", "save", "until"]

_holds = Mapper(ExitHold, exit_holds, key="session_id")


async def add(tx: Tx, value: ExitHold) -> None:
    """One side stays."""
    await tx.execute(insert(exit_holds).values(**_holds.columns_of(value)))


async def save(tx: Tx, value: ExitHold) -> None:
    """It stays shorter or longer."""
    same = (exit_holds.c.session_id == value.session_id, exit_holds.c.side == value.side)
    await tx.execute(update(exit_holds).where(*same).values(until=value.until))


async def of_session(tx: Tx, session_id: str) -> list[ExitHold]:
    """The sides that stayed after a sitting, who leaves first comes first."""
    query = _holds.selecting().where(exit_holds.c.session_id == session_id)
    return await _holds.all(tx, query.order_by(exit_holds.c.until, exit_holds.c.side))


async def until(tx: Tx, matter_id: str, side: Side, now: datetime) -> datetime | None:
    """Until when a side of a matter stays where it is; None when it may go."""
    mine = (exit_holds.c.matter_id == matter_id, exit_holds.c.side == side, exit_holds.c.until > now)
    found: datetime | None = await tx.scalar(
        select(exit_holds.c.until).where(*mine).order_by(exit_holds.c.until.desc()).limit(1)
    )
    return found
