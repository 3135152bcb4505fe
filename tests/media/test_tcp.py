"""Media over TCP (RFC 6544): the same transports, checks and fence; who proves nothing, or reads nothing, is cut."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import random
import re
import socket
import sys

import pytest

from mediation_server.errors import Unavailable
from mediation_server.media.embedded import EmbeddedEngine
from mediation_server.media.embedded.limits import MS, Limits
from tests.media.peer import HOST, ROOM, VP8_KEY, Peer, Remote, Wire, until
from tests.media.test_attacks import still_works

LIMITS = Limits(tcp_patience=300 * MS, tcp_unproven=3, tcp_write_buffer=64 * 1024)


class TcpWire(Wire):
    """A browser's transport over one TCP connection."""

    def __init__(self, engine):
        super().__init__()
        self.engine = engine
        self.reading = self.writer = None

    async def open(self):
        reader, self.writer = await asyncio.open_connection(HOST, self.engine.tcp_port)
        self.transport = self.writer.transport
        self.reading = asyncio.create_task(self.read(reader))

    async def read(self, reader):
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                size = int.from_bytes(await reader.readexactly(2), "big")
                self.datagram_received(await reader.readexactly(size), ())

    def send(self, data):
        self.writer.write(len(data).to_bytes(2, "big") + data)

    async def close(self):
        await super().close()
        if self.reading:
            self.reading.cancel()
            await asyncio.gather(self.reading, return_exceptions=True)
            self.writer.transport.abort()


@pytest.fixture
async def engine():
    made = EmbeddedEngine(HOST, 0, [HOST], tcp_port=0, limits=LIMITS)
    await made.start()
    await made.open_room(ROOM)
    yield made
    await made.close()
    assert not made._tcp.connections


@pytest.fixture
async def pair(engine):
    """`a` sends and `b` receives, both over TCP alone."""
    a, b = Peer(engine, "a"), Peer(engine, "b")
    a.up, b.down = TcpWire(engine), TcpWire(engine)
    await a.publish()
    await engine.set_audience(ROOM, {"a": frozenset({"b"})})
    await b.subscribe(a.microphone, a.camera)
    yield a, b
    await a.close()
    await b.close()


async def connected(engine):
    """A raw connection and what comes back over it."""
    return await asyncio.open_connection(HOST, engine.tcp_port)


async def ended(reader):
    """Wait until the server has cut a connection."""
    with contextlib.suppress(ConnectionError):
        assert await asyncio.wait_for(reader.read(), 5) is not None


async def test_a_description_names_the_tcp_port_below_the_udp_port(engine, pair):
    offered = await engine.subscribe(ROOM, "b", [], fresh=False)
    udp, tcp = (
        re.search(rf"a=candidate:\S+ 1 {kind} (\d+) {HOST} (\d+) typ host(.*)", offered.sdp) for kind in ("udp", "tcp")
    )
    assert int(udp[1]) > int(tcp[1])
    assert (int(tcp[2]), tcp[3].strip()) == (engine.tcp_port, "tcptype passive")
    assert Remote.of(offered.sdp).port == engine.port


@pytest.fixture
def number():
    """A port number free for UDP and TCP, out of the range from which the kernel gives numbers to others."""
    for candidate in random.sample(range(20_000, 32_000), 100):
        with socket.socket() as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp, contextlib.suppress(OSError):
            tcp.bind((HOST, candidate))
            udp.bind((HOST, candidate))
            return candidate
    pytest.fail("no number is free")


async def test_one_number_serves_both_when_it_is_free(number):
    engine = EmbeddedEngine(HOST, number, [HOST], tcp_port=0)
    await engine.start()
    assert engine.tcp_port == engine.port == number
    await engine.close()


async def test_a_number_that_tcp_has_taken_serves_udp_and_another_tcp(number):
    with socket.create_server((HOST, number)):
        engine = EmbeddedEngine(HOST, number, [HOST], tcp_port=0)
        await engine.start()
        assert engine.port == number != engine.tcp_port
        _, writer = await connected(engine)
        writer.close()
        await engine.close()


async def test_a_port_asked_for_and_taken_is_said(engine):
    other = EmbeddedEngine(HOST, 0, [HOST], tcp_port=engine.tcp_port)
    with pytest.raises(Unavailable):
        await other.start()
    await other.close()


