"""A camera in three encodings over real sockets: learnt by name, switched by key frame, and a caucus stays shut."""

from __future__ import annotations

import asyncio
import itertools
import struct

import pytest

from mediation_server.media.engine import DataUse, Source, Watching
from tests.media.peer import ROOM, SOURCES, Stream, offer, until

MID, RID, REPAIRED = 4, 5, 6
NAMES = {MID: "mid", RID: "rtp-stream-id", REPAIRED: "repaired-rtp-stream-id"}
RIDS = ("q", "h", "f")


def named(number, value):
    """A one-byte header extension."""
    return bytes((number << 4 | len(value) - 1,)) + value.encode()


class Camera:
    """Three streams of one camera, as a browser sends them: SSRCs unsaid, names in the header."""

    def __init__(self, publication, wire):
        self.publication = publication
        self.layers = [Stream(wire, publication, 96, 97, 7_000 + 10 * at) for at in range(3)]
        self.pictures = 0

    def picture(self, *, key=False, tail=b"", sent=(0, 1, 2)):
        """One picture in each encoding; the payload says of which it is."""
        self.pictures += 1
        for at in sent:
            descriptor = struct.pack("!BBHB", 0x90, 0xC0, 0x8000 | 9_000 * at + self.pictures, self.pictures & 0xFF)
            body = (b"\x00" if key else b"\x01") + f"{RIDS[at]}{self.pictures}".encode() + tail
            extension = named(MID, "1") + named(RID, RIDS[at])
            self.layers[at].send(descriptor + body, extension=extension)


@pytest.fixture
async def camera(engine, peer):
    """Party a sends a camera in three encodings."""
    a = peer("a")
    sdp = offer(a.up, {"0": "audio", "1": "video"})
    head, video = sdp.split("m=video")
    lines = [line for line in video.split("\r\n") if not line.startswith(("a=ssrc", "a=extmap"))][:-1]
    lines += [f"a=extmap:{number} urn:ietf:params:rtp-hdrext:sdes:{name}" for number, name in NAMES.items()]
    lines += [f"a=rid:{rid} send" for rid in RIDS]
    sdp = head + "m=video" + "\r\n".join([*lines, f"a=simulcast:send {';'.join(RIDS)}"]) + "\r\n"
    answer = await engine.publish(ROOM, "a", sdp, SOURCES)
    assert "a=simulcast:recv q;h;f" in answer.sdp
    await a.up.connect(answer.sdp)
    return Camera(answer.publications[1], a.up)


def shown(member, camera):
    """Of which encoding each picture was, and which picture."""
    return [payload[6:7].decode() for payload in member.payloads(camera)]


async def looks(engine, member, height, data=DataUse.FULL):
    await engine.look(ROOM, member, Watching({("a", Source.CAMERA): height}, data))


async def flows(camera, condition, seconds=8.0):
    """Pictures come at their pace, each fourth a key frame, until something is true."""
    deadline = asyncio.get_running_loop().time() + seconds
    while not condition():
        assert asyncio.get_running_loop().time() < deadline, "it did not happen in time"
        camera.picture(key=camera.pictures % 4 == 0)
        await asyncio.sleep(0.05)


async def test_each_gets_the_encoding_that_fills_the_tile_under_one_ssrc_without_a_hole(engine, peer, camera):
    await engine.set_audience(ROOM, {"a": frozenset({"b"})})
    b = peer("b")
    await b.subscribe(camera)
    for height, rid in ((720, "f"), (180, "q"), (360, "h"), (720, "f")):
        await looks(engine, "b", height)
        await flows(camera, lambda rid=rid: shown(b, camera)[-3:] == [rid] * 3)
    packets = [each for each in b.got(camera) if each.payload_type == 96]
    assert len({each.ssrc for each in packets}) == 1
    first = packets[0].sequence_number
    packets.sort(key=lambda each: (each.sequence_number - first) & 0xFFFF)
    for before, after in itertools.pairwise(packets):
        assert (after.sequence_number - before.sequence_number) & 0xFFFF == 1
        assert 0 < (after.timestamp - before.timestamp) & 0xFFFFFFFF < 1 << 31
        indices = [struct.unpack_from("!HB", each.payload, 2) for each in (before, after)]
        assert (indices[1][0] - indices[0][0]) & 0x7FFF == 1
        assert (indices[1][1] - indices[0][1]) & 0xFF == 1
        if before.payload[6] != after.payload[6]:
            assert not after.payload[5] & 1, "an encoding began without a key frame"


