"""A browser that appears under a new address is followed; nobody else can steer its media."""

from __future__ import annotations

import asyncio
import os
import socket
import struct

import pytest

from tests.media.peer import HOST, ROOM, VP8_KEY, until
from tests.media.test_attacks import CLOSE_NOTIFY, FATAL_ALERT, flood, still_works


@pytest.fixture
def stranger():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind((HOST, 0))
        sock.setblocking(False)
        yield sock


@pytest.fixture
async def pair(engine, peer):
    """Both are known by a report each, as browsers are after a second; neither checks by itself any more."""
    a, b = peer("a"), peer("b")
    await a.publish()
    await engine.set_audience(ROOM, {"a": frozenset({"b"})})
    await b.subscribe(a.microphone, a.camera)
    a.camera.sender_report()
    b.report(a.camera, 0)
    await until(lambda: len(engine._udp.strays._senders) == 2)
    a.up.stop_consent()
    b.down.stop_consent()
    return a, b


def ice_of(engine, member, side="uplinks"):
    return getattr(engine._rooms[ROOM], side)[member].transport.ice


async def test_a_sender_is_followed_by_its_first_packet(engine, pair):
    a, b = pair
    await a.up.open()
    a.camera.key(b"from elsewhere")
    await until(lambda: VP8_KEY + b"from elsewhere" in b.payloads(a.camera))
    assert ice_of(engine, "a").selected == a.up.address


async def test_a_receiver_is_followed_by_its_first_report(engine, pair):
    a, b = pair
    await b.down.open()
    b.report(a.camera, 0)
    await until(lambda: ice_of(engine, "b", "downlinks").selected == b.down.address)
    await still_works(a, b)


async def test_a_check_from_there_confirms_the_move(engine, pair):
    a, _b = pair
    await a.up.open()
    a.camera.key()
    await until(lambda: ice_of(engine, "a").borrowed == a.up.address)
    await a.up.check(nominate=True)
    assert ice_of(engine, "a").borrowed is None
    assert ice_of(engine, "a").selected == a.up.address


async def test_a_packet_that_was_held_back_steers_the_media_only_until_its_sender_is_heard(engine, pair, stranger):
    a, b = pair
    home = b.down.address
    held_back = []
    b.down.send, send = held_back.append, b.down.send
    b.report(a.camera, 0)
    b.down.send = send
    stranger.sendto(held_back[0], (HOST, engine.port))
    side = ice_of(engine, "b", "downlinks")
    await until(lambda: side.selected == stranger.getsockname())

    async def heard_at_home():
        while side.selected != home:
            b.report(a.camera, 0)
            await asyncio.sleep(0.02)

    await asyncio.wait_for(heard_at_home(), 5)
    await still_works(a, b)
    b.down.send, send = held_back.append, b.down.send
    b.report(a.camera, 0)
    b.down.send = send
    stranger.sendto(held_back[1], (HOST, engine.port))
    await until(lambda: engine.load().dropped.get("foreign_source"))
    assert side.selected == home


async def test_a_packet_replayed_from_elsewhere_moves_nothing(engine, pair, stranger):
    a, b = pair
    home = a.up.address
    seen = []
    send = a.up.send
    a.up.send = lambda data: (seen.append(data), send(data))
    mark = a.camera.key(b"once")
    await until(lambda: VP8_KEY + b"once" in b.payloads(a.camera))
    for data in seen:
        stranger.sendto(data, (HOST, engine.port))
    await until(lambda: engine.load().dropped.get("foreign_source", 0) >= len(seen) >= 1)
    assert ice_of(engine, "a").selected == home
    assert mark == (a.camera.sequence - 1) & 0xFFFF


def from_port_0(engine, data):
    """A datagram that nobody can answer (RFC 768: no port), which no socket but a raw one sends."""
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_UDP) as raw:
        raw.sendto(struct.pack("!HHHH", 0, engine.port, 8 + len(data), 0) + data, (HOST, 0))


async def test_nothing_from_port_0_moves_a_path(engine, pair):
    a, b = pair
    homes = a.up.address, b.down.address
    held_back = []
    a.up.send, send = held_back.append, a.up.send
    a.camera.key()
    a.up.send = send
    authentic = [*held_back, bytes(b.down.request(nominate=True))]
    for data in authentic:
        from_port_0(engine, data)
    await until(lambda: engine.load().dropped.get("foreign_source", 0) >= len(authentic) >= 2)
    assert (ice_of(engine, "a").selected, ice_of(engine, "b", "downlinks").selected) == homes
    await still_works(a, b)


async def test_dtls_from_a_borrowed_address_is_not_read(engine, pair, stranger):
    a, _b = pair
    held_back = []
    a.up.send, send = held_back.append, a.up.send
    a.camera.key()
    a.up.send = send
    for data in (*held_back, CLOSE_NOTIFY, FATAL_ALERT):
        stranger.sendto(data, (HOST, engine.port))
    await until(lambda: engine.load().dropped.get("unknown_protocol", 0) == 2)
    assert engine.load().transports == 2


async def test_a_flood_with_a_known_ssrc_costs_no_party_its_media(engine, pair, stranger):
    a, b = pair
    ssrc = a.camera.ssrc.to_bytes(4, "big")
    forged = [b"\x80\x60" + os.urandom(6) + ssrc + os.urandom(80) for _ in range(8_000)]
    await flood(stranger, engine, forged)
    await still_works(a, b)
    assert ice_of(engine, "a").selected == a.up.address
    assert engine._udp.strays._left < 0


async def test_who_has_left_is_not_looked_for(engine, pair):
    await engine.kick(ROOM, "a")
    await engine.kick(ROOM, "b")
    assert engine._udp.strays._senders == {}
