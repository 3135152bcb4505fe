"""A line that was cut and is whole again: what was lost meanwhile is neither held against it nor sent again."""

from __future__ import annotations

import asyncio

import pytest

from mediation_server.media.embedded import EmbeddedEngine
from mediation_server.media.embedded.limits import MS, Limits
from tests.media.peer import HOST, ROOM, Peer, key_frame_requests, nacked, receiver_reports, until


@pytest.fixture
async def engine():
    """After 0.7 s without a report a receiver counts as cut off."""
    made = EmbeddedEngine(HOST, 0, [HOST], limits=Limits(cut=700 * MS))
    await made.start()
    await made.open_room(ROOM)
    yield made
    await made.close()


@pytest.fixture
async def pair(engine):
    """Party a publishes, party b receives."""
    a, b = Peer(engine, "a"), Peer(engine, "b")
    await a.publish()
    await engine.set_audience(ROOM, {"a": frozenset({"b"})})
    await b.subscribe(a.camera)
    yield a, b
    await a.close()
    await b.close()


async def show(a, b, pictures):
    """Send pictures, the first of them a key frame, and wait until as many have come."""
    before = len(b.got(a.camera))
    a.camera.key()
    for _ in range(pictures):
        a.camera.delta(bytes(1000))
    await until(lambda: len(b.got(a.camera)) > before + pictures)


async def cut_off(a, b):
    """Nothing is heard of b, who was there, for more than a second; nor of a."""
    b.report(a.camera, 0)
    await show(a, b, 30)
    b.down.stop_consent()
    reports = receiver_reports(a.up)
    await until(lambda: receiver_reports(a.up) > reports + 2)  # one a second


async def go_on(engine, a, rounds):
    """Send a picture every 20 ms, so many or until the receiver is sent none any more; whether that came to pass."""
    for _ in range(rounds):
        a.camera.delta(bytes(1000))
        await asyncio.sleep(0.02)
        if not engine.quality(ROOM, "b").pictures:
            return True
    return False


async def test_what_was_lost_while_the_line_was_cut_takes_no_picture_away(engine, pair):
    a, b = pair
    await cut_off(a, b)
    b.report(a.camera, 250)
    assert not await go_on(engine, a, 100)
    await show(a, b, 30)


async def test_after_a_cut_a_picture_goes_on_with_a_key_frame_and_nothing_old_is_sent_again(engine, pair):
    a, b = pair
    await cut_off(a, b)
    lost = b.got(a.camera)[-1].sequence_number
    before = key_frame_requests(a.up)
    b.nack(a.camera, lost)
    await until(lambda: key_frame_requests(a.up) > before)
    await until(lambda: engine.load().dropped.get("nack_unanswered") == 1)


async def test_what_a_publisher_sent_while_its_line_was_cut_is_not_asked_for(pair):
    a, b = pair
    await cut_off(a, b)
    lost = {a.camera.delta(lost=True) for _ in range(30)}
    before = key_frame_requests(a.up)
    a.camera.delta()
    await until(lambda: key_frame_requests(a.up) > before)
    hole = a.camera.delta(lost=True)
    a.camera.delta()
    await until(lambda: hole in nacked(a.up))
    assert not lost & set(nacked(a.up))


async def test_what_is_lost_on_a_line_that_was_there_all_the_time_does(engine, pair):
    a, b = pair
    b.report(a.camera, 0)
    await show(a, b, 30)
    b.report(a.camera, 250)
    assert await go_on(engine, a, 400)
