"""Changing a table that is there, so that it reads like schema.sql on either database; knows no step."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from alembic import op
from sqlalchemy import Connection

__all__ = ["Column", "add_columns", "drop_constraint"]


class Column(NamedTuple):
    """A new column: its type as schema.sql has it, and what the rows that are there get, as SQL."""

    name: str
    kind: str
    value: str = "NULL"


def add_columns(
    table: str, columns: Sequence[Column], constraints: Sequence[str] = (), optional: Sequence[str] = ()
) -> None:
    """Add columns behind the last one, and constraints (`CONSTRAINT name …`) behind the last one of those.

    The texts named in `optional` may be missing from now on.
    """
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        values = {each.name: each.value for each in columns}
        _make_anew(connection, table, lambda made: _longer(made, table, columns, constraints, optional), values)
        return
    for name in optional:
        op.execute(f"ALTER TABLE {table} ALTER COLUMN {name} DROP NOT NULL")
    for name, kind, value in columns:
        op.execute(f"ALTER TABLE {table} ADD COLUMN {name} {kind} DEFAULT {value}")
        op.execute(f"ALTER TABLE {table} ALTER COLUMN {name} DROP DEFAULT")
    for constraint in constraints:
        op.execute(f"ALTER TABLE {table} ADD {constraint}")


def drop_constraint(table: str, name: str) -> None:
    """Take a constraint away."""
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        _make_anew(connection, table, lambda made: re.sub(rf",\s*CONSTRAINT {name} [^\n]*?(?=,?\n)", "", made), {})
        return
    op.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")


def _longer(
    made: str, table: str, columns: Sequence[Column], constraints: Sequence[str], optional: Sequence[str]
) -> str:
    for name in optional:
        made = made.replace(f"    {name} TEXT NOT NULL,", f"    {name} TEXT,")
    lines = "".join(f"    {each.name} {each.kind},\n" for each in columns)
    made = made.replace(f"    CONSTRAINT pk_{table} ", f"{lines}    CONSTRAINT pk_{table} ")
    more = "".join(f",\n    {each}" for each in constraints)
    return made.rstrip().removesuffix(")").rstrip() + f"{more}\n)"


def _make_anew(connection: Connection, table: str, changed: Callable[[str], str], values: Mapping[str, str]) -> None:
    """SQLite writes an added column behind the constraints and drops none; made anew, a table reads like schema.sql.

    `values`: what the rows that are there get in new columns, as SQL.
    """
    known = connection.exec_driver_sql(
        "SELECT sql FROM sqlite_master WHERE tbl_name = ? AND sql IS NOT NULL ORDER BY type DESC", (table,)
    )
    made, *indexes = [row.sql for row in known]
    kept = [row.name for row in connection.exec_driver_sql(f"PRAGMA table_info({table})")]
    into, taken = ", ".join([*kept, *values]), ", ".join([*kept, *values.values()])
    for statement in (
        f"CREATE TABLE {table}_before AS SELECT * FROM {table}",  # noqa: S608 - names of the steps
        f"DROP TABLE {table}",
        changed(made),
        f"INSERT INTO {table} ({into}) SELECT {taken} FROM {table}_before",  # noqa: S608
        f"DROP TABLE {table}_before",
        *indexes,
    ):
        op.execute(statement)
