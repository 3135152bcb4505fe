"""schema.sql is the truth: the row classes say the same, table by table."""

from __future__ import annotations

import re
import sqlite3

import pytest
from sqlalchemy import ForeignKeyConstraint, PrimaryKeyConstraint, UniqueConstraint, create_engine, inspect
from sqlalchemy.dialects import postgresql

from mediation_server.store.database import schema_statements
from mediation_server.store.tables import metadata

NAMES = sorted(metadata.tables)


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    """schema.sql in a fresh SQLite file, as the database itself describes it."""
    path = tmp_path_factory.mktemp("schema") / "schema.db"
    connection = sqlite3.connect(path)
    for statement in schema_statements():
        connection.execute(statement)
    connection.commit()
    connection.close()
    engine = create_engine(f"sqlite:///{path}")
    with engine.connect() as live:
        yield inspect(live), live
    engine.dispose()


def declared(connection, table):
    """Columns as written in schema.sql: name, type, whether it may be null."""
    rows = connection.exec_driver_sql(f"PRAGMA table_info({table})")
    return [(row.name, row.type, not row.notnull) for row in rows]


def test_both_name_the_same_tables(loaded):
    assert sorted(loaded[0].get_table_names()) == NAMES


@pytest.mark.parametrize("table", NAMES)
def test_both_have_the_same_columns_types_and_nullability(loaded, table):
    dialect = postgresql.dialect()
    ours = [(each.name, each.type.compile(dialect=dialect), each.nullable) for each in metadata.tables[table].columns]
    assert ours == declared(loaded[1], table)


def named(table, kind):
    """Name and columns of our constraints of one kind, by name."""
    found = [each for each in metadata.tables[table].constraints if isinstance(each, kind)]
    return sorted((each.name, list(each.columns.keys())) for each in found)


@pytest.mark.parametrize("table", NAMES)
def test_both_have_the_same_keys_by_name(loaded, table):
    key = loaded[0].get_pk_constraint(table)
    assert named(table, PrimaryKeyConstraint) == [(key["name"], key["constrained_columns"])]
    unique = loaded[0].get_unique_constraints(table)
    assert named(table, UniqueConstraint) == sorted((each["name"], each["column_names"]) for each in unique)


@pytest.mark.parametrize("table", NAMES)
def test_both_refer_to_the_same_tables_by_name(loaded, table):
    ours = [each for each in metadata.tables[table].constraints if isinstance(each, ForeignKeyConstraint)]
    assert sorted(
        (each.name, each.column_keys, each.referred_table.name, [element.column.name for element in each.elements])
        for each in ours
    ) == sorted(
        (each["name"], each["constrained_columns"], each["referred_table"], each["referred_columns"])
        for each in loaded[0].get_foreign_keys(table)
    )


@pytest.mark.parametrize("table", NAMES)
def test_both_have_the_same_indexes(loaded, table):
    assert sorted((each.name, list(each.columns.keys())) for each in metadata.tables[table].indexes) == sorted(
        (each["name"], each["column_names"]) for each in loaded[0].get_indexes(table)
    )


def test_every_table_stands_behind_those_it_refers_to():
    """SQLite takes any order, PostgreSQL only this one."""
    made = set()
    for statement in schema_statements():
        table = re.match(r"CREATE TABLE (\w+)", statement)
        if table:
            made.add(table[1])
            assert set(re.findall(r"REFERENCES (\w+)", statement)) <= made, table[1]
