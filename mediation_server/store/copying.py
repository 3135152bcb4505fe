"""Copying a small database into an empty one, row by row, for the demo's first day; knows no table in particular."""

from __future__ import annotations

from sqlalchemy import Table, insert, select

from mediation_server.store.database import Tx
from mediation_server.store.tables import VERSION_TABLE, metadata

__all__ = ["copy_all", "is_empty"]


async def is_empty(tx: Tx) -> bool:
    """Whether nobody has written anything yet."""
    for table in _content():
        if (await tx.execute(select(table).limit(1))).first() is not None:
            return False
    return True


async def copy_all(source: Tx, target: Tx) -> None:
    """Every row of one database into another of the same schema. Rows that are there already fail the transaction."""
    for table in _content():
        rows = (await source.execute(select(table))).mappings().all()
        if rows:
            await target.execute(insert(table), [dict(row) for row in rows])


def _content() -> list[Table]:
    """Every table but the one that says which schema this is, in an order that foreign keys allow."""
    return [each for each in metadata.sorted_tables if each.name != VERSION_TABLE]
