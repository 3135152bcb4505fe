import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from mediation_server.caseflow.dispatcher import settled
from mediation_server.caseflow.mock_court_server import CourtMode
from mediation_server.caseflow.port import Ack, CourtUnreachable, Nack, Pending
from mediation_server.domain.message import OutboxMessage, SyncState
from tests.court_world import always, eventually, healthy, lost_answer

NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
FRESH = OutboxMessage("id", "matter", None, 1, "OutcomeRecorded", "key", {}, NOW, 0, NOW)

failures = st.sampled_from(
    [Nack("E_RATE", "", retryable=True), Pending(), Pending(3), CourtUnreachable("http_500"), CourtUnreachable("x")]
)
finals = st.sampled_from([Ack(1), Nack("E_SCHEMA", "", retryable=False)])


@given(st.lists(failures, max_size=100), st.floats(0, 1))
def test_a_message_waits_until_three_days_are_over_and_is_then_given_up(results, fraction):
    message = FRESH
    for n, result in enumerate(results, start=1):
        message = settled(message, result, message.next_attempt_at, fraction)
        assert message.attempts == n
        assert message.dead == (n >= 78)
        assert message.delivered_at is None
        assert message.next_attempt_at >= FRESH.next_attempt_at
        assert message.last_error
        if message.dead:
            waited = message.next_attempt_at - NOW
            assert timedelta(hours=64) < waited < timedelta(hours=82)
            break


@given(st.integers(0, 77), finals)
def test_a_final_answer_ends_it_whatever_was_before(attempts, answer):
    message = settled(replace(FRESH, attempts=attempts, last_error="http_500"), answer, NOW)
    assert message.delivered_at == NOW
    assert message.dead == isinstance(answer, Nack)
    assert message.last_error == (answer.code if isinstance(answer, Nack) else None)
    assert message.court_version == (answer.court_version if isinstance(answer, Ack) else None)


@pytest.mark.parametrize(("wish", "waits"), [(120, 120), (1, 5), (10**9, 3600), (None, 5), (0, 5)])
def test_the_courts_wish_may_lengthen_a_wait_up_to_an_hour(wish, waits):
    message = settled(FRESH, CourtUnreachable("http_429", retry_after_s=wish), NOW)
    assert (message.next_attempt_at - NOW).total_seconds() == waits


def delivered(world, *matters, count):
    async def is_delivered():
        messages = [await world.messages(each) for each in matters]
        return all(len(each) == count and all(one.delivered_at for one in each) for each in messages)

    return is_delivered


async def attempted(world, matter, attempts):
    async def is_attempted():
        return (await world.messages(matter))[0].attempts == attempts

    await eventually(is_attempted, f"attempt {attempts}")
    return (await world.messages(matter))[0]


async def test_a_new_row_is_delivered_at_once_and_in_order(world):
    matter = await world.matter()
    async with world.delivering():
        for n in (1, 2, 3):
            await world.message(matter, n)
        await eventually(delivered(world, matter, count=3))
    assert [each.seq for each in world.court.applied()] == [1, 2, 3]
    assert [each.court_version for each in await world.messages(matter)] == [1, 2, 3]
    assert [each.attempts for each in await world.messages(matter)] == [1, 1, 1]
    assert world.court.requests == 3


async def test_the_listener_hears_of_each_final_answer(world):
    matter = await world.matter()
    async with world.delivering():
        await world.message(matter, 1)
        await world.message(matter, 2, terms="not allowed")
        await eventually(lambda: len(world.changes) == 2)
    assert [each.state for each in world.changes] == [SyncState.SYNCED, SyncState.FAILED]
    assert {each.matter_id for each in world.changes} == {matter.id}


async def test_while_the_court_is_off_everything_waits_and_nothing_is_lost(world):
    matters = [await world.matter() for _ in range(5)]
    world.court.server.mode = CourtMode.UNREACHABLE
    async with world.delivering():
        for matter in matters:
            await world.message(matter, 1)
            await world.message(matter, 2)
        for matter in matters:
            assert (await attempted(world, matter, 1)).last_error == "connection"
        world.court.server.mode = CourtMode.ON
        world.later(seconds=6)
        await eventually(delivered(world, *matters, count=2))
    assert len(world.court.applied()) == 10


async def test_nothing_is_tried_before_its_time(world):
    matter = await world.matter()
    world.court.fault = always(500)
    async with world.delivering():
        await world.message(matter)
        first = await attempted(world, matter, 1)
        assert timedelta(seconds=4.5) <= first.next_attempt_at - world.clock.now() <= timedelta(seconds=5.5)
        world.later(seconds=4)
        other = await world.matter()
        await world.message(other)
        await attempted(world, other, 1)
        assert world.court.requests == 2
        world.later(seconds=2)
        second = await attempted(world, matter, 2)
        assert timedelta(seconds=27) <= second.next_attempt_at - world.clock.now() <= timedelta(seconds=33)


