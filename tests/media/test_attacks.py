"""Attacks on the running engine: strangers at its port, races at the handshake, poison from legal senders."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import struct
import time
from dataclasses import replace
from pathlib import Path

import pylibsrtp
import pytest
from aioice import stun

from mediation_server.errors import BadInput
from mediation_server.media.engine import TransportState, TransportStateChanged
from tests.media.peer import (
    HOST,
    ROOM,
    SOURCES,
    VP8_DELTA,
    VP8_KEY,
    Remote,
    Wire,
    key_frame_requests,
    offer,
    until,
)

FATAL_ALERT = bytes.fromhex("15fefd00000000000000000002") + bytes((2, 40))
CLOSE_NOTIFY = bytes.fromhex("15fefd00000000000000000002") + bytes((1, 0))
CLIENT_HELLO = bytes.fromhex("16fefd0000000000000000") + struct.pack("!H", 60) + b"\x01" + os.urandom(59)
JUNK_HANDSHAKE = b"\x16\xfe\xfd" + os.urandom(100)
ATTACKS = {
    "empty": b"",
    "alert": FATAL_ALERT,
    "close_notify": CLOSE_NOTIFY,
    "client_hello": CLIENT_HELLO,
    "junk": JUNK_HANDSHAKE,
}


@pytest.fixture
def stranger():
    """A socket that no authenticated check has proven."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind((HOST, 0))
        sock.setblocking(False)
        yield sock


@pytest.fixture
async def pair(engine, peer):
    a, b = peer("a"), peer("b")
    await a.publish()
    await engine.set_audience(ROOM, {"a": frozenset({"b"})})
    await b.subscribe(a.microphone, a.camera)
    return a, b


async def flood(stranger, engine, datagrams):
    """Send from a foreign address, giving the engine turns to read."""
    for number, data in enumerate(datagrams):
        with contextlib.suppress(BlockingIOError):
            stranger.sendto(data, (HOST, engine.port))
        if number % 64 == 63:
            await asyncio.sleep(0)


async def still_works(a, b):
    """Media flows on and both transports live."""
    mark = os.urandom(4)
    a.camera.key(mark)
    a.microphone.send(mark)
    await until(lambda: VP8_KEY + mark in b.payloads(a.camera) and mark in b.payloads(a.microphone))


