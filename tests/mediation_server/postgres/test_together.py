"""What only a database with many writers at once can get wrong."""

import asyncio

import pytest
from sqlalchemy.exc import DBAPIError

from mediation_server.config import Settings
from mediation_server.doctor import examine
from mediation_server.domain.audit import AuditAction, AuditEntry
from mediation_server.domain.ids import new_id
from mediation_server.domain.log import EventKind, first_break
from mediation_server.services import demo_data
from mediation_server.services.procedure import log_findings
from mediation_server.store import audit, events, outbox
from mediation_server.store.database import Database
from tests.mediation_server.store.people import MATTER, NOW, SESSION, populate


async def test_writers_of_two_processes_leave_one_chain_without_a_gap(db, database_url):
    async with db.transaction() as tx:
        await populate(tx)
    other = Database(database_url)
    await other.open()

    async def write(database, number):
        entry = AuditEntry(new_id(), NOW, "u", AuditAction.VIEWING_OPENED, f"recording:{number}", allowed=True)
        async with database.transaction() as tx:
            await events.append_event(
                tx, SESSION.id, at=NOW, offset_ms=number, actor="a", kind=EventKind.STARTED, payload={"n": number}
            )
            message = {"type": "SessionHeld", "business_key": str(number), "payload": {}, "occurred_at": NOW}
            await outbox.enqueue(tx, matter_id=MATTER.id, **message)
            await audit.add(tx, entry)

    try:
        await asyncio.gather(*(write((db, other)[number % 2], number) for number in range(20)))
    finally:
        await other.close()
    async with db.reading() as tx:
        log = await events.events_of(tx, SESSION.id)
        queued = await outbox.messages_of(tx, MATTER.id)
        assert await audit.first_break(tx) is None
        assert len(await audit.latest(tx)) == 20
    assert (len(log), first_break(log)) == (20, None)
    assert [each.seq for each in queued] == list(range(1, 21))


@pytest.mark.parametrize("statement", ["UPDATE audit SET actor = 'x'", "DELETE FROM matter_events", "TRUNCATE audit"])
async def test_what_is_append_only_is_guarded(db, statement):
    with pytest.raises(DBAPIError, match="append-only"):
        async with db.transaction() as tx:
            await tx.exec_driver_sql(statement)


async def test_the_whole_demo_is_written_and_every_log_of_it_holds(ctx, db):
    await demo_data.seed(ctx)
    async with db.reading() as tx:
        ids = list((await tx.exec_driver_sql("SELECT id FROM matters")).scalars())
        assert await audit.first_break(tx) is None
    assert len(ids) >= 6
    assert [await log_findings(db, each) for each in ids] == [[]] * len(ids)


def test_doctor_finds_a_database_that_answers(cluster, tmp_path):
    settings = Settings(data_dir=tmp_path, database_url=cluster)
    assert [line for line in examine(settings) if "database" in line] == []