async def test_a_lost_answer_leads_to_a_second_sending_and_one_effect(world):
    matter = await world.matter()
    world.court.fault = lost_answer
    async with world.delivering():
        await world.message(matter)
        assert (await attempted(world, matter, 1)).last_error == "connection"
        world.court.fault = healthy
        world.later(seconds=6)
        await eventually(delivered(world, matter, count=1))
    assert len(world.court.applied()) == 1
    assert [each.times for each in world.court.court.received()] == [2]


async def test_what_the_court_refuses_for_good_is_dead_and_the_next_goes_on(world):
    matter = await world.matter()
    async with world.delivering():
        await world.message(matter, 1, terms="not allowed")
        await world.message(matter, 2)
        await eventually(delivered(world, matter, count=2))
    first, second = await world.messages(matter)
    assert (first.dead, first.last_error) == (True, "E_SCHEMA")
    assert (second.dead, second.court_version) == (False, 1)


async def test_what_is_given_up_unanswered_blocks_its_own_matter_only(world):
    poisoned, other = await world.matter(), await world.matter()

    async def poison(request, handler):
        body = await request.json()
        return web.Response(status=500) if body["matter_ref"] == poisoned.ref else await handler(request)

    world.court.fault = poison
    async with world.delivering():
        await world.message(poisoned, 1)
        await world.message(poisoned, 2)
        for attempts in range(1, 79):
            await attempted(world, poisoned, attempts)
            world.later(hours=1.2)
        for n in range(1, 6):
            await world.message(other, n)
        await eventually(delivered(world, other, count=5))
    first, second = await world.messages(poisoned)
    assert (first.dead, first.attempts, first.delivered_at) == (True, 78, None)
    assert (second.dead, second.attempts) == (False, 0)
    assert world.changes[0].state is SyncState.FAILED


async def test_one_slow_matter_holds_up_nobody_else(world):
    slow, others = await world.matter(), [await world.matter() for _ in range(20)]
    release, held = asyncio.Event(), asyncio.Event()

    async def stall(request, handler):
        body = await request.json()
        if body["matter_ref"] == slow.ref:
            held.set()
            await release.wait()
        return await handler(request)

    world.court.fault = stall
    async with world.delivering():
        await world.message(slow)
        await asyncio.wait_for(held.wait(), 10)
        for matter in others:
            await world.message(matter)
        await eventually(delivered(world, *others, count=1))
        assert (await world.messages(slow))[0].attempts == 0
        release.set()
        await eventually(delivered(world, slow, count=1))


async def test_a_court_that_lost_its_memory_is_told_everything_again(world):
    matter = await world.matter()
    async with world.delivering():
        for n in (1, 2):
            await world.message(matter, n)
        await eventually(delivered(world, matter, count=2))
        await asyncio.to_thread(world.court.journal.unlink)
        await world.court.court.open()
        await world.message(matter, 3)
        await eventually(lambda: len(world.court.applied()) == 3, "everything again")
        world.later(seconds=6)
        await eventually(delivered(world, matter, count=3))
    assert [each.seq for each in world.court.applied()] == [1, 2, 3]


async def test_a_broken_listener_stops_nothing(world):
    matter = await world.matter()

    class Broken(list):
        def append(self, _):
            raise RuntimeError("broken")

    world.changes = Broken()
    async with world.delivering():
        await world.message(matter, 1)
        await eventually(delivered(world, matter, count=1))
        other = await world.matter()
        await world.message(other, 1)
        await eventually(delivered(world, other, count=1))


async def test_a_row_that_nobody_rang_for_is_found(world):
    matter = await world.matter()
    async with world.delivering():
        await world.message(matter, 1)
        await eventually(delivered(world, matter, count=1))
        ring, world.filled.set = world.filled.set, lambda: None
        await world.message(matter, 2)
        world.filled.set = ring
        await eventually(delivered(world, matter, count=2))


async def test_a_database_that_is_down_for_a_moment_ends_nothing(world):
    matter = await world.matter()
    async with world.delivering():
        with capture_logs() as logs:
            await world.db.close()
            world.filled.set()
            await eventually(lambda: "outbox_round_failed" in [each["event"] for each in logs])
        await world.db.open()
        await world.message(matter, 1)
        await eventually(delivered(world, matter, count=1))


async def test_giving_up_sounds_an_alarm_that_tells_nothing_of_the_matter(world):
    matter = await world.matter()
    with capture_logs() as logs:
        async with world.delivering():
            await world.message(matter, 1, terms="二万元即可")
            await eventually(lambda: world.changes)
    (alarm,) = [each for each in logs if each["log_level"] == "error"]
    assert alarm["event"] == "court_message_dead"
    assert alarm["error"] == "E_SCHEMA"
    assert not any(secret in str(alarm) for secret in ("二万元", matter.ref, matter.case_no))
