"""Sides that stay where they are after a sitting in safety mode."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import insert, select, update

from mediation_server.domain.people import Side
from mediation_server.domain.safety import ExitHold
from mediation_server.store.database import Tx
from mediation_server.store.mapping import Mapper
from mediation_server.store.sitting_tables import exit_holds

__all__ = ["add", "of_session", "save", "until", "until_all"]

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
    return (await until_all(tx, [matter_id], now)).get((matter_id, side))


async def until_all(tx: Tx, matter_ids: Iterable[str], now: datetime) -> dict[tuple[str, Side], datetime]:
    """The same for every side of several matters; who may go is not in it."""
    named = exit_holds.c.matter_id.in_(sorted(set(matter_ids)))
    query = select(exit_holds.c.matter_id, exit_holds.c.side, exit_holds.c.until)
    rows = (await tx.execute(query.where(named, exit_holds.c.until > now).order_by(exit_holds.c.until))).all()
    return {(row[0], row[1]): row[2] for row in rows}
