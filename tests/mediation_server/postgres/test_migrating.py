"""A PostgreSQL of the first release becomes, step by step, what schema.sql makes there, or stays exactly as it was."""

from contextlib import asynccontextmanager
from datetime import UTC, datetime

import asyncpg
import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy.ext.asyncio import create_async_engine

from mediation_server.domain.consent import ConsentItem
from mediation_server.domain.matter import MatterOutcome
from mediation_server.errors import Unavailable
from mediation_server.store import consents, matters, migrating
from mediation_server.store import database as database_module
from mediation_server.store.database import Database
from mediation_server.store.tables import APPEND_ONLY
from tests.mediation_server.store.people import MATTER, MEDIATOR, NAMED, SESSION, populate
from tests.mediation_server.store.test_migrating import RELEASES, STEPS

BEFORE_HOLDS = "0027"
# The order of columns is left out: PostgreSQL adds one behind all others only, and every statement of ours names them.
SHAPE = """
SELECT 'column', table_name::text, column_name::text, data_type || ' ' || is_nullable || coalesce(column_default, '')
FROM information_schema.columns WHERE table_schema = 'public'
UNION ALL SELECT 'constraint', conrelid::regclass::text, conname::text, pg_get_constraintdef(oid)
FROM pg_constraint WHERE connamespace = 'public'::regnamespace
UNION ALL SELECT 'index', tablename::text, indexname::text, indexdef FROM pg_indexes WHERE schemaname = 'public'
UNION ALL SELECT 'trigger', tgrelid::regclass::text, tgname::text, pg_get_triggerdef(oid)
FROM pg_trigger WHERE NOT tgisinternal
ORDER BY 1, 2, 3, 4
"""


@asynccontextmanager
async def asked(url):
    """A plain connection."""
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    yield connection
    await connection.close()


async def shape(url):
    """Everything PostgreSQL knows of the tables."""
    async with asked(url) as connection:
        return [tuple(row) for row in await connection.fetch(SHAPE)]


async def version(url):
    async with asked(url) as connection:
        return await connection.fetchval("SELECT version_num FROM schema_version")


async def opened(url):
    database = Database(url)
    await database.open()
    return database


@pytest.fixture
async def old(empty_url):
    """A database as the first release made it, with what it guards."""
    async with asked(empty_url) as connection:
        await connection.execute(RELEASES[0].read_text(encoding="utf-8"))
        there = {
            row[0] for row in await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        }
        later = [each for each in APPEND_ONLY if each not in there]
        for guard in database_module._guards("postgresql"):
            if not any(f" ON {table} " in guard for table in later):
                await connection.execute(guard)
    return empty_url


async def stepped(url, revision):
    """Bring a database of the first release up to some step."""

    def up(connection):
        config = Config(attributes={"connection": connection})
        config.set_main_option("script_location", str(STEPS.dir))
        config.set_main_option("path_separator", "os")
        command.stamp(config, migrating.FIRST)
        command.upgrade(config, revision)

    engine = create_async_engine(url)
    async with engine.begin() as connection:
        await connection.run_sync(up)
    await engine.dispose()


async def copied_back(new, old):
    """What an older database would hold of the rows of a new one: the columns it knew."""
    async with asked(new) as source, asked(old) as target, target.transaction():
        for table in ("users", "matters", "matter_parties", "sessions", "participants"):
            known = [row[0] for row in await target.fetch(COLUMNS, table)]
            rows = await source.fetch(f"SELECT {', '.join(known)} FROM {table}")
            await target.copy_records_to_table(table, records=rows, columns=known)


COLUMNS = "SELECT column_name::text FROM information_schema.columns WHERE table_name = $1"


@pytest.fixture
async def people(db, database_url):
    """The address of a new database with a matter, its parties and a sitting."""
    async with db.transaction() as tx:
        await populate(tx)
    return database_url


async def test_every_step_from_the_first_release_on_leads_to_what_a_fresh_database_is(old, database_url):
    await (await opened(old)).close()
    assert await version(old) == database_module._VERSION == STEPS.get_current_head()
    assert await shape(old) == await shape(database_url)
    before = await shape(old)
    await (await opened(old)).close()
    assert await shape(old) == before


async def test_what_was_in_it_stays_with_what_was_answered_and_how_it_ended(old, people):
    await copied_back(people, old)
    async with asked(old) as connection:
        await connection.execute(
            f"INSERT INTO consents VALUES ('one', '{SESSION.id}', '{NAMED[1].id}', 'c2', '1', TRUE, "
            "'2026-11-23 06:00:00.5+00'); "
            f"INSERT INTO conclusions VALUES ('c', '{SESSION.id}', '{MATTER.id}', 'agreed', NULL, '', '', "
            f"'2026-11-23 07:00:00+00', '{MEDIATOR.id}')"
        )
    database = await opened(old)
    async with database.reading() as tx:
        found = await matters.matter(tx, MATTER.id)
        (kept,) = await consents.consents_of(tx, NAMED[1].id)
    await database.close()
    assert (found.ref, found.claim_fen, found.outcome) == (MATTER.ref, MATTER.claim_fen, MatterOutcome.AGREED)
    assert (kept.matter_id, kept.party_id, kept.item, kept.answer) == (
        MATTER.id,
        NAMED[1].party_id,
        ConsentItem.ONLINE,
        True,
    )
    assert kept.at == datetime(2026, 11, 23, 6, 0, 0, 500_000, tzinfo=UTC)
    async with asked(old) as connection:
        words = {row[0] for row in await connection.fetch("SELECT word FROM matter_words")}
    assert {"郑思", "周承"} <= words  # of the mediator as of the parties


@pytest.mark.parametrize(("cause", "held"), [("false_mediation", True), ("appraisal", False)])
async def test_a_suspicion_that_was_open_before_there_were_holds_holds_its_record(old, people, cause, held):
    await stepped(old, BEFORE_HOLDS)
    await copied_back(people, old)
    async with asked(old) as connection:
        await connection.execute(
            "INSERT INTO matter_events VALUES ($1, 1, $2, 'a', 'mediator', 'paused', $3, '', '')",
            MATTER.id,
            datetime(2026, 11, 23, tzinfo=UTC),
            f'{{"cause":"{cause}"}}',
        )
    database = await opened(old)
    async with database.reading() as tx:
        assert (await matters.matter(tx, MATTER.id)).held is held
    await database.close()


async def test_what_cannot_be_brought_up_is_refused_and_left_as_it_was(old):
    async with asked(old) as connection:
        await connection.execute("ALTER TABLE logins ADD COLUMN foreign_to_us TEXT")
    before = await shape(old)
    with pytest.raises(Unavailable) as refusal:
        await opened(old)
    assert refusal.value.code == "database_schema"
    assert await shape(old) == before
