"""Who mediates a matter beside its presider (辅助调解员)."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import delete, insert, select

from mediation_server.store.database import Tx
from mediation_server.store.roster_tables import co_mediators

__all__ = ["matters_of", "of_matter", "put"]


async def put(tx: Tx, matter_id: str, user_ids: Iterable[str]) -> None:
    """These and nobody else."""
    await tx.execute(delete(co_mediators).where(co_mediators.c.matter_id == matter_id))
    for each in sorted(set(user_ids)):
        await tx.execute(insert(co_mediators).values(matter_id=matter_id, user_id=each))


async def of_matter(tx: Tx, matter_id: str) -> list[str]:
    """The accounts, in no order that means anything."""
    query = select(co_mediators.c.user_id).where(co_mediators.c.matter_id == matter_id)
    return list((await tx.execute(query.order_by(co_mediators.c.user_id))).scalars())


async def matters_of(tx: Tx, user_id: str, most: int) -> list[str]:
    """The matters somebody mediates beside another, at most so many."""
    query = select(co_mediators.c.matter_id).where(co_mediators.c.user_id == user_id)
    return list((await tx.execute(query.order_by(co_mediators.c.matter_id).limit(most))).scalars())