def resident_bytes():
    """Memory of this process in RAM."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.parametrize("attack", sorted(ATTACKS))
async def test_a_stranger_cannot_end_an_established_session(engine, pair, stranger, attack):
    await flood(stranger, engine, [ATTACKS[attack]] * 50)
    await still_works(*pair)
    assert engine.load().transports == 2
    assert sum(engine.load().dropped.values()) >= 50


async def test_every_first_byte_and_length_from_strangers_is_ignored(engine, events, pair, stranger):
    await flood(
        stranger, engine, [bytes((first,)) * length for first in range(256) for length in (0, 1, 2, 13, 20, 64)]
    )
    await still_works(*pair)
    assert not [
        each for each in events if isinstance(each, TransportStateChanged) and each.state is TransportState.CLOSED
    ]


@pytest.mark.parametrize("attack", sorted(ATTACKS))
async def test_a_stranger_cannot_prevent_a_join(engine, peer, stranger, attack):
    stop = asyncio.Event()

    async def race():
        while not stop.is_set():
            await flood(stranger, engine, [ATTACKS[attack]] * 5)
            await asyncio.sleep(0.005)

    racing = asyncio.create_task(race())
    try:
        for name in ("a", "b", "c"):
            await peer(name).publish()
    finally:
        stop.set()
        await racing
    assert engine.load().transports == 3


@pytest.mark.parametrize("attack", sorted(set(ATTACKS) - {"close_notify"}))
async def test_garbage_from_the_peers_own_address_does_not_stop_its_join(engine, peer, attack):
    a = peer("a")
    answer = await engine.publish(ROOM, "a", offer(a.up, {"0": "audio"}), SOURCES)
    a.up.remote = Remote.of(answer.sdp)
    await a.up.open()
    await a.up.check(nominate=True)
    a.up.send(b"" if attack == "empty" else os.urandom(1) + b"\xff" * 40)
    await a.up.connect(answer.sdp)
    assert a.up.dtls.state == "connected"


async def test_an_unauthenticated_check_teaches_no_address(engine, pair, stranger):
    a, _ = pair
    good = a.up.request(nominate=True)
    wrong = a.up.request(nominate=True, password="x" * 32)
    unknown = a.up.request(nominate=True, ufrag="nobodys")
    bare = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
    bare.attributes["USERNAME"] = f"{a.up.remote.ufrag}:x"
    truncated = bytes(good)[:40]
    cut = bytearray(bytes(good))
    cut[21] = 0xFF
    await flood(stranger, engine, [bytes(wrong), bytes(unknown), bytes(bare), truncated, bytes(cut)])
    await still_works(*pair)
    with pytest.raises(BlockingIOError):
        stranger.recv(2000)
    dropped = engine.load().dropped
    assert dropped["stun_unauthenticated"] >= 2
    assert dropped["stun_unknown"] >= 1


async def test_a_check_replayed_from_elsewhere_moves_nothing(engine, pair, stranger):
    a, b = pair
    request = b.down.request(nominate=True)
    b.down.send(bytes(request))
    await until(lambda: request.transaction_id in b.down.answered)
    await flood(stranger, engine, [bytes(request)])
    await still_works(a, b)
    assert engine.load().dropped["stun_replayed"] == 1
    with pytest.raises(BlockingIOError):
        stranger.recv(2000)


async def test_forged_media_is_refused_and_moves_no_path(engine, pair, stranger):
    a, b = pair
    forged = struct.pack("!BBHII", 0x80, 96, 1, 1, a.camera.ssrc) + os.urandom(100)
    await flood(stranger, engine, [forged] * 200)
    for _ in range(50):
        a.up.send(forged)
    await still_works(a, b)
    dropped = engine.load().dropped
    assert dropped["foreign_source"] == 200
    assert dropped["srtp_refused"] == 50
    with pytest.raises(BlockingIOError):
        stranger.recv(2000)


async def test_foreign_datagrams_fill_no_memory(engine, pair, stranger):
    data = b"\x17" + bytes(1400)
    await flood(stranger, engine, [data] * 2_000)
    before = resident_bytes()
    await flood(stranger, engine, [data] * 20_000)
    await still_works(*pair)
    assert resident_bytes() - before < 10_000_000


async def test_records_before_the_handshake_fill_no_memory(engine, peer):
    a = peer("a")
    answer = await engine.publish(ROOM, "a", offer(a.up, {"0": "audio"}), SOURCES)
    a.up.remote = Remote.of(answer.sdp)
    await a.up.open()
    await a.up.check(nominate=True)
    for _ in range(500):
        a.up.send(b"\x17" + bytes(1000))
    await until(lambda: engine.load().dropped.get("dtls_inbox_full", 0) > 0)
    await a.up.connect(answer.sdp)


@pytest.mark.parametrize("payload", [b"", b"\x10", b"\x90", b"\x90\x80", b"\x90\xf0\x80\x01"])
async def test_a_poisonous_video_payload_reaches_nobody(engine, pair, sink, payload):
    a, b = pair
    await engine.record(ROOM, sink)
    await engine.set_audience(ROOM, {"a": frozenset({"b", "recorder"})})
    a.camera.key()
    await until(lambda: b.got(a.camera))
    a.camera.send(payload)
    a.camera.delta(b"healthy")
    await until(lambda: len(b.got(a.camera)) == 2)
    assert b.payloads(a.camera) == [VP8_KEY, VP8_DELTA + b"healthy"]
    assert sink.payloads(a.camera) == [VP8_KEY, VP8_DELTA + b"healthy"]


async def test_an_empty_sound_payload_reaches_nobody(engine, pair, sink):
    a, b = pair
    await engine.record(ROOM, sink)
    await engine.set_audience(ROOM, {"a": frozenset({"b", "recorder"})})
    a.microphone.send(b"")
    a.microphone.send(b"healthy")
    await until(lambda: b.payloads(a.microphone) == [b"healthy"])
    assert sink.payloads(a.microphone) == [b"healthy"]


async def test_what_lay_unread_when_the_circle_widened_reaches_nobody_new(engine, peer, sink):
    """The server stood still while the last of a caucus came in: more than is read in one go."""
    engine._udp._limits = replace(engine._udp._limits, datagrams_per_wakeup=8)
    a, b, c = [peer(name) for name in "abc"]
    everybody = {"a": frozenset({"b", "c", "recorder"})}
    await a.publish()
    await engine.set_audience(ROOM, everybody)
    for each in (b, c):
        await each.subscribe(a.microphone)
    await engine.record(ROOM, sink)
    await engine.set_audience(ROOM, {"a": frozenset({"b"})})
    a.microphone.send(b"in private")
    await until(lambda: b.got(a.microphone))
    await engine.set_audience(ROOM, everybody, frozenset({"a"}))
    for _ in range(100):
        a.microphone.send(b"in private")
    time.sleep(1)  # noqa: ASYNC251 - it stands still
    await until(lambda: len(b.got(a.microphone)) == 101)
    await until(lambda: a.microphone.send(b"to all") and b"to all" in c.payloads(a.microphone))
    assert set(c.payloads(a.microphone)) == {b"to all"}
    assert set(sink.payloads(a.microphone)) == {b"to all"}


async def test_hostile_header_extensions_end_nothing(engine, pair):
    a, b = pair
    for number in range(300):
        body = os.urandom(4 * (number % 5))
        profile = (0xBEDE, 0x1000, 0x100F, 0x1234)[number % 4]
        length = (len(body) // 4, 0xFFFF, 0)[number % 3]
        head = struct.pack("!BBHII", 0x90 | number % 16, 96, a.camera.sequence & 0xFFFF, 1, a.camera.ssrc)
        with contextlib.suppress(pylibsrtp.Error):  # libsrtp itself refuses some of them, on either side
            a.up.send_rtp(head + bytes(4 * (number % 16)) + struct.pack("!HH", profile, length) + body)
        if number % 20 == 0:
            await asyncio.sleep(0)
    a.up.send_rtp(struct.pack("!BBHII", 0xA0, 96, 1, 1, a.camera.ssrc) + b"\x00")
    a.up.send_rtp(struct.pack("!BBHII", 0xA0, 96, 2, 1, a.camera.ssrc) + b"\xff")
    a.camera.sequence += 1
    await still_works(a, b)
    assert engine.load().dropped["malformed"] >= 2


async def test_hostile_rtcp_ends_nothing(engine, pair):
    a, b = pair
    for kind in (200, 201, 202, 203, 205, 206, 207):
        for size in (4, 8, 12, 24):
            body = os.urandom(size)
            words = size // 4
            for wire in (a.up, b.down):
                wire.send_rtcp(struct.pack("!BBH", 0x81, kind, words) + body)
                wire.send_rtcp(struct.pack("!BBH", 0xBF, kind, words + 3) + body)
    a.up.send_rtcp(struct.pack("!BBHI", 0x81, 203, 1, a.camera.ssrc))
    await still_works(a, b)
    assert engine.load().dropped["malformed"] > 0


async def test_one_sender_may_not_open_endless_streams(engine, pair):
    a, b = pair
    a.camera.key()
    await until(lambda: b.got(a.camera))
    for ssrc in range(5000, 5100):
        a.up.send_rtp(struct.pack("!BBHII", 0x80, 96, 1, 1, ssrc) + VP8_KEY)
    await until(lambda: engine.load().dropped.get("ssrc_refused", 0) >= 80)
    await still_works(a, b)
    assert len(b.got(a.camera)) == 2


async def test_a_flood_from_a_legal_sender_is_cut_and_the_others_go_on(engine, pair, peer):
    a, b = pair
    c = peer("c")
    await c.publish()
    await engine.set_audience(ROOM, {"a": frozenset({"b"}), "c": frozenset({"b"})})
    await b.subscribe(a.microphone, a.camera, c.microphone)
    flooding = [c.microphone.packet(b"x" * 200) for _ in range(9_000)]
    sealed = [c.up.dtls._tx_srtp.protect(packet) for packet in flooding]
    for number, data in enumerate(sealed):
        c.up.send(data)
        if number % 100 == 0:
            a.microphone.send(b"calm")
            await asyncio.sleep(0)
    await until(lambda: engine.load().dropped.get("packet_budget", 0) > 0)
    await until(lambda: len(b.got(a.microphone)) == 90)
    await still_works(a, b)


async def test_feedback_storms_stay_in_their_bounds(engine, pair):
    a, b = pair
    a.camera.key()
    await until(lambda: b.got(a.camera))
    before = key_frame_requests(a.up)
    first = b.got(a.camera)[0].sequence_number
    received = len(b.down.rtp)
    for _ in range(1_000):
        b.picture_lost(a.camera)
        b.nack(a.camera, first)
    await until(lambda: engine.load().dropped.get("rtcp_budget", 0) > 0)
    await still_works(a, b)
    assert key_frame_requests(a.up) - before <= 2
    assert len(b.down.rtp) - received < 20


async def test_a_nack_of_the_whole_range_gets_only_what_there_is(engine, pair):
    a, b = pair
    a.camera.key()
    a.camera.delta(b"second")
    await until(lambda: len(b.got(a.camera)) == 2)
    first = b.got(a.camera)[0].sequence_number
    fci = b"".join(struct.pack("!HH", (first + step * 17) & 0xFFFF, 0xFFFF) for step in range(64))
    b.down.send_rtcp(struct.pack("!BBHII", 0x81, 205, 2 + 64, 1, b.ssrc_of(a.camera)) + fci)
    await until(lambda: len(b.got(a.camera)) == 4)
    await still_works(a, b)
    assert len(b.got(a.camera)) == 5


async def test_a_certificate_that_does_not_match_is_shown_the_door(engine, events, peer):
    a, other = peer("a"), Wire()
    sdp = offer(a.up, {"0": "audio"}).replace(a.up.fingerprint, other.fingerprint)
    answer = await engine.publish(ROOM, "a", sdp, SOURCES)
    await a.up.connect(answer.sdp)
    await until(lambda: TransportStateChanged(ROOM, "a", "up", TransportState.CLOSED) in events)
    assert TransportStateChanged(ROOM, "a", "up", TransportState.CONNECTED) not in events
    assert engine.load().transports == 0


@pytest.mark.parametrize(
    "fingerprint", ["", "sha-1 " + ":".join(["AA"] * 20), "md5 " + ":".join(["AA"] * 16), "sha-256 AA:BB", "sha-256"]
)
async def test_a_weak_or_missing_fingerprint_is_refused(engine, fingerprint):
    wire = Wire()
    lines = offer(wire, {"0": "audio"}).split("\r\n")
    weak = [line if not line.startswith("a=fingerprint") else f"a=fingerprint:{fingerprint}" for line in lines]
    with pytest.raises(BadInput):
        await engine.publish(ROOM, "a", "\r\n".join(weak), SOURCES)


async def test_a_moved_browser_is_followed_by_its_authenticated_check(engine, pair):
    a, b = pair
    await still_works(a, b)
    await b.down.open()
    await b.down.check(nominate=True)
    await still_works(a, b)


async def test_addresses_of_one_browser_are_bounded(engine, pair):
    a, b = pair
    for _ in range(12):
        await b.down.open()
        await b.down.check(nominate=False)
    await b.down.check(nominate=True)
    await still_works(a, b)
    transport = engine._rooms[ROOM].downlinks["b"].transport
    assert len(transport.ice.addresses) == 8
    assert sum(peer is transport for peer in engine._udp._peers.values()) == 8


async def test_ice_restarts_on_the_same_association_and_old_credentials_end(engine, pair):
    a, b = pair
    old = Remote.of((await engine.publish(ROOM, "a", offer(a.up, {"0": "audio", "1": "video"}), SOURCES)).sdp)
    assert old == a.up.remote
    a.up.ufrag = os.urandom(4).hex()
    answer = await engine.publish(ROOM, "a", offer(a.up, {"0": "audio", "1": "video"}), SOURCES)
    new = Remote.of(answer.sdp)
    assert new.ufrag != old.ufrag
    assert new.fingerprint == old.fingerprint
    await still_works(a, b)
    await a.up.check(nominate=True)
    a.up.remote = new
    await a.up.open()
    await a.up.check(nominate=True)
    await still_works(a, b)
    a.up.remote = old
    stale = a.up.request(nominate=True)
    a.up.send(bytes(stale))
    await until(
        lambda: engine.load().dropped.get("stun_unauthenticated", 0) + engine.load().dropped.get("stun_unknown", 0)
    )
    a.up.remote = new
    await still_works(a, b)
    assert engine.load().transports == 2


async def test_a_silent_browser_is_noticed_within_seconds_and_may_come_back(engine, events, pair):
    a, _ = pair
    failed = TransportStateChanged(ROOM, "a", "up", TransportState.FAILED)
    a.up.stop_consent()
    await until(lambda: failed in events, 7.5)
    assert TransportStateChanged(ROOM, "b", "down", TransportState.FAILED) not in events
    connected = events.count(TransportStateChanged(ROOM, "a", "up", TransportState.CONNECTED))
    a.microphone.send(b"back")
    await until(lambda: events.count(TransportStateChanged(ROOM, "a", "up", TransportState.CONNECTED)) == connected + 1)
