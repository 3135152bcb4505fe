"""Sound that was lost on the way: asked for again, carried twice over, and never out of a time one was not let in."""

from __future__ import annotations

import re

import pytest

from mediation_server.media.embedded.redundancy import doubled, unfolded
from mediation_server.media.engine import Source
from tests.media.conftest import ENGINES
from tests.media.peer import ROOM, SOURCES, Stream, nacked, offer, until

pytestmark = pytest.mark.parametrize("engine", sorted(ENGINES), indirect=True)
OPUS, RED = 111, 63


@pytest.fixture
async def pair(engine, peer):
    """Party a speaks, party b listens."""
    a, b = peer("a"), peer("b")
    await a.publish()
    await engine.set_audience(ROOM, {"a": frozenset({"b"})})
    await b.subscribe(a.microphone)
    return a, b


async def say(a, b, *words):
    """Each in its turn, so that none shares a datagram train with another."""
    for word in words:
        before = len(b.got(a.microphone))
        a.microphone.send(word)
        await until(lambda before=before: len(b.got(a.microphone)) > before)


def datagrams(wire):
    """Encrypted packets of sound as they came, by the sequence number that stands in clear."""
    found: dict[int, list[bytes]] = {}
    for each in wire.raw:
        if each[0] >> 6 == 2 and each[1] & 0x7F in {OPUS, RED}:
            found.setdefault(int.from_bytes(each[2:4], "big"), []).append(each)
    return found


def number(b, a, word):
    """The sequence number under which b got a word first."""
    return next(each.sequence_number for each in b.got(a.microphone) if each.payload.endswith(word))


async def test_lost_sound_is_sent_again_to_the_last_bit(pair):
    a, b = pair
    await say(a, b, b"one", b"two two", b"three")
    lost = number(b, a, b"two two")
    b.nack(a.microphone, lost)
    await until(lambda: len(datagrams(b.down)[lost]) == 2)
    assert len(set(datagrams(b.down)[lost])) == 1


async def test_after_a_loss_each_packet_carries_the_two_before_it_and_is_repeated_as_it_was(pair):
    a, b = pair
    await say(a, b, b"one", b"two", b"three")
    b.nack(a.microphone, number(b, a, b"two"))
    await until(lambda: len(datagrams(b.down)[number(b, a, b"two")]) == 2)
    await say(a, b, b"four", b"five")
    five = b.got(a.microphone)[-1]
    assert five.payload_type == RED
    blocks, present = unfolded(five.payload, OPUS)
    assert [each.payload for each in blocks] + [present] == [b"three", b"four", b"five"]
    assert [each.before for each in blocks] == [6000, 3000]
    b.nack(a.microphone, five.sequence_number)
    await until(lambda: len(datagrams(b.down)[five.sequence_number]) == 2)
    assert len(set(datagrams(b.down)[five.sequence_number])) == 1


async def test_what_came_late_is_not_sent_twice_to_whoever_asked_before_it_could_arrive(pair):
    a, b = pair
    await say(a, b, b"one")
    late = a.microphone.packet(b"two")
    await say(a, b, b"three")
    a.up.send_rtp(late)
    await until(lambda: b.payloads(a.microphone) == [b"one", b"three", b"two"])
    b.nack(a.microphone, number(b, a, b"two"))
    await say(a, b, b"four", b"five")
    assert {len(each) for each in datagrams(b.down).values()} == {1}
    assert b.got(a.microphone)[-1].payload == b"five", "nor is anything sent twice over"


async def test_who_takes_no_doubled_sound_is_sent_none(engine, pair):
    a, b = pair
    simple = re.sub(r"(?m)^a=(rtpmap|fmtp):63 .*\r\n", "", b.offered.sdp).replace("SAVPF 111 63", "SAVPF 111")
    answer = f"{simple.replace('a=sendonly', 'a=recvonly').replace('a=setup:actpass', 'a=setup:active')}"
    answer = re.sub(r"a=fingerprint:\S+ \S+", f"a=fingerprint:sha-256 {b.down.fingerprint}", answer)
    await engine.answer(ROOM, "b", b.offered.revision, answer)
    await say(a, b, b"one", b"two")
    lost = number(b, a, b"one")
    b.nack(a.microphone, lost)
    await until(lambda: len(datagrams(b.down)[lost]) == 2)
    await say(a, b, b"three")
    assert b.got(a.microphone)[-1].payload == b"three"


async def test_nothing_from_before_a_grant_is_carried_or_sent_again(engine, pair, peer):
    a, b = pair
    c = peer("c")
    await say(a, b, b"caucus one", b"caucus two")
    await engine.set_audience(ROOM, {"a": frozenset({"b", "c"})})
    await c.subscribe(a.microphone)
    await say(a, c, b"joint one")
    first = number(c, a, b"joint one")
    c.nack(a.microphone, *((first - step) & 0xFFFF for step in range(17)))
    await until(lambda: len(datagrams(c.down)[first]) == 2)
    await say(a, c, b"joint two")
    assert datagrams(c.down).keys() == {first, (first + 1) & 0xFFFF}
    blocks, present = unfolded(c.got(a.microphone)[-1].payload, OPUS)
    assert [each.payload for each in blocks] + [present] == [b"joint one", b"joint two"]


