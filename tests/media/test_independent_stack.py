"""Another implementation of WebRTC, sharing no code with us or a browser: it joins, sends, receives, is recorded."""

import asyncio
from itertools import pairwise

import pytest

from bench._relay import Line
from bench._weather import Way, Weather
from mediation_server.clock import SystemClock
from mediation_server.domain.recording import RecordingState
from mediation_server.media.embedded import EmbeddedEngine
from mediation_server.media.engine import Source
from recordings.audience import read_ledger
from recordings.bookkeeping import ServiceBooks
from recordings.factory import Recordings
from recordings.rtp import RtpPacket
from recordings.verify import verify_recording
from recordings.vp8 import Vp8Depacketiser
from tests.media.independent import person
from tests.media.peer import HOST, ROOM, Sink
from tests.recording_row import recording_of
from tests.recordings.kit import decoded, loudest_hz, voice_packets, voice_stream, vp8_frames, vp8_stream
from tests.signaling.browsers import eventually, served

TONES = {"zhou": 740, "lin": 1180}
VOICE, PICTURES = 150, 90  # three seconds
OPUS, VP8 = 111, 96  # payload types in the engine's offers


@pytest.fixture
async def engine():
    made = EmbeddedEngine(HOST, 0, [HOST])
    await made.start()
    yield made
    await made.close()


@pytest.fixture
async def server(tmp_path, engine):
    async with served(tmp_path, engine=engine, clock=SystemClock(), tapes=tapes_of) as made:
        yield made


def tapes_of(world):
    return Recordings(world.directory / "recorded", world.clock, ServiceBooks(lambda: world.ctx))


async def comes_on_air(browser, who):
    offer = await who.ask("publish")
    answer = await browser.ask("publish", offer)
    assert answer["ok"], answer
    await who.ask("answered", sdp=answer["sdp"])
    assert await browser.ask("devices", {"microphone": True, "camera": True}) == {"ok": True}
    await who.connected("up")


async def tunes_in(browser, who):
    """Answer the offer of one other's voice and picture; returns the m-section of each."""
    await eventually(lambda: browser.told("offer") and len(browser.told("offer")[-1]["tracks"]) == 2)
    offer = browser.told("offer")[-1]
    answer = await who.ask("subscribe", sdp=offer["sdp"])
    assert await browser.ask("subscribed", {"revision": offer["revision"], "sdp": answer["sdp"]}) == {"ok": True}
    await who.connected("down")
    return {track["source"]: mid for mid, track in offer["tracks"].items()}


async def speaks(who, tone_hz):
    await asyncio.gather(who.send("microphone", voice_stream(tone_hz, VOICE)), who.send("camera", vp8_stream(PICTURES)))


async def test_two_people_of_another_stack_hear_and_see_each_other_and_are_recorded(server):
    mediator, zhou, lin = await server.live(publish=False)
    async with person() as one, person(rtx=False) as other:
        await asyncio.gather(comes_on_air(zhou, one), comes_on_air(lin, other))
        mids_of_one, mids_of_other = await asyncio.gather(tunes_in(zhou, one), tunes_in(lin, other))
        await asyncio.gather(speaks(one, TONES["zhou"]), speaks(other, TONES["lin"]))
        await has_all(one, mids_of_one, TONES["lin"])
        await has_all(other, mids_of_other, TONES["zhou"])
    conclusion = {"outcome": "continue", "terms": "", "reasons": "材料待补"}
    assert (await mediator.ask("conclude", conclusion))["ok"]
    await eventually(lambda: is_sealed(server.world))
    for name, tone_hz in TONES.items():
        await is_recorded(server.world, name, tone_hz)
    await is_intact_and_says_who_was_heard_by_whom(server.world)


async def has_all(who, mids, tone_hz):
    """What came is what the other one sent, byte for byte, under the numbers that were agreed."""

    async def arrived():
        return len(await who.received(mids["microphone"])) >= VOICE

    await eventually(arrived, "the whole voice")
    voice, picture = await who.received(mids["microphone"]), await who.received(mids["camera"])
    assert {each.payload_type for each in voice} == {OPUS}
    assert {each.payload_type for each in picture} == {VP8}
    assert [each.payload for each in voice] == voice_packets(tone_hz, VOICE)
    assert frames_of(picture) == [data for data, _ in vp8_frames(PICTURES)]
    for packets in (voice, picture):
        assert all((after.sequence - before.sequence) & 0xFFFF == 1 for before, after in pairwise(packets))
    assert all((after.timestamp - before.timestamp) & 0xFFFFFFFF == 960 for before, after in pairwise(voice))


def frames_of(packets):
    depacketiser = Vp8Depacketiser()
    ordered = (RtpPacket(each.sequence, each.timestamp, 1, each.marker, each.payload) for each in packets)
    frames = (depacketiser.push(each, after_loss=False) for each in ordered)
    return [each.data for each in frames if each is not None]


