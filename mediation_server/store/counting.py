"""Counting as far as anybody reads: a number that says it is one of many costs no more than the first of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import CompoundSelect, Select, func, select

from mediation_server.domain.listing import Counted
from mediation_server.store.database import Tx

__all__ = ["MOST", "counting"]

MOST = 999


async def counting(tx: Tx, several: Sequence[Select[Any] | CompoundSelect[Any]], most: int = MOST) -> list[Counted]:
    """How many rows each of these finds, counted up to `most`, in one question."""
    counts = []
    for rows in several:
        found = rows.limit(most + 1).subquery()
        counts.append(select(func.count()).select_from(found).scalar_subquery())
    row = (await tx.execute(select(*counts))).one()
    return [Counted(min(n, most), more=n > most) for n in row]
