"""Bringing an older database up to schema.sql: a copy first, then every step in one transaction; knows no step."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import Connection, inspect
from sqlalchemy.exc import DBAPIError

from mediation_server.errors import Unavailable
from mediation_server.store.tables import VERSION_TABLE

__all__ = ["FIRST", "back_up", "upgrade", "version_of"]

FIRST = "0001"  # the release that kept no version
_STEPS = Path(__file__).with_name("migrations")


def version_of(connection: Connection) -> str | None:
    """The version of the schema; None for a database without any table."""
    names = inspect(connection).get_table_names()
    if VERSION_TABLE not in names:
        return FIRST if names else None
    return connection.exec_driver_sql(f"SELECT version_num FROM {VERSION_TABLE}").scalar()  # noqa: S608 - a constant


def back_up(database: Path, version: str) -> Path:
    """A whole copy beside a SQLite file, its WAL included; a later try of the same step replaces it. Blocks."""
    copy = database.with_name(f"{database.name}.before-{version}")
    half = copy.with_name(copy.name + ".part")
    half.unlink(missing_ok=True)
    with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(half)) as target:
        source.backup(target)
    half.replace(copy)
    return copy


def upgrade(connection: Connection) -> None:
    """Run the steps that are missing, inside the caller's transaction.

    Raises `Unavailable("database_schema")` for a database of a newer release, or one that is not ours.
    """
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(_STEPS))
    config.set_main_option("path_separator", "os")
    config.set_main_option("version_locations", str(_STEPS / "versions"))
    try:
        if VERSION_TABLE not in inspect(connection).get_table_names():
            command.stamp(config, FIRST)
        command.upgrade(config, "head")
        if connection.dialect.name == "sqlite" and connection.exec_driver_sql("PRAGMA foreign_key_check").first():
            raise Unavailable("database_schema")
    except (CommandError, DBAPIError) as foreign:
        raise Unavailable("database_schema") from foreign