async def test_media_flows_over_tcp_alone(engine, pair):
    await still_works(*pair)
    assert len(engine._tcp.connections) == 2
    assert not engine._tcp.unproven


async def test_bursts_arrive_whole_and_in_order(engine, pair):
    a, b = pair
    sent = [os.urandom(900) for _ in range(40)]
    a.camera.key()
    for each in sent:
        a.camera.delta(each)
    await until(lambda: len(b.payloads(a.camera)) == 41)
    assert [each[-900:] for each in b.payloads(a.camera)[1:]] == sent


async def test_a_caucus_cuts_tcp_off_as_well(engine, pair):
    a, b = pair
    await still_works(a, b)
    await engine.set_audience(ROOM, {})
    before = engine.load().packets_in
    a.camera.key(b"not for b")
    a.camera.key(b"nor this")
    await until(lambda: engine.load().packets_in == before + 2)
    await engine.set_audience(ROOM, {"a": frozenset({"b"})})
    a.camera.key(b"for b")
    await until(lambda: VP8_KEY + b"for b" in b.payloads(a.camera))
    assert not [each for each in b.payloads(a.camera) if b"not for b" in each or b"nor this" in each]


async def test_who_proves_nothing_is_cut(engine):
    reader, writer = await connected(engine)
    writer.write(b"\x00\x04junk" * 10)
    await ended(reader)
    assert engine.load().dropped["tcp_silent"] == 1
    assert not engine._tcp.connections
    writer.close()


async def test_so_many_from_one_address_may_be_unproven(engine, pair):
    waiting = [await connected(engine) for _ in range(3)]
    await until(lambda: engine._tcp.unproven[HOST] == 3)
    reader, writer = await connected(engine)
    await ended(reader)
    assert engine.load().dropped["tcp_refused"] == 1
    await still_works(*pair)
    for each in (*(writer for _, writer in waiting), writer):
        each.close()
    await until(lambda: not engine._tcp.unproven)


async def test_a_frame_longer_than_any_of_ours_ends_the_connection(engine):
    reader, writer = await connected(engine)
    writer.write(b"\xff\xff" + bytes(100))
    await ended(reader)
    assert engine.load().dropped["tcp_malformed"] == 1
    writer.close()


def waiting(transport):
    """Bytes that were written and have not been sent, wherever they lie."""
    unsent = fcntl.ioctl(transport.get_extra_info("socket").fileno(), 0x894B, bytes(4))  # SIOCOUTQNSD
    return transport.get_write_buffer_size() + int.from_bytes(unsent, sys.byteorder)


async def test_a_reader_that_stops_reading_loses_media_and_costs_no_memory(engine, pair):
    a, b = pair
    await still_works(a, b)
    b.down.transport.pause_reading()
    a.camera.key()
    while not engine.load().dropped.get("tcp_slow"):
        a.camera.delta(os.urandom(1_000))
        await asyncio.sleep(0)
    assert max(waiting(each._transport) for each in engine._tcp.connections) < 128 * 1024
    b.down.transport.resume_reading()

    async def heard_again():
        while b"again" not in b.payloads(a.microphone):
            a.microphone.send(b"again")
            await asyncio.sleep(0.02)

    await asyncio.wait_for(heard_again(), 10)


async def test_a_stranger_over_tcp_learns_nothing_and_ends_nothing(engine, pair):
    a, b = pair
    _, writer = await connected(engine)
    forged = a.up.request(nominate=True, password="x" * 32)
    for data in (bytes(forged), b"\x15\xfe\xfd" + bytes(10), b"\x80\x60" + os.urandom(90)):
        writer.write(len(data).to_bytes(2, "big") + data)
    await until(
        lambda: sum(engine.load().dropped.get(each, 0) for each in ("stun_unauthenticated", "foreign_source")) == 3
    )
    await still_works(a, b)
    writer.close()


async def test_a_browser_moves_from_udp_to_tcp_and_back(engine, pair):
    a, b = pair
    wire, home = a.up, engine._rooms[ROOM].uplinks["a"].transport.ice.selected
    over_udp = Wire.open
    over_tcp = wire.writer
    wire.send = Wire.send.__get__(wire)
    wire.transport = None
    await over_udp(wire)
    await wire.check(nominate=True)
    await still_works(a, b)
    assert engine._rooms[ROOM].uplinks["a"].transport.ice.selected == wire.address != home
    over_tcp.close()
