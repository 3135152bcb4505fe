"""SQLite at one trip to its thread a statement, where the driver makes four; knows no table.

Making a cursor, executing, fetching and closing are a trip each in aiosqlite, and each trip wakes two threads. What a
person waits for, such as entering a sitting, is some twenty statements long. Rows are fetched whole, as SQLAlchemy's
adapter does with them anyway.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Self

import aiosqlite

__all__ = ["connected"]

_Done = tuple[Sequence[Any], Any, int, int | None]  # rows, description, rowcount, lastrowid
_CHUNK = 64  # rows the driver would read ahead where rows are streamed; here none are


class _Cursor:
    """As much of a cursor as SQLAlchemy asks for: it is there at once, and holds what the one trip brought back."""

    def __init__(self, connection: _Connection) -> None:
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None
        self.arraysize = 1
        self._connection = connection
        self._rows: Sequence[Any] = []

    async def __aenter__(self) -> Self:
        return self

    async def execute(self, statement: str, parameters: Sequence[Any] = ()) -> Self:
        await self._take(partial(_executed, statement, parameters))
        return self

    async def executemany(self, statement: str, parameters: Sequence[Sequence[Any]]) -> Self:
        await self._take(partial(_executed_many, statement, parameters))
        return self

    async def fetchall(self) -> Sequence[Any]:
        rows, self._rows = self._rows, []
        return rows

    async def close(self) -> None:
        """Close nothing: the trip has closed what it opened."""
        self._rows = []

    async def _take(self, work: Callable[[sqlite3.Connection], _Done]) -> None:
        done = await self._connection.trip(work)
        self._rows, self.description, self.rowcount, self.lastrowid = done


class _Connection(aiosqlite.Connection):
    def cursor(self) -> _Cursor:  # type: ignore[override]
        return _Cursor(self)

    async def trip(self, work: Callable[[sqlite3.Connection], _Done]) -> _Done:
        """Do this in the thread of the connection."""
        done: _Done = await self._execute(work, self._conn)  # type: ignore[no-untyped-call]
        return done


async def connected(path: str, busy_ms: int) -> aiosqlite.Connection:
    """A connection to a file; its driver begins no transaction by itself. Raises `sqlite3.Error`."""
    connect = partial(sqlite3.connect, path, timeout=busy_ms / 1000, isolation_level=None, check_same_thread=False)
    connection = _Connection(connect, _CHUNK)
    connection._thread.daemon = True  # noqa: SLF001 - as SQLAlchemy does it: a connection left open must not keep the process
    return await connection


def _executed(statement: str, parameters: Sequence[Any], connection: sqlite3.Connection) -> _Done:
    return _closed(connection.execute(statement, parameters))


def _executed_many(statement: str, parameters: Sequence[Sequence[Any]], connection: sqlite3.Connection) -> _Done:
    return _closed(connection.executemany(statement, parameters))


def _closed(cursor: sqlite3.Cursor) -> _Done:
    rows = cursor.fetchall() if cursor.description else []
    done = rows, cursor.description, cursor.rowcount, cursor.lastrowid
    cursor.close()
    return done
