"""The whole database as one file, and back; with what it says must lie beside it at that very moment.

SQLite copies itself while others write (its online backup); PostgreSQL is dumped by pg_dump from the snapshot in which
we have read. Blocks in threads of its own.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import subprocess
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from mediation_server.domain.recording import RecordingState
from mediation_server.errors import Conflict, Unavailable
from mediation_server.store.database import Tx
from mediation_server.store.tables import VERSION_TABLE, matters, recordings

__all__ = ["Named", "backend_of", "dumped", "every_record", "restored"]

_SEALED = "SELECT session_id, id, manifest_sha256 FROM recordings WHERE state = 'sealed' ORDER BY id"
_GONE = "SELECT session_id, id FROM recordings WHERE state = 'disposed' ORDER BY id"
_FILES = (
    "SELECT DISTINCT m.matter_id, f.sha256 FROM material_files f JOIN materials m ON m.id = f.material_id"
    " ORDER BY m.matter_id, f.sha256"
)
_VERSION = f"SELECT version_num FROM {VERSION_TABLE}"  # noqa: S608 - a constant


@dataclass(frozen=True, slots=True)
class Named:
    """What a database names that lies beside it: sealed recordings with their seals, disposed ones, hashes of files.

    Hashes each with its matter.
    """

    schema: str
    sealed: tuple[tuple[str, str, str], ...]
    gone: tuple[tuple[str, str], ...]
    files: tuple[tuple[str, str], ...]


def backend_of(url: str) -> str:
    """`sqlite` or `postgresql`."""
    return make_url(url).get_backend_name()


async def dumped(url: str, target: Path) -> Named:
    """Write the whole database into a new file. Raises `Unavailable("backup_database")`."""
    made = make_url(url)
    try:
        if made.get_backend_name() == "sqlite":
            return await asyncio.to_thread(_copied, Path(made.database or ""), target)
        return await _dumped(made, target)
    except (OSError, sqlite3.Error, subprocess.CalledProcessError) as broken:
        raise Unavailable("backup_database") from broken


async def every_record(tx: Tx) -> tuple[list[str], list[str]]:
    """The ids of all matters and of all sealed recordings, for whoever checks everything."""
    sealed = select(recordings.c.id).where(recordings.c.state == RecordingState.SEALED).order_by(recordings.c.id)
    known = (await tx.execute(select(matters.c.id).order_by(matters.c.id))).scalars()
    return list(known), list((await tx.execute(sealed)).scalars())


async def restored(url: str, source: Path) -> None:
    """Bring a dump into a PostgreSQL database without tables, all of it or nothing.

    A SQLite file is put into its place by whoever restores the data directory. Raises `Conflict("restore_not_empty")`,
    `Unavailable("backup_database")`.
    """
    made = make_url(url)
    engine = create_async_engine(made)
    try:
        async with engine.connect() as connection:
            known = await connection.execute(text("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"))
            if known.scalar_one():
                raise Conflict("restore_not_empty")
        arguments = ("--exit-on-error", "--single-transaction", "--no-owner")
        await asyncio.to_thread(_run, made, "pg_restore", *arguments, "--dbname", str(made.database), str(source))
    except (OSError, subprocess.CalledProcessError) as broken:
        raise Unavailable("backup_database") from broken
    finally:
        await engine.dispose()


def _copied(database: Path, target: Path) -> Named:
    if not database.is_file():
        raise FileNotFoundError(database.name)
    original = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    with closing(original) as source, closing(sqlite3.connect(target)) as copy:
        source.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")
        sealed, gone, files = (tuple(copy.execute(each).fetchall()) for each in (_SEALED, _GONE, _FILES))
        version = copy.execute(_VERSION).fetchone()[0]
        if copy.execute("PRAGMA integrity_check").fetchone()[0] != "ok":
            raise sqlite3.DatabaseError("integrity_check")
    return Named(version, sealed, gone, files)


async def _dumped(url: URL, target: Path) -> Named:
    engine = create_async_engine(url, isolation_level="REPEATABLE READ")
    try:
        async with engine.connect() as connection, connection.begin():
            snapshot = (await connection.execute(text("SELECT pg_export_snapshot()"))).scalar_one()
            rows = [(await connection.execute(text(each))).all() for each in (_SEALED, _GONE, _FILES)]
            version = (await connection.execute(text(_VERSION))).scalar_one()
            arguments = ("--format=custom", "--no-owner", f"--snapshot={snapshot}", f"--file={target}")
            await asyncio.to_thread(_run, url, "pg_dump", *arguments, "--dbname", str(url.database))
    finally:
        await engine.dispose()
    sealed, gone, files = (tuple(tuple(row) for row in each) for each in rows)
    return Named(version, sealed, gone, files)


def _run(url: URL, program: str, *arguments: str) -> None:
    """Run a client program of PostgreSQL; the password goes by the environment, where no list of processes shows it."""
    host = url.host or url.query.get("host")
    told = {"PGHOST": host, "PGPORT": url.port, "PGUSER": url.username, "PGPASSWORD": url.password}
    env = {**os.environ, **{key: str(value) for key, value in told.items() if value}}
    subprocess.run([program, *arguments], env=env, check=True, capture_output=True)  # noqa: S603 - ours, no shell
