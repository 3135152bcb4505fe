"""Figures of a live sitting: how many, how well, never who."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import timedelta
from functools import partial

import pytest

from mediation_server.disk import DiskWatch
from mediation_server.domain.people import Side
from mediation_server.loop_lag import LoopLag
from mediation_server.media.engine import MemberQuality
from mediation_server.media_watch import MediaWatch
from mediation_server.rooms.recording_port import RecorderLoad
from mediation_server.services import caucusing, operating, suspending
from mediation_server.services.operating import Vitals, figures
from mediation_server.store import outbox
from tests.room_world import CAST, room_world

IDLE = RecorderLoad(0, 0, 0, 0, 0)


@pytest.fixture
async def world(tmp_path):
    async with room_world(tmp_path) as made:
        yield made


def vitals(world, *, recorders=IDLE, media=None):
    return Vitals(DiskWatch(world.ctx.settings), LoopLag(), lambda: recorders, media)


async def seen(world, **watched):
    return await figures(world.ctx, vitals(world, **watched))


def lines(world, **losses):
    for name, loss in losses.items():
        known = MemberQuality(loss, loss / 2, 20.0, 0, 0)
        world.engine.rooms[world.session_id].quality[world.ids[name]] = known


async def test_a_room_is_counted_with_its_people_and_their_lines(world):
    await world.live()
    lines(world, zhou=0.0, lin=0.08)
    now = await seen(world)
    (room,) = now.rooms
    assert (room.phase, room.people, room.recording) == ("live", 3, True)
    assert room.since == (await world.session()).started_at
    assert room.lines == now.lines.levels == {"good": 1, "weak": 1, "unknown": 1}
    assert (sorted(now.lines.uplink_loss), sorted(now.lines.downlink_loss)) == ([0.0, 0.08], [0.0, 0.04])


async def test_whoever_lost_the_line_is_not_counted(world):
    await world.live()
    await world.lose("lin")
    assert (await seen(world)).rooms[0].people == 2


async def test_phases_follow_the_sitting_and_a_caucus_shows_as_live(world):
    await world.sit("mediator")
    assert [room.phase for room in (await seen(world)).rooms] == ["lobby"]
    await world.lose("mediator")
    await world.live()
    await world.do(caucusing.open_caucus, "mediator", Side.APPLICANT, 10)
    assert world.state.caucus_id
    assert [room.phase for room in (await seen(world)).rooms] == ["live"]
    await world.do(caucusing.close_caucus, "mediator")
    await world.do(suspending.suspend, "mediator", "休息")
    assert [room.phase for room in (await seen(world)).rooms] == ["suspended"]


async def test_no_name_and_no_id_of_anybody_is_in_the_figures(world):
    await world.live()
    lines(world, zhou=0.01)
    told = repr(asdict(await seen(world)))
    names = {name for _, _, zh, en in CAST.values() for name in (zh, en)}
    assert [each for each in (*names, *world.ids.values(), world.session_id, "民间借贷") if each in told] == []


async def test_what_waits_for_the_court_is_counted_and_what_was_given_up_apart(world):
    await world.live()
    at = world.clock.now()
    async with world.ctx.db.transaction() as tx:
        matter = world.room.setting.matter.id
        put = partial(outbox.enqueue, tx, matter_id=matter, type="SessionHeld", payload={})
        await put(business_key="b", occurred_at=at - timedelta(minutes=1))
        await put(business_key="a", occurred_at=at - timedelta(minutes=3))
        given_up = await put(business_key="c", occurred_at=at - timedelta(hours=1))
        delivered = await put(business_key="d", occurred_at=at - timedelta(hours=2))
        await outbox.save(tx, replace(given_up, dead=True))
        await outbox.save(tx, replace(delivered, delivered_at=at))
        already = await outbox.messages_of(tx, matter)
    waiting = (await seen(world)).outbox
    assert waiting.messages == len(already) - 2
    assert (waiting.since, waiting.dead) == (at - timedelta(minutes=3), 1)


async def test_the_machine_is_asked_and_a_missing_disk_counts_as_full(world, monkeypatch):
    machine = (await seen(world)).machine
    assert 0 < machine.disk_free <= machine.disk_total
    assert machine.memory > 10_000_000

    def refuse(_):
        raise OSError

    monkeypatch.setattr(operating.shutil, "disk_usage", refuse)
    assert (await seen(world)).machine.disk_free == 0


async def test_recorders_and_canary_are_passed_on(world):
    async def sing():
        pass

    watch = MediaWatch(sing, period_s=60)
    await watch.look()
    busy = RecorderLoad(2, 1, 300, 4000, 5)
    now = await seen(world, recorders=busy, media=watch)
    assert (now.recorders, now.canary.passed, now.canary.failing) == (busy, 1, False)
    assert (await seen(world)).canary is None
