"""What was sent to a narrower circle and arrives after the circle has widened: it reaches nobody new, on any way."""

import asyncio

import pytest

from mediation_server.media.embedded import EmbeddedEngine
from mediation_server.media.embedded.limits import MS, Limits
from mediation_server.media.embedded.room import RECORDER
from tests.media.peer import HOST, ROOM, until

WAIT_S, MARGIN_S = 0.5, 0.3
NARROW, WIDE = {"a": frozenset({"b"})}, {"a": frozenset({"b", "c", RECORDER})}
MOVED = frozenset({"a", "b"})


@pytest.fixture
async def engine():
    made = EmbeddedEngine(HOST, 0, [HOST], limits=Limits(in_flight=round(WAIT_S * 1000) * MS))
    await made.start()
    await made.open_room(ROOM)
    yield made
    await made.close()


async def sent_until(send, condition):
    """Send again and again: what comes too early is not forwarded."""

    def again():
        send()
        return condition()

    await until(again)


def has(peer, stream, marker):
    return any(marker in payload for payload in peer.payloads(stream))


@pytest.fixture
async def caucus(engine, peer, sink):
    """A speaks with b alone; c and the recorder were let in before, and are ready."""
    a, b, c = peer("a"), peer("b"), peer("c")
    await a.publish()
    await engine.record(ROOM, sink)
    await engine.set_audience(ROOM, WIDE)
    for each in (b, c):
        await each.subscribe(a.microphone, a.camera)
    await sent_until(lambda: a.camera.key(b"together"), lambda: has(b, a.camera, b"") and has(c, a.camera, b""))
    await engine.set_audience(ROOM, NARROW)
    await sent_until(lambda: a.camera.delta(b"SECRET"), lambda: has(b, a.camera, b"SECRET"))
    return a, b, c


async def test_packets_on_their_way_reach_nobody_who_was_outside(engine, caucus, sink):
    a, b, c = caucus
    loop = asyncio.get_running_loop()
    await engine.set_audience(ROOM, WIDE, MOVED)
    widened = loop.time()
    a.camera.key(b"SECRET key")
    a.microphone.send(b"SECRET voice")
    await until(lambda: has(b, a.camera, b"SECRET key") and has(b, a.microphone, b"SECRET voice"))
    assert loop.time() - widened < WAIT_S, "the machine was too slow for this test to say anything"

    await sent_until(lambda: a.camera.key(b"joint"), lambda: has(c, a.camera, b"joint"))
    await sent_until(lambda: a.microphone.send(b"joint"), lambda: has(c, a.microphone, b"joint"))
    assert loop.time() - widened >= WAIT_S
    first = next(each for each in c.got(a.camera) if b"joint" in each.payload).sequence_number
    c.nack(a.camera, *range(first - 40, first))
    await sent_until(lambda: a.camera.key(b"after asking"), lambda: has(c, a.camera, b"after asking"))
    assert not has(c, a.camera, b"SECRET")
    assert not has(c, a.microphone, b"SECRET")
    assert b"SECRET" not in b"".join(packet for packets in sink.packets.values() for packet in packets)
    assert sink.packets


async def test_a_circle_that_narrows_again_forgets_whom_it_was_to_let_in(engine, caucus):
    a, b, c = caucus
    await engine.set_audience(ROOM, WIDE, MOVED)
    await engine.set_audience(ROOM, NARROW)
    before, widened = len(c.down.rtp), asyncio.get_running_loop().time()
    await sent_until(
        lambda: a.camera.key(b"SECRET"), lambda: asyncio.get_running_loop().time() > widened + WAIT_S + MARGIN_S
    )
    await sent_until(lambda: a.camera.delta(b"SECRET last"), lambda: has(b, a.camera, b"SECRET last"))
    assert len(c.down.rtp) == before


async def test_whoever_comes_back_just_after_the_move_waits_as_well(engine, caucus):
    a, b, c = caucus
    without = {"a": frozenset({"b", RECORDER})}
    await engine.set_audience(ROOM, without, MOVED)
    await engine.set_audience(ROOM, WIDE)  # c has its line back
    a.camera.key(b"SECRET key")
    await until(lambda: has(b, a.camera, b"SECRET key"))
    await sent_until(lambda: a.camera.key(b"joint"), lambda: has(c, a.camera, b"joint"))
    assert not has(c, a.camera, b"SECRET")


async def test_where_nobody_has_moved_nobody_waits(engine, caucus):
    a, _, c = caucus
    await engine.set_audience(ROOM, WIDE)
    widened = asyncio.get_running_loop().time()
    await sent_until(lambda: a.camera.key(b"joint"), lambda: has(c, a.camera, b"joint"))
    assert asyncio.get_running_loop().time() - widened < WAIT_S
