"""The wall clock against the monotonic one: every jump of a second is told once, with its size, and drift adds up."""

import pytest

from mediation_server.clock_watch import ClockWatch
from tests.doubles import FakeClock


class Told:
    def __init__(self):
        self.heard, self.fails = [], False

    async def __call__(self, jump_ms):
        self.heard.append(jump_ms)
        if self.fails:
            raise OSError


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def told():
    return Told()


@pytest.fixture
def watch(clock, told):
    return ClockWatch(clock, told)


async def looked(watch, clock, seconds=1):
    clock.advance(seconds=seconds)
    await watch.look()


@pytest.mark.parametrize("hours", [1, -1, 24])
async def test_a_jump_is_told_once_with_its_size(watch, clock, told, hours):
    await looked(watch, clock)
    clock.jump(seconds=hours * 3600)
    await looked(watch, clock)
    await looked(watch, clock)
    assert (told.heard, watch.jumps, watch.last_ms) == ([hours * 3_600_000], 1, hours * 3_600_000)


async def test_time_that_only_passes_is_no_jump(watch, clock, told):
    for seconds in (0.5, 1, 3_600, 86_400):
        await looked(watch, clock, seconds)
    assert (told.heard, watch.warns) == ([], False)


async def test_a_slow_drift_is_told_once_it_has_come_to_a_second(watch, clock, told):
    for _ in range(25):
        clock.jump(seconds=0.1)
        await looked(watch, clock)
    assert told.heard == [1_000, 1_000]


async def test_it_warns_for_an_hour(watch, clock):
    clock.jump(seconds=-90)
    await looked(watch, clock)
    assert watch.warns
    clock.advance(hours=1)
    assert not watch.warns


async def test_whoever_cannot_be_told_does_not_end_the_watch(watch, clock, told):
    told.fails = True
    clock.jump(seconds=5)
    await looked(watch, clock)
    clock.jump(seconds=-5)
    await looked(watch, clock)
    assert told.heard == [5_000, -5_000]
