import pytest
from sqlalchemy.exc import DBAPIError

from mediation_server.domain.matter_log import MatterEventKind, first_break
from mediation_server.store import matter_events, matters
from tests.mediation_server.store.people import MATTER, NOW, populate


@pytest.fixture
async def filled(db):
    async with db.transaction() as tx:
        await populate(tx)
        for number, kind in enumerate((MatterEventKind.CREATED, MatterEventKind.SUBMITTED, MatterEventKind.REJECTED)):
            payload = {"number": number, "words": "立案"}
            await matter_events.append_event(
                tx, MATTER.id, at=NOW, actor="gao", role="filing", kind=kind, payload=payload
            )
    return db


async def test_a_log_reads_back_as_it_was_written_and_holds(filled):
    async with filled.reading() as tx:
        log = await matter_events.events_of(tx, MATTER.id)
        later = await matter_events.events_of(tx, MATTER.id, after=2)
        last = await matter_events.last_event(tx, MATTER.id)
        both = await matter_events.events_of_all(tx, [MATTER.id, "nobody"])
    assert [(each.seq, each.kind.value, each.payload["number"]) for each in log] == [
        (1, "created", 0),
        (2, "submitted", 1),
        (3, "rejected", 2),
    ]
    assert first_break(log) is None
    assert (later, last, both) == (log[2:], log[2], {MATTER.id: log})


@pytest.mark.parametrize("change", ["UPDATE matter_events SET actor = 'x'", "DELETE FROM matter_events"])
async def test_nobody_changes_what_is_written(filled, change):
    with pytest.raises(DBAPIError, match="append-only"):
        async with filled.transaction() as tx:
            await tx.exec_driver_sql(change)
    async with filled.reading() as tx:
        assert len(await matter_events.events_of(tx, MATTER.id)) == 3


async def test_a_matter_that_is_locked_is_the_matter(filled):
    async with filled.transaction() as tx:
        assert await matters.locked(tx, MATTER.id) == MATTER
