"""`Database`: connections and transactions on SQLite or PostgreSQL; knows the schema, no table and no rule."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, event, inspect
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from mediation_server.domain.log import canonical
from mediation_server.errors import Unavailable
from mediation_server.store.migrating import back_up, upgrade, version_of
from mediation_server.store.one_hop import connected
from mediation_server.store.tables import APPEND_ONLY, metadata

__all__ = ["Database", "Tx", "answers", "schema_statements"]

# A running transaction; given to every function of `store`, made by `Database` alone.
Tx = AsyncConnection

_BUSY_MS = 5_000
_VERSION = "0037"  # what schema.sql says of itself; a test compares the three
_WRITES = "mediation_writes"
_SQLITE_COLUMNS = """
SELECT tables.name, columns.name FROM sqlite_master AS tables JOIN pragma_table_info(tables.name) AS columns
WHERE tables.type = 'table' AND tables.name NOT LIKE 'sqlite~_%' ESCAPE '~'
"""


@dataclass
class _Shared:
    """The one reading transaction of a task, begun when it is first asked for."""

    database: Database
    task: asyncio.Task[Any] | None
    connected: Callable[[], AbstractAsyncContextManager[Tx]]
    stack: AsyncExitStack
    _tx: Tx | None = None

    async def tx(self) -> Tx:
        if self._tx is None:
            tx = await self.stack.enter_async_context(self.connected())
            await tx.begin()
            self._tx = tx
        return self._tx

    async def let_go(self) -> None:
        """End it: what is read from now on is of a new state."""
        self._tx = None
        await self.stack.aclose()


_SHARED: ContextVar[_Shared | None] = ContextVar("the reading transaction of this task", default=None)


class Database:
    """The one database of this process; `open` it first, `close` it last (both may be repeated)."""

    def __init__(self, url: str) -> None:
        """`url` as SQLAlchemy writes it: `sqlite+aiosqlite:////path/file.db` or `postgresql+asyncpg://…`."""
        self._url = make_url(url)
        self._engine: AsyncEngine | None = None
        self._writer = asyncio.Lock()
        self._writing: asyncio.Task[Any] | None = None

    @property
    def _is_sqlite(self) -> bool:
        return self._url.get_backend_name() == "sqlite"

    async def open(self) -> None:
        """Connect; an empty database gets schema.sql, an older one a copy beside it and the steps it lacks.

        Raises `Unavailable("database_schema")` for another schema, and leaves that as it was, and
        `Unavailable("database_driver")` for PostgreSQL without its driver.
        """
        if self._engine is not None:
            return
        if self._is_sqlite and self._url.database:
            directory = Path(self._url.database).parent
            await asyncio.to_thread(directory.mkdir, parents=True, exist_ok=True)
        self._engine = self._made_engine()
        try:
            await self._upgraded(self._engine)
            await self._made_ours()
        except BaseException:
            await self.close()
            raise

    async def _made_ours(self) -> None:
        schema = await asyncio.to_thread(schema_statements)
        async with self.transaction() as tx:
            found = await tx.run_sync(_tables_of)
            if not found:
                for statement in [*schema, *_guards(self._url.get_backend_name())]:
                    await tx.exec_driver_sql(statement)
                found = await tx.run_sync(_tables_of)
            if found != _expected_tables():
                raise Unavailable("database_schema")

    async def _upgraded(self, engine: AsyncEngine) -> None:
        """Run the steps an older database lacks."""
        async with engine.connect() as connection:
            version = await connection.run_sync(version_of)
        if version is None or version == _VERSION:
            return
        await engine.dispose()
        if self._is_sqlite and self._url.database:
            await asyncio.to_thread(back_up, Path(self._url.database), version)
        migrating = self._made_engine(foreign_keys=False)  # as a table that is made anew needs it
        try:
            async with migrating.connect() as connection:
                await connection.execution_options(**{_WRITES: True})
                async with connection.begin():
                    await self._migrated(connection)
        finally:
            await migrating.dispose()

    async def _migrated(self, connection: AsyncConnection) -> None:
        await connection.run_sync(upgrade)
        for guard in _guards(self._url.get_backend_name()):
            await connection.exec_driver_sql(guard)
        if await connection.run_sync(_tables_of) != _expected_tables():
            raise Unavailable("database_schema")

    async def close(self) -> None:
        """Close every connection."""
        engine, self._engine = self._engine, None
        if engine is not None:
            await engine.dispose()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Tx]:
        """Write: all inside commits together and durably, or not at all. Raises `RuntimeError` when nested, a bug."""
        if self._writing is not None and self._writing is asyncio.current_task():
            raise RuntimeError("a transaction inside a transaction")
        if not self._is_sqlite:
            async with self._started() as tx:
                yield tx
            return
        # SQLite has one writer; waiting here in order is fair, waiting inside SQLite is a sleep in a thread.
        async with self._writer:
            self._writing = asyncio.current_task()
            try:
                async with self._started() as tx:
                    yield tx
            finally:
                self._writing = None

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Tx]:
        """Read one consistent state; writers are not kept waiting."""
        shared = _SHARED.get()
        if shared is not None and shared.database is self and shared.task is asyncio.current_task():
            yield await shared.tx()
            return
        async with self._connected(writes=False) as tx:
            await tx.begin()  # nothing to commit: closing the connection ends it
            yield tx

    @asynccontextmanager
    async def one_state(self) -> AsyncIterator[None]:
        """Inside, whatever this task reads is of one state, in one transaction, until the task itself writes.

        For what is answered at once: who reads slowly keeps a database from tidying up.
        """
        async with AsyncExitStack() as stack:
            shared = _Shared(self, asyncio.current_task(), partial(self._connected, writes=False), stack)
            before = _SHARED.set(shared)
            try:
                yield
            finally:
                _SHARED.reset(before)

    @asynccontextmanager
    async def _started(self) -> AsyncIterator[Tx]:
        shared = _SHARED.get()
        if shared is not None and shared.task is asyncio.current_task():
            await shared.let_go()
        async with self._connected(writes=True) as tx, tx.begin():
            yield tx

    @asynccontextmanager
    async def _connected(self, *, writes: bool) -> AsyncIterator[Tx]:
        if self._engine is None:
            raise Unavailable("database_closed")
        async with self._engine.connect() as connection:
            await connection.execution_options(**{_WRITES: writes})
            yield connection

    def _made_engine(self, *, foreign_keys: bool = True) -> AsyncEngine:
        if not self._is_sqlite:
            if find_spec("asyncpg") is None:
                raise Unavailable("database_driver")
            return create_async_engine(self._url, json_serializer=_json, hide_parameters=True, pool_pre_ping=True)
        # The driver starts no transaction by itself, we say BEGIN.
        # hide_parameters: what a failing statement was to write must not stand in a log.
        connect = partial(connected, self._url.database or "", _BUSY_MS)
        engine = create_async_engine(self._url, json_serializer=_json, hide_parameters=True, async_creator=connect)
        event.listen(engine.sync_engine, "connect", _prepared if foreign_keys else _prepared_to_migrate)
        event.listen(engine.sync_engine, "begin", _begun)
        return engine


async def answers(url: str) -> None:
    """Ask a database whether it is there, and change nothing. Raises `Unavailable("database_closed")`, `OSError`."""
    engine = create_async_engine(url, hide_parameters=True)
    try:
        async with engine.connect() as connection:
            await connection.exec_driver_sql("SELECT 1")
    except DBAPIError as refused:
        raise Unavailable("database_closed") from refused
    finally:
        await engine.dispose()


def schema_statements() -> list[str]:
    """The statements of schema.sql, in order, without comments."""
    text = _schema_file().read_text(encoding="utf-8")
    bare = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("--"))
    return [statement.strip() for statement in bare.split(";") if statement.strip()]


def _schema_file() -> Path:
    """Beside the packages in a checkout, inside this package in an installation."""
    here = Path(__file__).resolve()
    installed = here.with_name("schema.sql")
    return installed if installed.exists() else here.parents[2] / "schema.sql"


def _json(value: object) -> str:
    return canonical(value).decode()


def _prepared(dbapi_connection: Any, _record: object, foreign_keys: str = "ON") -> None:
    cursor = dbapi_connection.cursor()
    durable = ("journal_mode = WAL", "synchronous = FULL", f"busy_timeout = {_BUSY_MS}")
    for pragma in (*durable, f"foreign_keys = {foreign_keys}"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _prepared_to_migrate(dbapi_connection: Any, record: object) -> None:
    _prepared(dbapi_connection, record, "OFF")


def _begun(connection: Connection) -> None:
    # IMMEDIATE: a writer takes its place at once; a reader that turns writer half-way would fail instead of waiting.
    writes = connection.get_execution_options().get(_WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _tables_of(connection: Connection) -> dict[str, frozenset[str]]:
    if connection.dialect.name == "sqlite":  # in one question instead of one for each table
        columns: dict[str, set[str]] = {}
        for table, column in connection.exec_driver_sql(_SQLITE_COLUMNS):
            columns.setdefault(table, set()).add(column)
        return {table: frozenset(names) for table, names in columns.items()}
    seen = inspect(connection).get_multi_columns()
    return {table: frozenset(column["name"] for column in columns) for (_, table), columns in seen.items()}


def _expected_tables() -> dict[str, frozenset[str]]:
    return {table.name: frozenset(table.c.keys()) for table in metadata.sorted_tables}


def _guards(backend: str) -> list[str]:
    """Triggers that refuse to change or delete what is append-only, in the words of this database."""
    if backend == "sqlite":
        return [
            f"CREATE TRIGGER IF NOT EXISTS {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            for table in APPEND_ONLY
            for verb in ("UPDATE", "DELETE")
        ]
    refuse = (
        "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
    )
    return [refuse] + [
        f"CREATE OR REPLACE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        for table in APPEND_ONLY
    ]
