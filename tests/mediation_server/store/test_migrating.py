"""A database of an older release becomes schema.sql at start, with a copy beside it, or stays exactly as it was."""

import re
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory

from mediation_server.domain.consent import ConsentChannel, ConsentItem, GivenBy
from mediation_server.domain.matter import MatterOutcome
from mediation_server.errors import Unavailable
from mediation_server.store import consents, matters, migrating
from mediation_server.store import database as database_module
from mediation_server.store.database import Database, schema_statements
from tests.mediation_server.store.people import MATTER, NAMED, PARTIES, SESSION, populate

RELEASES = sorted((Path(__file__).parent / "fixtures").glob("release-*.sql"))
TRIGGER = (
    "CREATE TRIGGER session_events_no_update BEFORE UPDATE ON session_events "
    "BEGIN SELECT RAISE(ABORT, 'session_events is append-only'); END"
)
STEPS = ScriptDirectory(str(Path(migrating.__file__).with_name("migrations")))


def made(path, sql):
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(sql)
        connection.commit()


def asked(path, query):
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(query).fetchall()


def structure(path):
    """Everything SQLite knows of the schema, white space aside."""
    found = asked(path, "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'")
    return sorted((kind, name, table, re.sub(r"\s+", " ", sql)) for kind, name, table, sql in found)


def content(path):
    with closing(sqlite3.connect(path)) as connection:
        return list(connection.iterdump())


def copied_back(new, old):
    """What an older database would hold of the rows of a new one: the columns it knew."""
    with closing(sqlite3.connect(old)) as connection:
        connection.execute("ATTACH ? AS new", [str(new)])
        tables = connection.execute("SELECT name FROM main.sqlite_master WHERE type = 'table'").fetchall()
        for (table,) in tables:
            columns = ", ".join(row[1] for row in connection.execute(f"PRAGMA main.table_info({table})"))
            if connection.execute(f"SELECT 1 FROM new.{table} LIMIT 1").fetchone():
                connection.execute(f"INSERT INTO main.{table} ({columns}) SELECT {columns} FROM new.{table}")
        connection.commit()


async def opened(path):
    database = Database(f"sqlite+aiosqlite:///{path}")
    await database.open()
    return database


@pytest.fixture
async def fresh(tmp_path):
    await (await opened(tmp_path / "fresh.db")).close()
    return tmp_path / "fresh.db"


def test_schema_code_and_steps_speak_of_the_same_version():
    assert STEPS.get_heads() == [database_module._VERSION]
    assert f"VALUES ('{database_module._VERSION}')" in " ".join(schema_statements())
    assert [each.revision for each in reversed(list(STEPS.walk_revisions()))] == [
        f"{number + 1:04}" for number in range(len(list(STEPS.walk_revisions())))
    ]


@pytest.mark.parametrize("release", RELEASES, ids=lambda path: path.stem)
async def test_every_release_becomes_what_a_fresh_database_is(tmp_path, fresh, release):
    old = tmp_path / "old.db"
    made(old, release.read_text(encoding="utf-8") + TRIGGER + ";")
    await (await opened(old)).close()
    assert structure(old) == structure(fresh)
    assert asked(old, "SELECT version_num FROM schema_version") == [(database_module._VERSION,)]


async def test_what_was_in_it_stays_and_the_copy_beside_it_is_the_old_one(tmp_path):
    old = tmp_path / "old.db"
    made(old, RELEASES[0].read_text(encoding="utf-8"))
    new = await opened(tmp_path / "new.db")
    async with new.transaction() as tx:
        await populate(tx)
    await new.close()
    copied_back(tmp_path / "new.db", old)
    before = content(old)
    database = await opened(old)
    async with database.reading() as tx:
        assert await matters.matter(tx, MATTER.id) == MATTER
    await database.close()
    assert content(tmp_path / "old.db.before-0001") == before
    copied = (tmp_path / "old.db.before-0001").stat().st_mtime_ns
    await (await opened(old)).close()
    assert (tmp_path / "old.db.before-0001").stat().st_mtime_ns == copied


