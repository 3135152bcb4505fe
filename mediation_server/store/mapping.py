"""From frozen domain values to columns and back; the one place that knows how a row is read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Select, Table, bindparam, insert, select, update

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    from mediation_server.store.database import Tx

    T = TypeVar("T", bound=DataclassInstance)
else:
    T = TypeVar("T")

__all__ = ["Mapper"]

_KEY = "key of the row"  # no column is called that


class Mapper(Generic[T]):
    """Reads and writes one domain type whose fields are columns of one table, by the same names."""

    def __init__(self, kind: type[T], table: Table, key: str = "id") -> None:
        """`kind` is the domain type, `key` the column that names one of its values."""
        self._kind = kind
        self._names = tuple(each.name for each in fields(kind))
        self._columns = tuple(table.c[name] for name in self._names)
        self._key = table.c[key]
        self._selecting = select(*self._columns)  # made once: naming every column again costs as much as asking
        self._by_key = self._selecting.where(self._key == bindparam(_KEY)).limit(1)
        self._by_key_locked = self._by_key.with_for_update()
        self.table = table

    def selecting(self) -> Select[Any]:
        """A `SELECT` of every value; callers add their condition and order."""
        return self._selecting

    def among(self, column: ColumnElement[Any]) -> Select[Any]:
        """A `SELECT`, made once, of the values in which a column is one of those given to `all_among`."""
        return self._selecting.where(column.in_(bindparam(_KEY, expanding=True)))

    def columns_of(self, value: T) -> dict[str, object]:
        """The value as columns."""
        return {name: getattr(value, name) for name in self._names}

    async def all(self, tx: Tx, query: Select[Any]) -> list[T]:
        """Every value a query of `selecting()` finds."""
        rows: Sequence[Any] = (await tx.execute(query)).all()
        return [self._kind(*row) for row in rows]

    async def all_among(self, tx: Tx, query: Select[Any], keys: Iterable[str]) -> list[T]:
        """Every value that a query of `among` finds for these; the database is not asked for none."""
        wanted = sorted(set(keys))
        rows: Sequence[Any] = (await tx.execute(query, {_KEY: wanted})).all() if wanted else ()
        return [self._kind(*row) for row in rows]

    async def first(self, tx: Tx, query: Select[Any]) -> T | None:
        """The first value such a query finds, or None."""
        row = (await tx.execute(query.limit(1))).first()
        return None if row is None else self._kind(*row)

    async def by_key(self, tx: Tx, key: str, *, locked: bool = False) -> T | None:
        """The value with this key; `locked` keeps other writers from it until `tx` ends (SQLite: they wait anyway)."""
        row = (await tx.execute(self._by_key_locked if locked else self._by_key, {_KEY: key})).first()
        return None if row is None else self._kind(*row)

    async def add(self, tx: Tx, value: T, extra: Mapping[str, object] | None = None) -> None:
        """Insert; `extra` are columns the domain type does not have."""
        await tx.execute(insert(self.table).values(**self.columns_of(value), **(extra or {})))

    async def add_all(self, tx: Tx, values: Iterable[T]) -> None:
        """Insert several at once."""
        rows = [self.columns_of(each) for each in values]
        if rows:
            await tx.execute(insert(self.table), rows)

    async def save_changes(self, tx: Tx, changes: Sequence[tuple[T, T]]) -> None:
        """Write over values that exist, each with what stands there now.

        Columns in which none of them differs are left out: an index is kept up for each that is named, changed or not.
        """
        changed = [name for name in self._names if any(getattr(a, name) != getattr(b, name) for a, b in changes)]
        if changed:
            rows = [
                {_KEY: getattr(b, self._key.name)} | {name: getattr(b, name) for name in changed} for _, b in changes
            ]
            await tx.execute(update(self.table).where(self._key == bindparam(_KEY)), rows)

    async def save(self, tx: Tx, value: T) -> None:
        """Insert, or write over the value with the same key."""
        columns = self.columns_of(value)
        known = await tx.execute(update(self.table).where(self._key == columns[self._key.name]).values(**columns))
        if not known.rowcount:
            await tx.execute(insert(self.table).values(**columns))