async def test_a_publisher_is_asked_for_lost_sound_if_it_says_that_it_answers(engine, peer):
    a, b = peer("a"), peer("b")
    offered = offer(a.up, {"0": "audio"}).replace("a=rtcp-fb:111 ", "a=rtcp-fb:111 nack\r\na=rtcp-fb:111 ")
    answer = await engine.publish(ROOM, "a", offered, SOURCES)
    assert "a=rtcp-fb:111 nack\r\n" in answer.sdp
    await a.up.connect(answer.sdp)
    a.streams[Source.MICROPHONE] = Stream(a.up, answer.publications[0], OPUS, 0, 1000)
    await engine.set_audience(ROOM, {"a": frozenset({"b"})})
    await b.subscribe(a.microphone)
    await say(a, b, b"one")
    lost = a.microphone.packet(b"two")
    await say(a, b, b"three")
    await until(lambda: nacked(a.up))
    assert set(nacked(a.up)) == {1001}
    a.up.send_rtp(lost)
    await until(lambda: b.payloads(a.microphone) == [b"one", b"three", b"two"])


@pytest.fixture
async def speaker(engine, peer, sink):
    """Party a, whose browser sends sound twice over; b listens, and it is recorded."""
    a, b = peer("a"), peer("b")
    await engine.record(ROOM, sink)
    twice = "a=rtpmap:63 red/48000/2\r\na=fmtp:63 111/111\r\na=rtpmap:111"
    offered = offer(a.up, {"0": "audio"}).replace("SAVPF 111", "SAVPF 111 63").replace("a=rtpmap:111", twice)
    answer = await engine.publish(ROOM, "a", offered, SOURCES)
    assert re.search(r"m=audio \d+ \S+ 111 63\r\n", answer.sdp), "plain sound first: twice only when asked"
    await a.up.connect(answer.sdp)
    a.streams[Source.MICROPHONE] = Stream(a.up, answer.publications[0], RED, 0, 1000)
    await engine.set_audience(ROOM, {"a": frozenset({"b", "recorder"})})
    await b.subscribe(a.microphone)
    return a, b


def speak(stream, word, *earlier, lost=False):
    """Send one packet that carries earlier ones once more, or lose it on the way."""
    packets = [
        bytes(4) + (stream.timestamp - 3000 * step).to_bytes(4, "big") + bytes(4) + each
        for step, each in zip(range(len(earlier), 0, -1), earlier, strict=True)
    ]
    now = bytes(4) + stream.timestamp.to_bytes(4, "big") + bytes(4) + word
    stream.send(doubled(now, packets, OPUS)[12:], lost=lost)


async def test_what_was_lost_is_taken_from_the_next_packet_in_order_and_recorded(speaker, sink):
    a, b = speaker
    speak(a.microphone, b"one")
    speak(a.microphone, b"two", b"one", lost=True)
    speak(a.microphone, b"three", b"two", lost=True)
    speak(a.microphone, b"four", b"two", b"three")
    speak(a.microphone, b"five", b"three", b"four")
    words = [b"one", b"two", b"three", b"four", b"five"]
    await until(lambda: b.payloads(a.microphone) == words)
    first = b.got(a.microphone)[0]
    for step, each in enumerate(b.got(a.microphone)):
        assert (each.payload_type, each.marker) == (OPUS, 1)
        assert (each.sequence_number - first.sequence_number) & 0xFFFF == step
        assert (each.timestamp - first.timestamp) & 0xFFFFFFFF == 3000 * step
    await until(lambda: sink.payloads(a.microphone) == words)
    assert {each[1] & 0x7F for each in sink.packets[a.microphone.publication.id]} == {OPUS}


async def test_what_was_said_in_a_mute_is_not_taken_from_the_packet_after_it(engine, speaker):
    a, b = speaker
    speak(a.microphone, b"before")
    await until(lambda: b.payloads(a.microphone) == [b"before"])
    await engine.mute(ROOM, "a", Source.MICROPHONE, muted=True)
    speak(a.microphone, b"muted")
    await until(lambda: engine.load().packets_in == 2)
    speak(a.microphone, b"muted and lost", b"muted", lost=True)
    await engine.mute(ROOM, "a", Source.MICROPHONE, muted=False)
    speak(a.microphone, b"after", b"muted", b"muted and lost")
    await until(lambda: b.payloads(a.microphone)[-1] == b"after")
    assert b.payloads(a.microphone) == [b"before", b"after"]


async def test_a_packet_that_does_not_add_up_costs_only_itself(engine, speaker):
    a, b = speaker
    a.microphone.send(bytes((0x80 | OPUS, 0, 7, 255, OPUS)) + b"short")
    speak(a.microphone, b"good")
    await until(lambda: b.payloads(a.microphone) == [b"good"])
    await until(lambda: engine.load().dropped.get("malformed") == 1)


async def test_what_the_speakers_line_lost_is_not_held_against_the_listeners(engine, pair):
    a, b = pair
    for word in range(10):
        await say(a, b, b"%d" % word)
        if word % 2:
            a.microphone.send(b"lost", lost=True)
    await say(a, b, b"last")
    b.report(a.microphone, 171)  # two thirds of sixteen; five of them never reached us
    await until(lambda: (known := engine.quality(ROOM, "b")) and known.downlink_loss > 0)
    assert 0.4 < engine.quality(ROOM, "b").downlink_loss < 0.6
