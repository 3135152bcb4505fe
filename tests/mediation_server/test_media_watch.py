"""Two silent rounds make the process unfit for new people, one that passes makes it fit again."""

from __future__ import annotations

import asyncio

import pytest
from structlog.testing import capture_logs

from mediation_server.media_watch import MediaWatch
from tests.media.peer import until


class Bird:
    """Sings, fails or hangs as told."""

    def __init__(self):
        self.error = None
        self.hangs = False
        self.rounds = 0

    async def sing(self):
        self.rounds += 1
        if self.hangs:
            await asyncio.Event().wait()
        if self.error:
            raise self.error


@pytest.fixture
def bird():
    return Bird()


async def test_one_failure_is_bad_luck_and_two_are_not(bird):
    watch = MediaWatch(bird.sing, period_s=60)
    bird.error = ConnectionError()
    with capture_logs() as logs:
        told = []
        for _ in range(3):
            await watch.look()
            told.append(watch.is_failing)
        bird.error = None
        await watch.look()
    assert told == [False, True, True]
    assert (watch.is_failing, watch.passed, watch.failed) == (False, 1, 3)
    assert [each["event"] for each in logs] == ["media_canary_silent", "media_canary_back"]


async def test_failures_with_a_success_between_do_not_add_up(bird):
    watch = MediaWatch(bird.sing, period_s=60)
    for error in (OSError(), None, OSError()):
        bird.error = error
        await watch.look()
    assert not watch.is_failing


async def test_a_round_that_hangs_counts_as_failed(bird):
    watch = MediaWatch(bird.sing, period_s=60, timeout_s=0.01)
    bird.hangs = True
    await watch.look()
    assert (watch.failed, watch.took_s) == (1, None)


async def test_it_goes_on_by_itself_and_ends_with_the_block(bird):
    watch = MediaWatch(bird.sing, period_s=0.001)
    async with watch.running():
        await until(lambda: watch.passed >= 3)
    assert watch.took_s is not None
    rounds = bird.rounds
    await asyncio.sleep(0.01)
    assert bird.rounds == rounds


async def test_after_a_failure_the_next_round_does_not_wait_for_its_turn(bird):
    watch = MediaWatch(bird.sing, period_s=3600)
    bird.error = ConnectionError()
    async with watch.running():
        await until(lambda: watch.is_failing, what="the second round waited an hour")