async def test_what_is_not_seen_or_not_wanted_is_not_sent(engine, peer, camera):
    await engine.set_audience(ROOM, {"a": frozenset({"b", "c"})})
    b, c = peer("b"), peer("c")
    await b.subscribe(camera)
    await c.subscribe(camera)
    await flows(camera, lambda: shown(b, camera) and shown(c, camera))
    for height, data in ((0, DataUse.FULL), (720, DataUse.AUDIO)):
        await looks(engine, "b", height, data)
        before, others = len(b.got(camera)), len(c.got(camera))
        await flows(camera, lambda others=others: len(c.got(camera)) > others + 5)
        assert len(b.got(camera)) == before
    await looks(engine, "b", 720, DataUse.LOW)
    await flows(camera, lambda: shown(b, camera)[-3:] == ["q"] * 3)


async def test_an_encoding_that_ceases_is_replaced_by_the_next_lower(engine, peer, camera):
    await engine.set_audience(ROOM, {"a": frozenset({"b"})})
    b = peer("b")
    await b.subscribe(camera)
    await looks(engine, "b", 720)
    await flows(camera, lambda: shown(b, camera)[-3:] == ["f"] * 3)
    deadline = asyncio.get_running_loop().time() + 5
    while shown(b, camera)[-2:] != ["h", "h"]:
        assert asyncio.get_running_loop().time() < deadline
        camera.picture(key=camera.pictures % 4 == 0, sent=(0, 1))
        await asyncio.sleep(0.05)


async def test_what_was_lost_is_sent_again_with_the_numbers_of_that_receiver(engine, peer, camera):
    await engine.set_audience(ROOM, {"a": frozenset({"b"})})
    b = peer("b")
    await b.subscribe(camera)
    await looks(engine, "b", 180)
    await flows(camera, lambda: shown(b, camera)[-3:] == ["q"] * 3)
    await looks(engine, "b", 720)
    await flows(camera, lambda: shown(b, camera)[-3:] == ["f"] * 3)
    first = next(each for each in reversed(b.got(camera)) if each.payload_type == 96)
    b.nack(camera, first.sequence_number)
    await until(lambda: [each for each in b.got(camera) if each.payload_type == 97])
    again = next(each for each in b.got(camera) if each.payload_type == 97)
    assert again.payload == struct.pack("!H", first.sequence_number) + first.payload
    assert again.timestamp == first.timestamp


async def test_a_second_stream_of_the_same_name_is_not_taken(engine, peer, camera):
    await engine.set_audience(ROOM, {"a": frozenset({"b"})})
    b = peer("b")
    await b.subscribe(camera)
    await looks(engine, "b", 180)
    await flows(camera, lambda: shown(b, camera)[-3:] == ["q"] * 3)
    intruder = Stream(camera.layers[0].wire, camera.publication, 96, 97, 9_999)
    intruder.send(b"\x90\xc0\x80\x01\x01\x00intruder", extension=named(MID, "1") + named(RID, "q"))
    await until(lambda: engine.load().dropped.get("no_track"))
    count = len(b.got(camera))
    await flows(camera, lambda: len(b.got(camera)) > count + 2)
    assert not [payload for payload in b.payloads(camera) if b"intruder" in payload]


async def test_nothing_of_a_caucus_leaves_while_encodings_change(engine, peer, camera):
    everybody, inside = {"a": frozenset({"b", "c"})}, {"a": frozenset({"c"})}
    b, c = peer("b"), peer("c")
    await engine.set_audience(ROOM, everybody)
    await b.subscribe(camera)
    await c.subscribe(camera)
    for turn in range(4):
        await engine.set_audience(ROOM, everybody)
        await flows(camera, lambda: shown(b, camera)[-1:] and shown(c, camera)[-1:])
        await looks(engine, "b", 180 if turn % 2 else 720)  # a change is under way when the caucus begins
        await engine.set_audience(ROOM, inside)
        await asyncio.sleep(0.05)
        before, others = len(b.down.raw), len(c.got(camera))
        for height in (720, 180, 0, 360):
            await looks(engine, "b", height)
            await looks(engine, "c", height or 90)
            camera.picture(key=True, tail=b"caucus")
            b.picture_lost(camera)
            b.nack(camera, *range(b.got(camera)[-1].sequence_number, b.got(camera)[-1].sequence_number + 20))
            await asyncio.sleep(0.05)
        await until(lambda others=others: len(c.got(camera)) > others)
        assert [each for each in b.down.raw[before:] if each[0] >= 128] == []
        await looks(engine, "b", 720)
    await engine.set_audience(ROOM, everybody)
    count = len(b.got(camera))
    await flows(camera, lambda: len(b.got(camera)) > count + 5)
    assert not [payload for payload in b.payloads(camera) if b"caucus" in payload]
