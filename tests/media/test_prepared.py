"""A connection prepared at the door, on every engine: nothing flows on it, and nothing is to be negotiated later."""

from __future__ import annotations

import asyncio
import re

import pytest

from mediation_server.errors import NotFound, TooMany
from mediation_server.media.embedded.engine import EmbeddedEngine
from mediation_server.media.embedded.limits import SECOND, Limits
from mediation_server.media.engine import TransportState, TransportStateChanged
from tests.media.conftest import CONTRACT
from tests.media.peer import HOST, ROOM, VP8_DELTA, VP8_KEY, answer_to, key_frame_requests, until

on_every_engine = pytest.mark.parametrize("engine", sorted(CONTRACT), indirect=True)
DOOR = "door:1"


def shape(sdp):
    """A description without what is drawn by lot."""
    return re.sub(r"(o=- |ice-ufrag:|ice-pwd:|ssrc:|FID )[^\r]*", r"\1", sdp)


async def sending(engine, peer, *hearers, name="a"):
    a = peer(name)
    await a.publish()
    await engine.set_audience(ROOM, {"a": frozenset(hearers)})
    return a


@on_every_engine
async def test_whoever_sits_down_with_it_hears_at_once_and_negotiates_nothing(engine, peer, events):
    a, b = await sending(engine, peer, "b"), peer("b")
    prepared = await b.prepare()
    assert await engine.seat(ROOM, DOOR, "b")
    offered = await b.named(a.microphone, a.camera)
    assert (offered.revision, shape(offered.sdp)) == (prepared.revision, shape(prepared.sdp))
    a.microphone.send(b"sound")
    a.camera.key(b"picture")
    await until(lambda: b.got(a.microphone) and b.got(a.camera))
    assert b.payloads(a.microphone) == [b"sound"]
    assert TransportStateChanged(ROOM, "b", "down", TransportState.CONNECTED) in events


@on_every_engine
async def test_at_the_door_nothing_comes_and_nobody_is_told(engine, peer, events):
    a, b = await sending(engine, peer, "b", DOOR), peer("b")
    before = engine.load().transports
    await b.prepare()
    a.microphone.send(b"sound")
    a.camera.key(b"picture")
    await asyncio.sleep(0.2)  # long enough for what must not come
    assert b.down.rtp == []
    assert not [each for each in events if getattr(each, "member", "") not in ("a", "")]
    assert engine.load().transports == before


@on_every_engine
async def test_the_offer_at_the_door_does_not_tell_who_is_there(engine, peer):
    empty = await peer("b").prepare("door:2", answered=False)
    await sending(engine, peer, "b")
    full = await peer("c").prepare("door:3", answered=False)
    assert shape(empty.sdp) == shape(full.sdp)
    assert (empty.mids, full.mids) == ({}, {})


@on_every_engine
async def test_a_member_who_is_granted_nothing_gets_nothing_over_what_was_prepared(engine, peer):
    a, b = await sending(engine, peer), peer("b")
    await b.prepare()
    await engine.seat(ROOM, DOOR, "b")
    before = engine.load().packets_in
    a.microphone.send(b"sound")
    await until(lambda: engine.load().packets_in > before)
    await engine.set_audience(ROOM, {"a": frozenset({"b"})})
    await b.named(a.microphone)
    a.microphone.send(b"later")
    await until(lambda: b.got(a.microphone))
    assert b.payloads(a.microphone) == [b"later"]


@on_every_engine
async def test_more_than_was_prepared_is_negotiated_on_the_same_connection(engine, peer):
    speakers = [peer(name) for name in ("a", "c", "d", "e")]
    for each in speakers:
        await each.publish()
    await engine.set_audience(ROOM, {each.name: frozenset({"b"}) for each in speakers})
    b = peer("b")
    await b.prepare()
    await engine.seat(ROOM, DOOR, "b")
    await b.subscribe(*(stream for each in speakers for stream in (each.microphone, each.camera)))
    for each in speakers:
        each.microphone.send(each.name.encode())
    await until(lambda: all(b.got(each.microphone) for each in speakers))
    assert [b.payloads(each.microphone) for each in speakers] == [[each.name.encode()] for each in speakers]
    assert b.offered.revision == 2


