"""A sitting whose wall clock is set: every offset stays what it is, the log says by how much, a restart knows it."""

import pytest

from mediation_server.domain.ids import new_id
from mediation_server.domain.log import EventKind, first_break
from mediation_server.domain.recording import Gap, GapReason, Recording, RecordingState
from mediation_server.services import chatting, suspending
from mediation_server.services.clock_jumping import clock_jumped
from mediation_server.services.opening import reopen
from mediation_server.services.recordings import recording_gap, recording_started
from tests.room_world import room_world

HOUR_MS = 3_600_000


@pytest.fixture
async def world(tmp_path):
    async with room_world(tmp_path) as made:
        yield made


async def jumped(world, hours):
    world.clock.jump(seconds=hours * 3600)
    await clock_jumped(world.ctx, hours * HOUR_MS)


async def offsets(world, *kinds):
    return [each.offset_ms for each in await world.log() if each.kind in kinds]


@pytest.mark.parametrize("hours", [1, -1])
async def test_no_offset_moves_and_the_log_says_by_how_much(world, hours):
    await world.live()
    await world.do(chatting.write, "zhou", "一")
    await jumped(world, hours)
    world.clock.advance(seconds=10)
    await world.do(chatting.write, "zhou", "二")
    assert await offsets(world, EventKind.CHAT_SENT) == [1_000, 11_000]
    (jump,) = [each for each in await world.log() if each.kind is EventKind.CLOCK_JUMPED]
    assert (jump.offset_ms, jump.payload) == (1_000, {"jump_ms": hours * HOUR_MS})
    assert first_break(await world.log()) is None


@pytest.mark.parametrize("hours", [1, -1])
async def test_what_the_recorder_reports_stands_where_it_happened(world, hours):
    await world.live()
    made = Recording(new_id(), world.session_id, RecordingState.RECORDING, world.clock.now())
    await recording_started(world.ctx, made)
    await jumped(world, hours)
    world.clock.advance(seconds=5)
    await recording_gap(world.ctx, made, Gap(4_000, 5_000, GapReason.DISK))
    assert await offsets(world, EventKind.RECORDING_GAP) == [6_000]


@pytest.mark.parametrize("hours", [1, -1])
async def test_a_process_that_is_killed_after_a_jump_goes_on_at_the_right_place(world, hours):
    await world.live()
    await jumped(world, hours)
    world.clock.advance(seconds=30)
    await world.restart()
    await reopen(world.ctx)
    assert world.room.offset_ms == 31_000


async def test_a_sitting_that_has_not_begun_says_nothing(world):
    await world.sit("mediator")
    await jumped(world, 1)
    assert await offsets(world, EventKind.CLOCK_JUMPED) == []


async def test_a_suspension_and_its_end_keep_the_time_line(world):
    await world.live()
    await world.do(suspending.suspend, "mediator", "休息")
    await jumped(world, -1)
    world.clock.advance(seconds=60)
    await world.do(suspending.resume, "mediator")
    assert await offsets(world, EventKind.RESUMED) == [61_000]
