"""Who mediates a matter beside its presider (辅助调解员)."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import bindparam, delete, insert, select

from mediation_server.store.database import Tx
from mediation_server.store.roster_tables import co_mediators

__all__ = ["matters_of", "of_matter", "of_matters", "put"]

_OF_MATTERS = (
    select(co_mediators.c.matter_id, co_mediators.c.user_id)
    .where(co_mediators.c.matter_id.in_(bindparam("ids", expanding=True)))
    .order_by(co_mediators.c.matter_id, co_mediators.c.user_id)
)


async def put(tx: Tx, matter_id: str, user_ids: Iterable[str]) -> bool:
    """These and nobody else; whether it was different before."""
    wanted = sorted(set(user_ids))
    if await of_matter(tx, matter_id) == wanted:
        return False
    await tx.execute(delete(co_mediators).where(co_mediators.c.matter_id == matter_id))
    for each in wanted:
        await tx.execute(insert(co_mediators).values(matter_id=matter_id, user_id=each))
    return True


async def of_matter(tx: Tx, matter_id: str) -> list[str]:
    """The accounts, in no order that means anything."""
    query = select(co_mediators.c.user_id).where(co_mediators.c.matter_id == matter_id)
    return list((await tx.execute(query.order_by(co_mediators.c.user_id))).scalars())


async def of_matters(tx: Tx, matter_ids: Iterable[str]) -> dict[str, list[str]]:
    """The accounts of each of several matters; one without any is not in it."""
    found: dict[str, list[str]] = {}
    for row in await tx.execute(_OF_MATTERS, {"ids": sorted(set(matter_ids))}):
        found.setdefault(row.matter_id, []).append(row.user_id)
    return found


async def matters_of(tx: Tx, user_id: str, most: int) -> list[str]:
    """The matters somebody mediates beside another, at most so many."""
    query = select(co_mediators.c.matter_id).where(co_mediators.c.user_id == user_id)
    return list((await tx.execute(query.order_by(co_mediators.c.matter_id).limit(most))).scalars())
