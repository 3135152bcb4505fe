import asyncio
import sqlite3
from contextlib import closing
from dataclasses import replace

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from mediation_server.errors import NotFound, Unavailable
from mediation_server.store import matters, sessions, users
from mediation_server.store.database import Database
from tests.mediation_server.store.people import MATTER, MEDIATOR, NAMED, NOW, PARTIES, SESSION, populate


async def test_every_connection_is_set_up_to_lose_nothing(db):
    async with db.reading() as tx:
        found = {
            name: await tx.scalar(text(f"PRAGMA {name}"))
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 5000}


async def test_what_was_put_in_comes_out_as_the_same_values(db):
    async with db.transaction() as tx:
        await populate(tx)
    async with db.reading() as tx:
        assert await matters.matter(tx, MATTER.id) == MATTER
        assert await matters.parties_of(tx, MATTER.id) == PARTIES
        assert await sessions.session(tx, SESSION.id) == SESSION
        assert await sessions.participants_of(tx, SESSION.id) == NAMED
        assert await users.by_login(tx, "zheng") == (MEDIATOR, "no password")


async def test_a_transaction_that_fails_leaves_nothing(db):
    async def half() -> None:
        async with db.transaction() as tx:
            await populate(tx)
            raise RuntimeError("half-way")

    with pytest.raises(RuntimeError, match="half-way"):
        await half()
    async with db.reading() as tx:
        with pytest.raises(NotFound):
            await matters.matter(tx, MATTER.id)


async def test_a_transaction_that_is_cancelled_leaves_nothing_and_blocks_nobody(db):
    inside = asyncio.Event()

    async def slow():
        async with db.transaction() as tx:
            await populate(tx)
            inside.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(slow())
    await inside.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with db.transaction() as tx:
        await populate(tx)


async def test_writers_take_turns_and_readers_see_only_what_is_committed(db):
    async with db.transaction() as tx:
        await populate(tx)
        async with db.reading() as other:
            with pytest.raises(NotFound):
                await matters.matter(other, MATTER.id)
    counted = []

    async def count(number):
        async with db.transaction() as tx:
            found = await matters.matter(tx, MATTER.id)
            await matters.save(tx, replace(found, version=found.version + 1))
            counted.append(number)

    await asyncio.gather(*(count(number) for number in range(20)))
    async with db.reading() as tx:
        assert (await matters.matter(tx, MATTER.id)).version == 21
    assert counted == list(range(20))


async def test_two_processes_may_write_to_one_file(db, tmp_path):
    async with db.transaction() as tx:
        await populate(tx)
    other = Database(f"sqlite+aiosqlite:///{tmp_path}/data/mediation.db")
    await other.open()

    async def count(database):
        for _ in range(10):
            async with database.transaction() as tx:
                found = await matters.matter(tx, MATTER.id)
                await matters.save(tx, replace(found, version=found.version + 1))

    await asyncio.gather(count(db), count(other))
    async with db.reading() as tx:
        assert (await matters.matter(tx, MATTER.id)).version == 21
    await other.close()


async def test_a_transaction_inside_a_transaction_is_a_bug_that_says_so(db):
    async with db.transaction():
        with pytest.raises(RuntimeError, match="inside a transaction"):
            async with db.transaction():
                pass


async def test_foreign_keys_hold(db):
    with pytest.raises(IntegrityError):
        async with db.transaction() as tx:
            await sessions.add(tx, SESSION, [])


async def test_opening_again_keeps_what_is_there(tmp_path):
    url = f"sqlite+aiosqlite:///{tmp_path}/x.db"
    for number in range(2):
        database = Database(url)
        await database.open()
        await database.open()
        async with database.transaction() as tx:
            if number == 0:
                await populate(tx)
            assert await matters.matter(tx, MATTER.id) == MATTER
        await database.close()
        await database.close()


async def test_a_database_of_another_schema_is_refused_in_a_word(tmp_path):
    with sqlite3.connect(tmp_path / "old.db") as connection:
        connection.execute("CREATE TABLE users (id TEXT)")
    connection.close()
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/old.db")
    with pytest.raises(Unavailable) as refusal:
        await database.open()
    assert refusal.value.code == "database_schema"


async def test_what_was_refused_for_its_schema_is_not_open(tmp_path):
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/strange.db")
    await database.open()
    await database.close()
    with closing(sqlite3.connect(tmp_path / "strange.db")) as connection:
        connection.execute("ALTER TABLE users ADD COLUMN more TEXT")
    for _ in range(2):
        with pytest.raises(Unavailable) as refusal:
            await database.open()
        assert refusal.value.code == "database_schema"


async def test_a_closed_database_says_so(tmp_path):
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/x.db")
    with pytest.raises(Unavailable) as refusal:
        async with database.reading():
            pass
    assert refusal.value.code == "database_closed"


async def test_an_instant_without_a_zone_never_gets_in(db):
    async with db.transaction() as tx:
        await populate(tx)
    with pytest.raises(Exception, match="without a time zone"):
        async with db.transaction() as tx:
            await sessions.save(tx, replace(SESSION, starts_at=NOW.replace(tzinfo=None)))


async def _bumped(db):
    async with db.transaction() as tx:
        found = await matters.matter(tx, MATTER.id)
        await matters.save(tx, replace(found, version=found.version + 1))


async def _version(db):
    async with db.reading() as tx:
        return (await matters.matter(tx, MATTER.id)).version


async def test_a_task_reads_one_state_whatever_others_write_meanwhile(db):
    async with db.transaction() as tx:
        await populate(tx)
    before = await _version(db)
    async with db.one_state():
        assert await _version(db) == before
        await asyncio.create_task(_bumped(db))
        assert await _version(db) == before
        assert await asyncio.create_task(_version(db)) == before + 1
    assert await _version(db) == before + 1


async def test_a_task_reads_what_it_has_written_itself(db):
    async with db.transaction() as tx:
        await populate(tx)
    async with db.one_state():
        before = await _version(db)
        await _bumped(db)
        assert await _version(db) == before + 1


async def test_only_the_columns_that_change_are_written(db):
    async with db.transaction() as tx:
        await populate(tx)
        await tx.execute(text("UPDATE matters SET claim = 'beside' WHERE id = :id"), {"id": MATTER.id})
        await matters.save_over_all(tx, [(MATTER, replace(MATTER, version=7))])
        found = await matters.matter(tx, MATTER.id)
    assert (found.version, found.claim) == (7, "beside")


async def test_the_database_is_not_asked_for_none(db):
    async with db.reading() as tx:
        await tx.execute(text("ROLLBACK"))
        await tx.close()
        assert (await matters.matters_named(tx, []), await sessions.sessions_of_all(tx, [])) == ([], [])
