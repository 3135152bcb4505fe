import sqlite3
from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from mediation_server.domain.audit import AuditAction, AuditEntry
from mediation_server.domain.ids import new_id
from mediation_server.domain.log import ChainBreak, EventKind, first_break
from mediation_server.errors import NotFound
from mediation_server.store import audit, events
from tests.mediation_server.store.people import MEDIATOR, NOW, SESSION, populate


async def write(db, count: int) -> list:
    async with db.transaction() as tx:
        await populate(tx)
        return [
            await events.append_event(
                tx,
                SESSION.id,
                at=NOW + timedelta(milliseconds=number),
                offset_ms=number,
                actor=MEDIATOR.id,
                kind=EventKind.CHAT_SENT,
                payload={"text": "还款计划 ✓", "nested": {"b": [1, 2.5, None], "a": True}},
            )
            for number in range(count)
        ]


async def test_a_log_comes_back_as_it_was_written_and_holds(db):
    written = await write(db, 5)
    async with db.reading() as tx:
        found = await events.events_of(tx, SESSION.id)
        assert await events.last_event(tx, SESSION.id) == written[-1]
        assert await events.events_of(tx, SESSION.id, after=3) == written[3:]
    assert found == written
    assert [each.seq for each in found] == [1, 2, 3, 4, 5]
    assert first_break(found) is None


async def test_there_is_no_log_of_an_unknown_sitting(db):
    async with db.transaction() as tx:
        assert await events.last_event(tx, new_id()) is None
        with pytest.raises(NotFound):
            await events.append_event(tx, new_id(), at=NOW, offset_ms=0, actor="a", kind=EventKind.STARTED, payload={})


@pytest.mark.parametrize("verb", ["UPDATE session_events SET actor = 'x'", "DELETE FROM session_events WHERE seq = 2"])
async def test_the_database_itself_refuses_to_change_the_log(db, verb):
    written = await write(db, 3)
    with pytest.raises(IntegrityError, match="append-only"):
        async with db.transaction() as tx:
            await tx.exec_driver_sql(verb)
    async with db.reading() as tx:
        assert await events.events_of(tx, SESSION.id) == written


@pytest.mark.parametrize("verb", ["UPDATE audit SET allowed = 1", "DELETE FROM audit"])
async def test_the_database_itself_refuses_to_change_the_audit_log(db, verb):
    entry = AuditEntry(new_id(), NOW, "u", AuditAction.VIEWING_OPENED, "recording:r", allowed=False, details={"a": 1})
    async with db.transaction() as tx:
        await audit.add(tx, entry)
    with pytest.raises(IntegrityError, match="append-only"):
        async with db.transaction() as tx:
            await tx.exec_driver_sql(verb)
    async with db.reading() as tx:
        assert await audit.entries_about(tx, "recording:r") == [entry]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ('UPDATE session_events SET payload = \'{"text":"x"}\' WHERE seq = 3', "content"),
        ("UPDATE session_events SET at = '2026-11-23 06:00:00.002001' WHERE seq = 3", "content"),
        ("UPDATE session_events SET kind = 'muted' WHERE seq = 3", "content"),
        ("DELETE FROM session_events WHERE seq = 3", "missing_entry"),
    ],
)
async def test_a_change_behind_the_triggers_back_is_found(db, tmp_path, change, reason):
    await write(db, 5)
    with sqlite3.connect(tmp_path / "data" / "mediation.db") as file:
        for verb in ("update", "delete"):
            file.execute(f"DROP TRIGGER session_events_no_{verb}")
        file.execute(change)
    file.close()
    async with db.reading() as tx:
        found = first_break(await events.events_of(tx, SESSION.id))
    assert found == ChainBreak(3, reason)
