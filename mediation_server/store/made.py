"""Films and bundles: what was asked for, in which order, and how far it is."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Generic, TypeVar

from sqlalchemy import Table, delete, func, select, update

from mediation_server.domain.bundle import BundleOrder
from mediation_server.domain.film import Film
from mediation_server.domain.making import MakingState
from mediation_server.store.bundle_tables import bundle_orders
from mediation_server.store.database import Tx
from mediation_server.store.mapping import Mapper
from mediation_server.store.viewing_tables import films

__all__ = ["BUNDLES", "FILMS", "MadeRows"]

_OPEN = tuple(each for each in MakingState if each.is_open)
_SHOWN = 20  # of one person about one thing

T = TypeVar("T", Film, BundleOrder)


class MadeRows(Generic[T]):
    """The orders of one kind; `about` is the column that names what they are made of."""

    def __init__(self, kind: type[T], table: Table, about: str) -> None:
        self._rows: Mapper[T] = Mapper(kind, table)
        self._columns, self._about = table.c, table.c[about]

    async def save(self, tx: Tx, order: T) -> None:
        """Write an order as it is now."""
        await self._rows.save(tx, order)

    async def one(self, tx: Tx, order_id: str, *, locked: bool = False) -> T | None:
        """The order with this id, or None."""
        return await self._rows.by_key(tx, order_id, locked=locked)

    async def of(self, tx: Tx, about: str, user_id: str) -> list[T]:
        """What one person asked for of one thing, the newest first."""
        mine = self._rows.selecting().where(self._about == about, self._columns.user_id == user_id)
        newest_first = mine.order_by(self._columns.asked_at.desc(), self._columns.id.desc())
        return await self._rows.all(tx, newest_first.limit(_SHOWN))

    async def waiting(self, tx: Tx, user_id: str | None = None) -> int:
        """How many are still to be made, of one person or of everybody."""
        query = select(func.count()).select_from(self._rows.table).where(self._columns.state.in_(_OPEN))
        return (
            await tx.execute(query if user_id is None else query.where(self._columns.user_id == user_id))
        ).scalar_one()

    async def next(self, tx: Tx) -> T | None:
        """The one to make now: what was begun first, then what was asked for first."""
        begun_first = self._columns.state != MakingState.MAKING
        query = self._rows.selecting().where(self._columns.state.in_(_OPEN))
        return await self._rows.first(tx, query.order_by(begun_first, self._columns.asked_at, self._columns.id))

    async def stale(self, tx: Tx, now: datetime, most: int) -> list[T]:
        """Those that are kept no longer."""
        return await self._rows.all(tx, self._rows.selecting().where(self._columns.expires_at <= now).limit(most))

    async def cancel_all(self, tx: Tx, about: Iterable[str], now: datetime) -> int:
        """Let everything made of these go, made or not; how many are still there."""
        of_them = self._about.in_(sorted(set(about)))
        table = self._rows.table
        await tx.execute(update(table).where(of_them).values(state=MakingState.CANCELLED, expires_at=now))
        return (await tx.execute(select(func.count()).select_from(table).where(of_them))).scalar_one()

    async def remove(self, tx: Tx, order_id: str) -> None:
        """Forget one whose file is gone."""
        await tx.execute(delete(self._rows.table).where(self._columns.id == order_id))


FILMS = MadeRows(Film, films, "recording_id")
BUNDLES = MadeRows(BundleOrder, bundle_orders, "matter_id")
