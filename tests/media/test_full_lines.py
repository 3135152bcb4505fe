"""A publisher's line that is full: what is asked for again goes by the voices, and pictures come back after it."""

from __future__ import annotations

import asyncio

import pytest

from tests.media.conftest import ENGINES
from tests.media.peer import KINDS, ROOM, SOURCES, estimates, key_frame_requests, nacked, offer, receiver_reports, until

pytestmark = pytest.mark.parametrize("engine", sorted(ENGINES), indirect=True)
PACE_S = 0.02


@pytest.fixture
async def pair(engine, peer):
    """Party a publishes, party b receives."""
    a, b = peer("a"), peer("b")
    await a.publish()
    await engine.set_audience(ROOM, {"a": frozenset({"b"})})
    await b.subscribe(a.microphone, a.camera)
    a.camera.key()
    await until(lambda: b.got(a.camera))
    return a, b


async def send(a, rounds, lost, came=1):
    """Pictures of which so many are lost to those that arrive; the numbers of the lost ones."""
    numbers = []
    for _ in range(rounds):
        numbers += [a.camera.delta(b"lost", lost=True) for _ in range(lost)]
        for _ in range(came):
            a.camera.delta(b"came")
        await asyncio.sleep(PACE_S)
    return numbers


async def test_while_more_is_lost_than_arrives_no_picture_is_asked_for_again_and_then_a_key_frame(pair):
    a, _ = pair
    await send(a, 40, lost=4)
    assert not set(await send(a, 10, lost=4)) & set(nacked(a.up))
    before = key_frame_requests(a.up)
    await send(a, 10, lost=0)
    await until(lambda: key_frame_requests(a.up) > before)
    await send(a, 2, lost=0)
    lost = a.camera.delta(b"lost", lost=True)
    a.camera.delta(b"came")
    await until(lambda: lost in nacked(a.up))


async def test_a_line_that_loses_a_third_is_not_full(pair):
    a, _ = pair
    for _ in range(12):
        await send(a, 2, lost=0)
        lost = await send(a, 1, lost=1)
    await until(lambda: set(lost) <= set(nacked(a.up)))


async def test_what_nobody_looks_at_is_not_asked_for_again(engine, pair):
    a, _ = pair
    await engine.set_layer(ROOM, "b", a.camera.publication.id, "off")
    unseen = a.camera.delta(b"lost", lost=True)
    a.camera.delta(b"came")
    reports = receiver_reports(a.up)
    await until(lambda: receiver_reports(a.up) > reports + 1)
    assert unseen not in nacked(a.up)


async def test_while_more_is_lost_than_arrives_pictures_wait_from_the_first_moment(pair):
    a, _ = pair
    await send(a, 10, lost=0)
    lost = await send(a, 12, lost=4)
    assert not set(lost[8:]) & set(nacked(a.up)), "what was asked for would come before the words"


async def test_what_a_moment_without_a_line_took_is_asked_for_all_the_same(pair):
    a, _ = pair
    await send(a, 10, lost=0)
    lost = await send(a, 1, lost=15)
    await send(a, 20, lost=0)
    await until(lambda: set(lost) <= set(nacked(a.up)))


async def test_a_line_that_becomes_full_is_told_what_it_carries_and_freed_when_it_has_room(pair):
    a, _ = pair
    await send(a, 60, lost=0, came=6)
    assert estimates(a.up) == []
    await send(a, 30, lost=6)
    assert 40_000 <= min(estimates(a.up)) < 150_000
    least = min(estimates(a.up))
    await send(a, 100, lost=0)
    assert estimates(a.up)[-1] > 1.5 * least


async def film(a, seconds, every_s, captured=None):
    """Pictures of 1,000 bytes that all come: each of this moment, or of the one given (s)."""
    clock = asyncio.get_running_loop().time
    end = clock() + seconds
    while clock() < end:
        a.camera.timestamp = int((clock() if captured is None else captured) * 90_000)
        a.camera.delta(bytes(1_000))
        await asyncio.sleep(every_s)


async def narrow(a):
    """Pictures come late and seldom, until the sender has been told."""
    for _ in range(5):  # a machine that stands still for a moment is slow itself
        await film(a, 2.2, 0.005)
        captured = asyncio.get_running_loop().time()
        for _ in range(8):
            await film(a, 0.06, 0.06, captured)
            if estimates(a.up):
                return


async def test_a_line_that_becomes_narrow_is_told_before_anything_is_lost(pair):
    a, _ = pair
    await narrow(a)
    assert 40_000 <= estimates(a.up)[0] < 300_000
    assert nacked(a.up) == []


async def test_what_is_lost_while_a_narrow_line_empties_is_not_asked_for_but_a_key_frame_is_when_it_has(pair):
    a, _ = pair
    await narrow(a)
    before = key_frame_requests(a.up)
    lost = a.camera.delta(b"lost", lost=True)
    a.camera.delta(b"came")
    await until(lambda: key_frame_requests(a.up) > before)
    assert lost not in nacked(a.up)


async def test_a_camera_with_less_to_show_is_no_narrow_line(pair):
    a, _ = pair
    await film(a, 2.2, 0.005)
    await film(a, 1.0, 0.06)
    assert estimates(a.up) == []


async def test_while_nothing_comes_nobody_is_allowed_more(pair):
    a, _ = pair
    await send(a, 60, lost=0, came=6)
    await send(a, 30, lost=6)
    await until(lambda: estimates(a.up))
    await asyncio.sleep(0.3)  # what has come is judged
    before = list(estimates(a.up))
    await asyncio.sleep(2.2)  # a second is waited anyway; then more would be told at every tick
    assert estimates(a.up) == before


async def test_a_word_that_waits_in_front_of_a_narrow_line_is_asked_for_less_often(engine, pair):
    a, _ = pair
    answering = offer(a.up, KINDS).replace("a=rtcp-fb:111 ", "a=rtcp-fb:111 nack\r\na=rtcp-fb:111 ")
    await engine.publish(ROOM, "a", answering, SOURCES)
    await narrow(a)
    a.microphone.send(b"came")
    lost = a.microphone.send(b"lost", lost=True)
    a.microphone.send(b"came")
    await asyncio.sleep(0.5)  # five times on another line: each 100 ms
    assert 1 <= nacked(a.up).count(lost) <= 3
