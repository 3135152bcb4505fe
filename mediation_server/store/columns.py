"""What every row class is made of: one catalogue of tables, and columns and keys with the names of schema.sql."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    Column,
    ForeignKeyConstraint,
    MetaData,
    PrimaryKeyConstraint,
    Text,
    UniqueConstraint,
)
from sqlalchemy.types import TypeEngine

__all__ = ["key", "may", "metadata", "must", "refers", "unique"]

metadata = MetaData()

ColumnKind = TypeEngine[Any] | type[TypeEngine[Any]]


def must(name: str, kind: ColumnKind = Text) -> Column[Any]:
    """A column that always has a value."""
    return Column(name, kind, nullable=False)


def may(name: str, kind: ColumnKind = Text) -> Column[Any]:
    """A column that may be null."""
    return Column(name, kind, nullable=True)


def key(table: str, *columns: str) -> PrimaryKeyConstraint:
    """The primary key, named as in schema.sql."""
    return PrimaryKeyConstraint(*columns, name=f"pk_{table}")


def unique(name: str, *columns: str) -> UniqueConstraint:
    """A unique constraint, named as in schema.sql."""
    return UniqueConstraint(*columns, name=f"uq_{name}")


def refers(name: str, column: str, target: str) -> ForeignKeyConstraint:
    """A reference to the id of another table, named as in schema.sql."""
    return ForeignKeyConstraint([column], [f"{target}.id"], name=f"fk_{name}")
