"""What only a database with many writers at once can get wrong."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.exc import DBAPIError

from mediation_server.config import Settings
from mediation_server.doctor import examine
from mediation_server.domain.audit import AuditAction, AuditEntry
from mediation_server.domain.ids import new_id
from mediation_server.domain.log import EventKind, first_break
from mediation_server.domain.people import Side
from mediation_server.domain.recording import Recording, RecordingState
from mediation_server.domain.viewing_approval import ExceptionGround, ViewingApproval
from mediation_server.domain.viewing_request import RequestState, ViewingRequest
from mediation_server.services import approving_viewings, demo_data, requesting_viewings
from mediation_server.services import demo_cast as cast
from mediation_server.services.procedure import log_findings
from mediation_server.store import (
    audit,
    events,
    matters,
    outbox,
    recordings,
    users,
    viewing_approvals,
    viewing_requests,
)
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


OTHER_HEAD = replace(cast.TRIAL_JUDGE, heads_division=True)
OTHER_CLERK = next(each for each in cast.USERS if each.name == "罗晓彤")
WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted"
LETTER = ("来函核对方案", NOW.date() + timedelta(days=9), None, "函12号", "江岚市人民检察院")


@pytest.fixture
async def both_ask(ctx, db):
    """An exception and a party's application that wait for an answer, about one recording of the demo."""
    await demo_data.seed(ctx)
    now = ctx.clock.now()
    recording = Recording(new_id(), demo_data.SESSION_4, RecordingState.SEALED, now, 1, 1, "ab" * 32, now)
    exception = ViewingApproval(new_id(), recording.id, cast.CLERK.id, now, ExceptionGround.LETTER, *LETTER)
    async with db.transaction() as tx:
        (party, *_) = [each for each in await matters.parties_of(tx, demo_data.MATTER_4) if each.side is Side.APPLICANT]
        application = ViewingRequest(
            new_id(), recording.id, party.id, str(party.user_id), "核对金额", RequestState.ASKED, now
        )
        await users.save(tx, OTHER_HEAD)
        await recordings.save(tx, recording)
        await viewing_approvals.save(tx, exception)
        await viewing_requests.save(tx, application)
    return exception, application


async def one_after_the_other(db, find, row, *steps):
    """What came of steps that need one row, in the order in which they came to wait for whoever holds it."""
    async with db.transaction() as tx:
        await find(tx, row.id, locked=True)
        going = []
        async with asyncio.timeout(30):
            for step in steps:
                going.append(asyncio.create_task(step))
                while (await tx.exec_driver_sql(WAITING)).scalar_one() < len(going):  # noqa: ASYNC110 - only the database knows
                    await asyncio.sleep(0.01)
    return [getattr(each, "code", each) for each in await asyncio.gather(*going, return_exceptions=True)]


def approvals(ctx, row):
    """What may be done to an exception: two heads, and whoever asked."""
    return {
        "yes": lambda: approving_viewings.answer(ctx, cast.HEAD, row.id, approved=True, words="符合规定"),
        "no": lambda: approving_viewings.answer(ctx, OTHER_HEAD, row.id, approved=False, words="理由不足"),
        "revoke": lambda: approving_viewings.revoke(ctx, OTHER_HEAD, row.id, "来函已撤回"),
        "end": lambda: approving_viewings.end(ctx, cast.CLERK, row.id),
    }


def applications(ctx, row):
    """What may be done to an application: two clerks, and the party."""
    party = next(each for each in cast.PARTY_ACCOUNTS if each.id == row.user_id)
    return {
        "yes": lambda: requesting_viewings.answer(ctx, cast.CLERK, row.id, granted=True, words="符合规定"),
        "no": lambda: requesting_viewings.answer(ctx, OTHER_CLERK, row.id, granted=False, words="理由不足"),
        "revoke": lambda: requesting_viewings.revoke(ctx, OTHER_CLERK, row.id, "来函已撤回"),
        "end": lambda: requesting_viewings.withdraw(ctx, party, demo_data.MATTER_4, row.id),
    }


STATES = {"yes": ("approved", "granted"), "end": ("ended", "withdrawn")}
WORDS = {"yes": "符合规定", "end": ""}


@pytest.mark.parametrize(
    "steps", [("yes", "no refused"), ("end", "yes refused"), ("yes", "end"), ("yes done", "end", "revoke refused")]
)
async def test_of_two_who_decide_at_once_the_second_goes_by_what_the_first_left(ctx, db, both_ask, steps):
    """Two heads about an exception, two clerks about an application, and whoever asked for either."""
    *before, first, second = (each.split()[0] for each in steps)
    refused = "refused" in steps[-1]
    for n, (row, find, may, code) in enumerate((
        (both_ask[0], viewing_approvals.approval, approvals(ctx, both_ask[0]), "viewing_approval_state"),
        (both_ask[1], viewing_requests.request, applications(ctx, both_ask[1]), "viewing_request_state"),
    )):  # fmt: skip
        for step in before:
            await may[step]()
        came_of = await one_after_the_other(db, find, row, may[first](), may[second]())
        assert came_of[1] == code if refused else code not in came_of
        async with db.reading() as tx:
            found = await find(tx, row.id)
        answer = "".join(WORDS[each] for each in (*before, first))  # stays, whatever ends it
        assert (found.state.value, found.answer) == (STATES[first if refused else second][n], answer)


def test_doctor_finds_a_database_that_answers(cluster, tmp_path):
    settings = Settings(data_dir=tmp_path, database_url=cluster)
    assert [line for line in examine(settings) if "database" in line] == []