@on_every_engine
async def test_what_a_browser_does_not_take_is_not_used(engine, peer):
    a, b = await sending(engine, peer, "b"), peer("b")
    offered = await engine.prepare(ROOM, DOOR)
    refused = frozenset({"1", "3", "5"})
    await engine.answer(ROOM, DOOR, offered.revision, answer_to(offered.sdp, b.down, reject=refused))
    await b.down.connect(offered.sdp)
    await engine.seat(ROOM, DOOR, "b")
    again = await b.named(a.microphone, a.camera)
    assert again.revision == offered.revision + 1
    assert not set(again.mids) & refused


@on_every_engine
@pytest.mark.parametrize("connected", [False, True])
async def test_what_is_not_connected_or_was_dropped_is_not_taken(engine, peer, connected):
    b = peer("b")
    await b.prepare(answered=connected)
    if connected:
        await engine.kick(ROOM, DOOR)
    assert not await engine.seat(ROOM, DOOR, "b")
    assert not await engine.seat(ROOM, DOOR, "b")
    with pytest.raises(NotFound):
        await engine.answer(ROOM, DOOR, 1, answer_to(b.offered.sdp, b.down))


async def coming_in(engine, b, a, moved=frozenset()):
    """A picture begins between the press on Enter and the seat; nothing is granted before that."""
    a.camera.key(b"before")
    await asyncio.sleep(0.1)  # on its way through; nothing tells when
    await engine.expect(ROOM, DOOR)
    await until(lambda: key_frame_requests(a.up))
    a.camera.key(b"pressed")
    a.camera.delta(b"next")
    await asyncio.sleep(0.1)  # on its way through; nothing tells when
    await engine.seat(ROOM, DOOR, "b")
    await engine.set_audience(ROOM, {"a": frozenset({"b"})}, moved)
    await b.named(a.camera)


@on_every_engine
async def test_a_picture_that_began_when_enter_was_pressed_is_there_with_the_seat(engine, peer):
    a, b = await sending(engine, peer), peer("b")
    await b.prepare()
    await coming_in(engine, b, a)
    await until(lambda: len(b.got(a.camera)) == 2)
    assert [each[-7:] for each in b.payloads(a.camera)] == [b"pressed", VP8_DELTA[-3:] + b"next"]


@on_every_engine
@pytest.mark.parametrize("who", ["a", "b"])
async def test_who_moves_at_that_moment_gets_and_gives_nothing_from_before(engine, peer, who):
    a, b = await sending(engine, peer), peer("b")
    await b.prepare()
    await coming_in(engine, b, a, frozenset({who}))
    await asyncio.sleep(0.7)  # longer than what was on its way may take
    a.camera.key(b"later")
    await until(lambda: b.got(a.camera))
    assert b.payloads(a.camera) == [VP8_KEY + b"later"]


@on_every_engine
async def test_a_picture_and_a_voice_of_one_person_share_a_stream(engine, peer):
    speakers = [peer("a"), peer("c")]
    for each in speakers:
        await each.publish()
    await engine.set_audience(ROOM, {each.name: frozenset({"b"}) for each in speakers})
    b = peer("b")
    await b.prepare()
    await engine.seat(ROOM, DOOR, "b")
    (a, c) = speakers
    offered = await b.named(a.camera, c.camera, c.microphone, a.microphone)
    streams = dict(re.findall(r"a=mid:(\d+)\r\n(?:a=(?!mid)[^\r]*\r\n)*?a=msid:(\S+)", offered.sdp))
    pairs = {stream: set() for stream in streams.values()}
    for mid, publication in offered.mids.items():
        pairs[streams[mid]].add(publication)
    ours = {frozenset({each.camera.publication.id, each.microphone.publication.id}) for each in speakers}
    assert {frozenset(each) for each in pairs.values() if each} == ours


async def test_there_is_an_end_to_how_many_are_prepared_and_for_how_long():
    now = [1]
    engine = EmbeddedEngine(
        HOST, 0, (HOST,), limits=Limits(guests=2, guest_life=60 * SECOND), monotonic_ns=lambda: now[0]
    )
    await engine.start()
    await engine.open_room(ROOM)
    for guest in ("door:1", "door:2", "door:2"):
        await engine.prepare(ROOM, guest)
    with pytest.raises(TooMany):
        await engine.prepare(ROOM, "door:3")
    room = engine._rooms[ROOM]
    now[0] += 61 * SECOND
    room.tick(now[0], second=True)
    assert len(room.guests) == 0
    await engine.close()