async def test_what_was_answered_at_the_door_of_a_sitting_is_in_the_ledger_of_the_matter(tmp_path):
    old, new = tmp_path / "old.db", await opened(tmp_path / "new.db")
    async with new.transaction() as tx:
        await populate(tx)
    await new.close()
    row = f"INSERT INTO consents VALUES ('one', '{SESSION.id}', '{NAMED[1].id}', 'c2', '1', 1, '2026-11-23 06:00:00.5')"
    made(old, RELEASES[0].read_text(encoding="utf-8"))
    copied_back(tmp_path / "new.db", old)
    made(old, row)
    database = await opened(old)
    async with database.reading() as tx:
        (kept,) = await consents.consents_of(tx, NAMED[1].id)
    await database.close()
    assert (kept.id, kept.matter_id, kept.party_id, kept.item) == ("one", MATTER.id, PARTIES[0].id, ConsentItem.ONLINE)
    assert (kept.answer, kept.given_by, kept.channel) == (True, GivenBy.SELF, ConsentChannel.WEB)
    assert kept.at == datetime(2026, 11, 23, 6, 0, 0, 500_000, tzinfo=UTC)


@pytest.mark.parametrize(
    "spoil",
    [
        "ALTER TABLE logins ADD COLUMN foreign_to_us TEXT",
        "CREATE TABLE schema_version (version_num VARCHAR(32)); INSERT INTO schema_version VALUES ('9999')",
        "DROP TABLE inbox",
        "INSERT INTO logins VALUES ('hash', 'nobody', '2026-01-01', '2026-01-01')",
    ],
)
async def test_what_cannot_be_brought_up_is_refused_and_left_as_it_was(tmp_path, spoil):
    old = tmp_path / "old.db"
    made(old, RELEASES[0].read_text(encoding="utf-8") + spoil)
    before = content(old)
    with pytest.raises(Unavailable) as refusal:
        await opened(old)
    assert refusal.value.code == "database_schema"
    assert content(old) == before


async def test_a_current_database_is_neither_copied_nor_touched(fresh):
    before = content(fresh)
    await (await opened(fresh)).close()
    assert content(fresh) == before
    assert not list(fresh.parent.glob("*.before-*"))


async def test_the_log_is_append_only_after_the_upgrade_too(tmp_path):
    old = tmp_path / "old.db"
    made(old, RELEASES[0].read_text(encoding="utf-8"))
    await (await opened(old)).close()
    assert ("session_events_no_delete",) in asked(old, "SELECT name FROM sqlite_master WHERE type = 'trigger'")


async def test_how_a_matter_ended_is_taken_from_its_last_conclusion(tmp_path):
    old, new = tmp_path / "old.db", await opened(tmp_path / "new.db")
    async with new.transaction() as tx:
        await populate(tx)
    await new.close()
    made(old, RELEASES[0].read_text(encoding="utf-8"))
    copied_back(tmp_path / "new.db", old)
    for number, outcome in enumerate(("failed", "agreed", "continue")):
        session, at = f"s{number}", f"2026-11-2{number} 06:00:00"
        made(
            old,
            f"INSERT INTO sessions VALUES ('{session}', '{MATTER.id}', 'mediation', 'ended', '{at}', 60, "
            f"'{MATTER.mediator_id}', NULL, NULL); INSERT INTO conclusions VALUES ('c{number}', '{session}', "
            f"'{MATTER.id}', '{outcome}', NULL, '', '', '{at}', '{MATTER.mediator_id}')",
        )
    database = await opened(old)
    async with database.reading() as tx:
        found = await matters.matter(tx, MATTER.id)
    await database.close()
    assert (found.outcome, found.consent_pending, found.confirmable) == (MatterOutcome.AGREED, False, True)