async def is_intact_and_says_who_was_heard_by_whom(world):
    """Everything that was captured was granted, and the ledger is what the forwarder was bound to."""
    recording = await recording_of(world.ctx, world.session_id)
    directory = world.tapes.vault.directory(world.session_id, recording.id)
    assert await asyncio.to_thread(verify_recording, directory, await world.log(), recording) == []
    ledger = await asyncio.to_thread(read_ledger, directory, recording.duration_ms)
    everybody = {*world.ids.values(), "recorder"}
    assert {who: everybody - {who} for who in world.ids.values()} in [dict(each.receivers) for each in ledger]


async def is_sealed(world):
    found = await recording_of(world.ctx, world.session_id)
    return found is not None and found.state is RecordingState.SEALED


async def is_recorded(world, name, tone_hz):
    vault = world.tapes.vault
    directory = await asyncio.to_thread(vault.of_session, world.session_id)
    manifest, _ = await asyncio.to_thread(vault.manifest, world.session_id, directory.name)
    files = {
        track.codec: [directory / segment.file for segment in track.segments]
        for track in manifest.tracks
        if track.participant == world.ids[name]
    }
    [voice], [picture] = files["opus"], files["vp8"]
    assert abs(await asyncio.to_thread(loudest_hz, voice) - tone_hz) < 5
    assert await asyncio.to_thread(decoded, voice) >= VOICE
    assert await asyncio.to_thread(decoded, picture) == PICTURES


@pytest.fixture
async def line(engine):
    """The speaker's line to the engine's port."""
    made = await Line(f"http://{HOST}:1/", seed=7).open()
    yield made
    await made.close()


@pytest.fixture
async def over_the_line(engine, line):
    """Makes the engine's descriptions lead over the line."""
    port = await line.media_port(engine.port)
    return lambda sdp: sdp.replace(f" {HOST} {engine.port} typ host", f" {HOST} {port} typ host")


@pytest.fixture
def sink():
    return Sink()


@pytest.fixture
async def camera(engine, sink, over_the_line):
    """Connects a speaker and a listener; returns the publication of the camera and who listens to it."""
    await engine.open_room(ROOM)
    await engine.set_audience(ROOM, {"a": frozenset({"b", "recorder"})})
    await engine.record(ROOM, sink)

    async def connected(speaker, listener, *, both=False):
        offer = await speaker.ask("publish")
        sources = {mid: Source(source) for mid, source in offer["sources"].items()}
        answer = await engine.publish(ROOM, "a", offer["sdp"], sources)
        await speaker.ask("answered", sdp=over_the_line(answer.sdp))
        await speaker.connected("up")
        [camera] = [each.id for each in answer.publications if each.source is Source.CAMERA]
        offered = await engine.subscribe(ROOM, "b", [camera], fresh=True)
        taken = await listener.ask("subscribe", sdp=over_the_line(offered.sdp) if both else offered.sdp)
        await engine.answer(ROOM, "b", offered.revision, taken["sdp"])
        await listener.connected("down")
        return camera

    return connected


async def shows(speaker, first, last):
    """Pictures of the one stream, at their pace."""
    begins = first * 1000 // 30
    stream = vp8_stream(PICTURES)
    await speaker.send("camera", [(ms - begins, packet) for ms, packet in stream if begins <= ms < last * 1000 // 30])


async def sees(listener, first=0, last=PICTURES):
    """Wait until all these pictures came whole, whatever their order, and whatever came twice."""
    wanted = [data for data, _ in vp8_frames(PICTURES)[first:last]]

    async def seen():
        packets = await listener.received("0")
        by_number = {(each.sequence - packets[0].sequence) & 0xFFFF: each for each in packets}
        assert all(
            each.payload == by_number[(each.sequence - packets[0].sequence) & 0xFFFF].payload for each in packets
        )
        whole = frames_of([by_number[number] for number in sorted(by_number)])
        return wanted[0] in whole and whole[(at := whole.index(wanted[0])) : at + len(wanted)] == wanted

    await eventually(seen, "every picture")


@pytest.mark.parametrize("rtx", [True, False], ids=["rtx", "again"])
async def test_what_a_bad_line_loses_comes_again_both_ways(line, sink, camera, rtx):
    async with person(rtx=rtx) as speaker, person() as listener:
        published = await camera(speaker, listener, both=True)
        await shows(speaker, 0, 5)
        line.weather = Weather(up=Way(loss=0.05), down=Way(loss=0.05))
        await shows(speaker, 5, 75)
        line.weather = Weather()
        await shows(speaker, 75, PICTURES)
        await sees(listener)
        assert line.counts.lost > 4
        assert (await speaker.ask("state"))["nack"] > 0
        assert len(sink.packets[published]) == len(vp8_stream(PICTURES))


async def test_media_follows_to_a_new_address_and_a_key_frame_is_asked_for(line, camera):
    async with person() as speaker, person() as listener:
        await camera(speaker, listener)
        await shows(speaker, 0, 45)  # a report of the speaker's own is among it, so that the engine knows its voice
        await sees(listener, last=45)
        line.move()
        await shows(speaker, 45, 75)  # what is under way then may be lost
        before = (await speaker.ask("state"))["pli"]
        await listener.ask("lost", mid="0")

        async def asked():
            return (await speaker.ask("state"))["pli"] > before

        await eventually(asked, "a key frame asked for")
        await shows(speaker, 75, PICTURES)
        await sees(listener, first=75)
