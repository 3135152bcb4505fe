"""A publisher's line that is full: what is asked for again goes by the voices, and pictures come back after it."""

from __future__ import annotations

import asyncio

import pytest

from tests.media.conftest import ENGINES
from tests.media.peer import ROOM, key_frame_requests, nacked, receiver_reports, until

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


async def send(a, rounds, lost):
    """Pictures of which so many are lost to each that arrives; the numbers of the lost ones."""
    numbers = []
    for _ in range(rounds):
        numbers += [a.camera.delta(b"lost", lost=True) for _ in range(lost)]
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
