"""A number that is raised whenever courts or holidays change, so that every process sees that its own are old."""

from __future__ import annotations

from sqlalchemy import select, text

from mediation_server.store.application_tables import counters
from mediation_server.store.database import Tx

__all__ = ["number", "raise_number"]

_NAME = "house"
_RAISE = text(
    "INSERT INTO counters (name, last) VALUES (:name, 1) ON CONFLICT (name) DO UPDATE SET last = counters.last + 1"
)
_NUMBER = select(counters.c.last).where(counters.c.name == _NAME)


async def raise_number(tx: Tx) -> None:
    """Something has changed, if `tx` commits."""
    await tx.execute(_RAISE, {"name": _NAME})


async def number(tx: Tx) -> int:
    """The number as it stands; 0 before anything was changed."""
    return await tx.scalar(_NUMBER) or 0
