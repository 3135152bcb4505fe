"""The way to the court under fire: exactly one effect per outcome, in order per matter, nothing lost.

`FAULT_OUTCOMES` sets the number of outcomes of each campaign; the suite runs a short form of the same code.
"""

import asyncio
import os
import random
import signal
import sys
import time

import pytest
from aiohttp import web

from mediation_server.caseflow.mock_court_server import CourtMode
from mediation_server.clock import SystemClock
from mediation_server.store import outbox
from tests.court_world import add_message, court_world, healthy, lost_answer

OUTCOMES = int(os.environ.get("FAULT_OUTCOMES", "60"))
PER_MATTER = 3


@pytest.fixture
async def world(tmp_path):
    async with court_world(tmp_path) as made:
        yield made


async def filled_with(world, outcomes=OUTCOMES):
    """Matters with three outcomes each, all waiting."""
    matters = [await world.matter() for _ in range(-(-outcomes // PER_MATTER))]
    async with world.db.transaction() as tx:
        for matter in matters:
            for number in range(1, PER_MATTER + 1):
                await add_message(tx, matter, number, world.clock.now())
    world.filled.set()
    return matters


async def all_delivered(world, matters):
    async with world.db.reading() as tx:
        return not await outbox.heads(tx, busy=frozenset(), limit=1)


async def through(world, matters, **step):
    """Let time pass until the outbox is empty."""
    deadline = time.monotonic() + 30 + OUTCOMES / 20
    while not await all_delivered(world, matters):
        assert time.monotonic() < deadline, "the outbox does not empty"
        if step:
            world.later(**step)
        await asyncio.sleep(0.02)


def assert_exactly_once_in_order(world, matters):
    effects = {matter.ref: [] for matter in matters}
    for each in world.court.applied():
        effects[each.matter_ref].append(each.seq)
    assert effects == {matter.ref: list(range(1, PER_MATTER + 1)) for matter in matters}


async def test_a_court_that_is_down_for_a_day_gets_everything_when_it_is_back(world):
    matters = await filled_with(world)
    world.court.server.mode = CourtMode.UNREACHABLE
    async with world.delivering():
        for _ in range(24):
            world.later(hours=1)
            await asyncio.sleep(0.01)
        assert world.court.applied() == []
        world.court.server.mode = CourtMode.ON
        world.later(hours=1.2)
        # a request that was under way while the hour passed is too old for the court, and waits for the next one
        await through(world, matters, seconds=30)
    assert_exactly_once_in_order(world, matters)


async def test_errors_and_timeouts_cost_requests_and_nothing_else(world):
    chance = random.Random(1)
    world.timeout_s = 0.3
    failures = 0

    async def ill(request, handler):
        nonlocal failures
        luck = chance.random()
        if luck < 0.7:
            return await handler(request)
        failures += 1
        if luck < 0.8:
            return web.Response(status=500)
        if luck < 0.9:
            return web.Response(status=429, headers={"Retry-After": "7"})
        await handler(request)  # applied, but the answer comes too late
        await asyncio.sleep(0.5)
        return web.Response()

    world.court.fault = ill
    matters = await filled_with(world)
    async with world.delivering():
        await through(world, matters, seconds=60)
    assert failures > OUTCOMES // 5
    assert world.court.requests <= 1.3 * len(matters) * PER_MATTER + failures
    assert_exactly_once_in_order(world, matters)


async def test_every_answer_lost_once_makes_no_duplicate(world):
    lost = set()

    async def lose_first(request, handler):
        name = request.headers["Idempotency-Key"]
        fault = healthy if name in lost else lost_answer
        lost.add(name)
        return await fault(request, handler)

    world.court.fault = lose_first
    matters = await filled_with(world)
    async with world.delivering():
        await through(world, matters, seconds=60)
    assert len(lost) == len(matters) * PER_MATTER
    assert world.court.requests == 2 * len(lost)
    assert_exactly_once_in_order(world, matters)


async def test_a_poisoned_message_keeps_only_its_own_matter_waiting(world):
    matters = await filled_with(world)
    poisoned = matters[0]

    async def poison(request, handler):
        is_poisoned = (await request.json())["matter_ref"] == poisoned.ref
        return web.Response(status=500) if is_poisoned else await handler(request)

    world.court.fault = poison

    async def is_dead():
        return (await world.messages(poisoned))[0].dead

    async with world.delivering():
        for _ in range(2000):
            world.later(hours=1.2)
            await asyncio.sleep(0.005)
            if await is_dead():
                break
        assert await is_dead()
        await through(world, matters[1:])
    first, *rest = await world.messages(poisoned)
    assert (first.attempts, first.last_error) == (78, "http_500")
    assert [each.attempts for each in rest] == [0, 0]
    assert_exactly_once_in_order(world, matters[1:])


class Child:
    """A dispatcher that can be killed."""

    def __init__(self, database_url, court_url):
        self.command = [sys.executable, "-m", "tests.faults.dispatcher_child", database_url, court_url]
        self.process = None

    async def start(self):
        self.process = await asyncio.create_subprocess_exec(*self.command, stdout=asyncio.subprocess.DEVNULL)

    async def kill(self):
        if self.process and self.process.returncode is None:
            self.process.send_signal(signal.SIGKILL)
            await self.process.wait()


async def struck_down(world, child, after):
    """Start the dispatcher and kill it the moment the court has applied so many more messages."""
    struck, left = asyncio.Event(), after

    async def strike(request, handler):
        nonlocal left
        response = await handler(request)  # the court has it, on disk
        left -= 1
        if left == 0:
            await child.kill()
            struck.set()
        return response

    world.court.fault = strike
    await child.start()
    await asyncio.wait_for(struck.wait(), 20)


async def test_a_dispatcher_killed_between_sending_and_keeping_sends_again_to_one_effect(tmp_path):
    async with court_world(tmp_path, SystemClock()) as world:
        child = Child(f"sqlite+aiosqlite:///{tmp_path}/mediation.db", world.court.server.url)
        matters = await filled_with(world, 30)
        try:
            for after in (1, 2, 5, 9):
                await struck_down(world, child, after)
            world.court.fault = healthy
            await child.start()
            await through(world, matters)
        finally:
            await child.kill()
        assert world.court.requests > len(matters) * PER_MATTER, "nothing was sent twice: the blows came too late"
        assert_exactly_once_in_order(world, matters)
