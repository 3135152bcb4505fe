"""What every media engine must do, seen through the port and real sockets."""

from __future__ import annotations

import asyncio
import re

import pytest

from mediation_server.errors import BadInput, NotFound, Refused, TooLarge
from mediation_server.media.engine import (
    PublicationEnded,
    PublicationStarted,
    Source,
    SpeakingChanged,
    TransportState,
    TransportStateChanged,
)
from tests.media.conftest import CONTRACT
from tests.media.peer import (
    ROOM,
    SOURCES,
    VP8_DELTA,
    VP8_KEY,
    Remote,
    Stream,
    Wire,
    answer_to,
    key_frame_requests,
    nacked,
    offer,
    receiver_reports,
    until,
)

pytestmark = pytest.mark.parametrize("engine", sorted(CONTRACT), indirect=True)
LOUD = bytes((0x10, 20))
QUIET = bytes((0x10, 127))


@pytest.fixture
async def pair(engine, peer):
    """Party a publishes, party b receives."""
    a, b = peer("a"), peer("b")
    await a.publish()
    await engine.set_audience(ROOM, {"a": frozenset({"b"})})
    await b.subscribe(a.microphone, a.camera)
    return a, b


async def settle(b, stream, marker=b"settled"):
    """Send a last packet and wait for it: whatever was to come before it has come."""
    stream.delta(marker)
    await until(lambda: any(payload.endswith(marker) for payload in b.payloads(stream)))


async def test_what_is_published_arrives_unchanged(pair):
    a, b = pair
    a.camera.key(b"first")
    a.microphone.send(b"sound")
    for number in range(5):
        a.camera.delta(b"picture %d" % number)
    await until(lambda: len(b.got(a.camera)) == 6 and len(b.got(a.microphone)) == 1)
    assert b.payloads(a.microphone) == [b"sound"]
    assert b.payloads(a.camera) == [VP8_KEY + b"first", *(VP8_DELTA + b"picture %d" % n for n in range(5))]
    sequences = [packet.sequence_number for packet in b.got(a.camera)]
    assert sequences == list(range(sequences[0], sequences[0] + 6))
    assert {packet.timestamp for packet in b.got(a.camera)} == set(range(90_000, 90_000 + 6 * 3000, 3000))


async def test_h264_is_forwarded(engine, peer):
    a, b = peer("a"), peer("b")
    answer = await a.publish(codec="H264")
    assert [each.codec for each in answer.publications] == ["opus", "h264"]
    await engine.set_audience(ROOM, {"a": frozenset({"b"})})
    await b.subscribe(a.camera)
    a.camera.send(b"\x67\x42\xe0\x1f")
    a.camera.send(b"\x65picture")
    await until(lambda: b.payloads(a.camera) == [b"\x67\x42\xe0\x1f", b"\x65picture"])


async def test_a_camera_is_in_step_with_its_microphone_and_a_screen_with_nothing(engine, peer):
    a = peer("a")
    await a.publish(kinds={"0": "audio", "1": "video", "2": "video"})
    await engine.set_audience(ROOM, {"a": frozenset({"b"})})
    offered = await engine.subscribe(ROOM, "b", [each.publication.id for each in a.streams.values()], fresh=True)
    streams = dict(re.findall(r"a=mid:(\S+)[\s\S]*?a=msid:(\S+)", offered.sdp))
    source_of = {each.publication.id: source for source, each in a.streams.items()}
    assert {source_of[offered.mids[mid]]: stream for mid, stream in streams.items()} == {
        Source.MICROPHONE: "a",
        Source.CAMERA: "a",
        Source.SCREEN: "a:screen",
    }


async def test_nobody_receives_what_nobody_was_granted(engine, peer):
    a, b = peer("a"), peer("b")
    await a.publish()
    with pytest.raises(Refused) as refusal:
        await b.subscribe(a.camera)
    assert refusal.value.code == "not_granted"


async def test_one_who_lost_the_grant_may_be_offered_it_but_gets_nothing(engine, peer):
    a, b, c = peer("a"), peer("b"), peer("c")
    await a.publish()
    await engine.set_audience(ROOM, {"a": frozenset({"b", "c"})})
    await engine.set_audience(ROOM, {"a": frozenset({"c"})})
    await b.subscribe(a.camera)
    await c.subscribe(a.camera)
    a.camera.key()
    await settle(c, a.camera)
    assert b.down.rtp == []


async def test_after_the_fence_nothing_leaves_for_who_is_denied(engine, pair, peer):
    a, b = pair
    c = peer("c")
    await engine.set_audience(ROOM, {"a": frozenset({"b", "c"})})
    await c.subscribe(a.microphone, a.camera)
    a.camera.key()
    await until(lambda: b.got(a.camera) and c.got(a.camera))
    last = b.got(a.camera)[-1].sequence_number
    await engine.set_audience(ROOM, {"a": frozenset({"c"})})
    await settle(c, a.camera, b"after the fence")
    before = len(b.down.raw)
    for number in range(20):
        a.camera.delta(b"caucus %d" % number)
        a.microphone.send(b"caucus")
    a.camera.sender_report()
    b.nack(a.camera, *range(last, last + 10))
    a.camera.key(b"caucus")
    await settle(c, a.camera, b"last of the caucus")
    b.nack(a.camera, *range(last, last + 10))
    await until(lambda: engine.load().dropped.get("nack_unanswered", 0) >= 20)
    media = [each for each in b.down.raw[before:] if each[0] >= 128]
    assert media == []


async def test_what_was_said_before_a_grant_is_never_sent_after_it(engine, pair, peer):
    a, b = pair
    c = peer("c")
    a.camera.key(b"caucus key")
    for number in range(5):
        a.camera.delta(b"caucus %d" % number)
        a.microphone.send(b"caucus %d" % number)
    await until(lambda: len(b.got(a.camera)) == 6 and len(b.got(a.microphone)) == 5)
    await engine.set_audience(ROOM, {"a": frozenset({"b", "c"})})
    await c.subscribe(a.microphone, a.camera)
    a.camera.delta(b"needs a key frame that c may not have")
    await settle(b, a.camera)
    assert c.down.rtp == []
    a.camera.key(b"joint")
    a.microphone.send(b"joint")
    await until(lambda: c.got(a.camera) and c.got(a.microphone))
    first = c.got(a.camera)[0].sequence_number
    c.nack(a.camera, *((first - step) & 0xFFFF for step in range(1, 17)))
    c.nack(a.camera, first)
    await until(lambda: len(c.got(a.camera)) == 1 and len(c.payloads(a.camera)) == 1)
    a.camera.delta(b"joint")
    await settle(c, a.camera)
    assert not any(b"caucus" in payload for payload in c.payloads(a.camera) + c.payloads(a.microphone))


async def test_a_packet_from_before_the_grant_that_arrives_late_stays_out(engine, pair, peer, sink):
    a, b = pair
    await engine.record(ROOM, sink)
    c = peer("c")
    a.camera.key()
    late = a.camera.packet(VP8_DELTA + b"caucus")
    a.camera.delta(b"after the hole")
    await until(lambda: len(b.got(a.camera)) == 2)
    await engine.set_audience(ROOM, {"a": frozenset({"b", "c", "recorder"})})
    await c.subscribe(a.camera)
    a.camera.key(b"joint")
    await until(lambda: c.got(a.camera))
    a.up.send_rtp(late)
    await until(lambda: any(payload.endswith(b"caucus") for payload in b.payloads(a.camera)))
    await settle(c, a.camera)
    assert not any(payload.endswith(b"caucus") for payload in c.payloads(a.camera))
    await until(lambda: len(sink.payloads(a.camera)) >= 2)
    assert sink.payloads(a.camera) == [VP8_KEY + b"joint", VP8_DELTA + b"settled"]


async def test_sequence_numbers_have_no_hole_where_something_was_withheld(engine, pair):
    a, b = pair
    a.microphone.send(b"one")
    await until(lambda: len(b.got(a.microphone)) == 1)
    await engine.set_audience(ROOM, {})
    for _ in range(7):
        a.microphone.send(b"withheld")
    await until(lambda: engine.load().packets_in >= 8)
    await engine.set_audience(ROOM, {"a": frozenset({"b"})})
    a.microphone.send(b"two")
    await until(lambda: len(b.got(a.microphone)) == 2)
    first, second = (packet.sequence_number for packet in b.got(a.microphone))
    assert second == (first + 1) & 0xFFFF


async def test_a_late_joiner_gets_the_packets_since_the_last_key_frame(engine, pair, peer):
    a, b = pair
    c = peer("c")
    await engine.set_audience(ROOM, {"a": frozenset({"b", "c"})})
    a.camera.key(b"old")
    a.camera.key(b"new")
    for number in range(4):
        a.camera.delta(b"%d" % number)
    await until(lambda: len(b.got(a.camera)) == 6)
    await c.subscribe(a.camera)
    await until(lambda: len(c.got(a.camera)) == 5)
    assert c.payloads(a.camera)[0] == VP8_KEY + b"new"
    a.camera.delta(b"live")
    await until(lambda: len(c.got(a.camera)) == 6)
    sequences = [packet.sequence_number for packet in c.got(a.camera)]
    assert [(each - sequences[0]) & 0xFFFF for each in sequences] == list(range(6))


async def test_while_muted_nobody_receives_that_source_and_its_past_is_gone(engine, pair):
    a, b = pair
    a.camera.key(b"before")
    await until(lambda: b.got(a.camera))
    last = b.got(a.camera)[0].sequence_number
    await engine.mute(ROOM, "a", Source.CAMERA, muted=True)
    a.camera.key(b"muted")
    a.camera.delta(b"muted")
    a.microphone.send(b"still heard")
    await until(lambda: b.got(a.microphone))
    b.nack(a.camera, last)
    requests = key_frame_requests(a.up)
    await engine.mute(ROOM, "a", Source.CAMERA, muted=False)
    await until(lambda: key_frame_requests(a.up) > requests)
    a.camera.delta(b"useless without a key frame")
    a.camera.key(b"after")
    await settle(b, a.camera)
    assert b.payloads(a.camera) == [VP8_KEY + b"before", VP8_KEY + b"after", VP8_DELTA + b"settled"]
    assert [(each.sequence_number - last) & 0xFFFF for each in b.got(a.camera)] == [0, 1, 2]


async def test_a_mute_holds_for_a_source_published_later(engine, peer):
    a, b = peer("a"), peer("b")
    await engine.mute(ROOM, "a", Source.MICROPHONE, muted=True)
    await engine.set_audience(ROOM, {"a": frozenset({"b"})})
    await a.publish()
    await b.subscribe(a.microphone, a.camera)
    a.microphone.send(b"muted")
    a.camera.key()
    await settle(b, a.camera)
    assert b.got(a.microphone) == []


async def test_the_recorder_obeys_the_audience_like_anybody(engine, pair, sink):
    a, b = pair
    await engine.record(ROOM, sink)
    a.microphone.send(b"recorder not granted")
    await until(lambda: b.got(a.microphone))
    assert sink.calls == []
    await engine.set_audience(ROOM, {"a": frozenset({"b", "recorder"})})
    assert {call[0] for call in sink.calls} == {"started"}
    a.microphone.send(b"recorded")
    a.microphone.sender_report(ntp=5 << 32, rtp=7)
    await until(lambda: sink.reports)
    await engine.set_audience(ROOM, {"a": frozenset({"b"})})
    a.microphone.send(b"caucus")
    await until(lambda: len(b.got(a.microphone)) == 3)
    assert sink.payloads(a.microphone) == [b"recorded"]
    assert sink.reports == [(a.microphone.publication.id, 5 << 32, 7)]
    assert sorted(call[2] for call in sink.calls if call[0] == "stopped") == ["withheld", "withheld"]


async def test_the_recorder_gets_late_packets_once_and_unwrapped(engine, pair, sink):
    a, _ = pair
    await engine.record(ROOM, sink)
    await engine.set_audience(ROOM, {"a": frozenset({"b", "recorder"})})
    a.camera.key()
    hole = a.camera.delta(b"lost once", lost=True)
    a.camera.delta(b"behind it")
    await until(lambda: hole in nacked(a.up))
    a.camera.resend(hole)
    a.camera.resend(hole, 2)
    await until(lambda: len(sink.payloads(a.camera)) == 3)
    a.camera.delta(b"end")
    await until(lambda: len(sink.payloads(a.camera)) == 4)
    sequences = [int.from_bytes(packet[2:4], "big") for packet in sink.packets[a.camera.publication.id]]
    assert [each - sequences[0] for each in sequences] == [0, 2, 1, 3]
    assert sink.payloads(a.camera)[2] == VP8_DELTA + b"lost once"


async def test_whoever_writes_captions_is_given_granted_voices_and_no_picture(engine, pair, sink):
    a, b = pair
    recorder = type(sink)()
    await engine.record(ROOM, recorder)
    await engine.overhear(ROOM, "captions", sink)
    await engine.set_audience(ROOM, {"a": frozenset({"b", "recorder"})})
    a.microphone.send(b"captions not granted")
    await until(lambda: recorder.payloads(a.microphone))
    await engine.set_audience(ROOM, {"a": frozenset({"b", "captions"})})
    a.camera.key()
    a.microphone.send(b"captioned")
    await until(lambda: sink.payloads(a.microphone) and len(b.got(a.microphone)) == 2)
    assert sink.payloads(a.microphone) == [b"captioned"]
    assert {call[1] for call in sink.calls if call[0] == "started"} == {a.microphone.publication.id}
    await engine.overhear(ROOM, "captions", None)
    assert [call[0] for call in sink.calls] == ["started", "stopped"]
    a.microphone.send(b"nobody writes")
    await until(lambda: len(b.got(a.microphone)) == 3)
    assert sink.payloads(a.microphone) == [b"captioned"]
    assert recorder.payloads(a.microphone) == [b"captions not granted"]


async def test_a_sink_that_raises_does_not_disturb_the_room(engine, pair):
    class Broken:
        def __getattr__(self, name):
            raise RuntimeError(name)

    a, b = pair
    await engine.record(ROOM, Broken())
    await engine.set_audience(ROOM, {"a": frozenset({"b", "recorder"})})
    a.microphone.send(b"heard")
    await until(lambda: b.payloads(a.microphone) == [b"heard"])


async def test_lost_packets_are_sent_again_from_the_history(pair):
    a, b = pair
    lost = []

    def lose(packet):
        if packet.payload_type == 96 and packet.sequence_number % 5 == 0 and packet.payload[1:2] != b"\x10":
            lost.append(packet.sequence_number)
            return True
        return False

    b.down.lose = lose
    a.camera.key()
    for number in range(200):
        a.camera.delta(b"%d" % number)
    await until(lambda: len(b.got(a.camera)) + len(lost) >= 201)
    assert len(lost) >= 30
    b.nack(a.camera, *lost)
    await until(lambda: len(b.payloads(a.camera)) == 201)
    assert set(b.payloads(a.camera)[1:]) == {VP8_DELTA + b"%d" % number for number in range(200)}
    assert b.payloads(a.camera)[0] == VP8_KEY


async def test_who_takes_no_retransmission_stream_is_sent_none(engine, pair):
    a, b = pair
    taken = answer_to(b.offered.sdp, b.down).replace("SAVPF 96 97", "SAVPF 96")
    await engine.answer(ROOM, "b", b.offered.revision, taken)
    a.camera.key()
    await until(lambda: b.got(a.camera))
    b.nack(a.camera, b.got(a.camera)[0].sequence_number)
    await until(lambda: engine.load().dropped.get("nack_unanswered", 0) >= 1)
    await settle(b, a.camera)
    assert {each.payload_type for each in b.got(a.camera)} == {96}


async def test_a_publisher_is_asked_again_and_again_for_what_was_lost(pair):
    a, b = pair
    a.camera.key()
    hole = a.camera.delta(b"lost", lost=True)
    a.camera.delta(b"behind")
    await until(lambda: nacked(a.up).count(hole) >= 3)
    a.camera.resend(hole)
    await until(lambda: len(b.got(a.camera)) == 3)
    asked, reports = nacked(a.up).count(hole), receiver_reports(a.up)
    await until(lambda: receiver_reports(a.up) > reports + 1)
    assert nacked(a.up).count(hole) == asked
    assert sorted(b.payloads(a.camera)) == sorted([VP8_KEY, VP8_DELTA + b"lost", VP8_DELTA + b"behind"])


async def test_probes_leave_no_hole_for_the_receivers(pair):
    a, b = pair
    a.camera.key()
    for _ in range(3):
        a.camera.send(b"", padding=200)
    a.camera.delta(b"next")
    await until(lambda: len(b.got(a.camera)) == 2)
    first, second = (packet.sequence_number for packet in b.got(a.camera))
    assert second == (first + 1) & 0xFFFF


async def test_key_frame_requests_are_throttled_and_repeated(pair):
    a, b = pair
    a.camera.key()
    await until(lambda: b.got(a.camera))
    before, begun = key_frame_requests(a.up), asyncio.get_running_loop().time()
    for _ in range(100):
        b.picture_lost(a.camera)
        await asyncio.sleep(0.005)
    intervals = (asyncio.get_running_loop().time() - begun) / 0.5
    assert 1 <= key_frame_requests(a.up) - before <= intervals + 1
    await until(lambda: key_frame_requests(a.up) - before >= 3, what="a request that was not followed is repeated")
    a.camera.key()
    await until(lambda: len(b.got(a.camera)) == 2)


async def test_sender_reports_reach_the_receiver_under_its_own_numbers(pair):
    a, b = pair
    a.camera.key(b"x" * 100)
    await until(lambda: b.got(a.camera))
    a.camera.sender_report(ntp=77 << 32, rtp=4242)
    await until(lambda: any(getattr(each, "sender_info", None) for each in b.down.rtcp))
    report = next(each for each in b.down.rtcp if getattr(each, "sender_info", None))
    assert report.ssrc == b.ssrc_of(a.camera)
    assert (report.sender_info.ntp_timestamp, report.sender_info.rtp_timestamp) == (77 << 32, 4242)
    assert (report.sender_info.packet_count, report.sender_info.octet_count) == (1, len(VP8_KEY) + 100)


async def test_a_publisher_gets_congestion_feedback(pair):
    a, _ = pair
    for number in range(10):
        a.camera.send(VP8_KEY, extension=bytes((0x31,)) + number.to_bytes(2, "big"))
    await until(lambda: any(isinstance(each, bytes) for each in a.up.rtcp))
    feedback = next(each for each in a.up.rtcp if isinstance(each, bytes))
    assert feedback[1] == 205
    assert int.from_bytes(feedback[12:14], "big") == 0
    assert int.from_bytes(feedback[14:16], "big") >= 1


async def test_quality_tells_loss_and_round_trip(engine, pair):
    a, b = pair
    a.camera.key()
    await until(lambda: b.got(a.camera))
    a.camera.sender_report(ntp=0x1234_5678_0000)
    await until(lambda: any(getattr(each, "sender_info", None) for each in b.down.rtcp))
    b.report(a.camera, 64, lsr=0x1234_5678)
    await until(lambda: (known := engine.quality(ROOM, "b")) and known.downlink_loss == 0.25)
    assert engine.quality(ROOM, "b").rtt_ms > 0
    await until(lambda: (known := engine.quality(ROOM, "a")) and known.uplink_bps > 0)
    assert engine.quality(ROOM, "nobody") is None


async def test_the_room_hears_of_publications_transports_and_voices(engine, events, peer):
    a = peer("a")
    answer = await a.publish()
    for _ in range(3):
        a.microphone.send(b"loud", extension=LOUD)
    await until(lambda: SpeakingChanged(ROOM, "a", speaking=True) in events)
    a.microphone.send(b"quiet", extension=QUIET)
    assert SpeakingChanged(ROOM, "a", speaking=False) not in events
    await until(lambda: SpeakingChanged(ROOM, "a", speaking=False) in events)
    await engine.kick(ROOM, "a")
    await until(lambda: TransportStateChanged(ROOM, "a", "up", TransportState.CLOSED) in events)
    assert PublicationStarted(ROOM, answer.publications[0]) in events
    assert PublicationStarted(ROOM, answer.publications[1]) not in events
    assert [each for each in events if isinstance(each, PublicationEnded)] == [
        PublicationEnded(ROOM, each, "kicked") for each in answer.publications
    ]
    states = [each.state for each in events if isinstance(each, TransportStateChanged)]
    assert states == [TransportState.CONNECTING, TransportState.CONNECTED, TransportState.CLOSED]


async def test_one_loud_click_is_no_speech(engine, events, peer):
    a = peer("a")
    await a.publish()
    for level in (LOUD, LOUD, QUIET, LOUD, QUIET):
        a.microphone.send(b"click", extension=level)
    await until(lambda: engine.load().packets_in == 5)
    await asyncio.sleep(0)
    assert not [each for each in events if isinstance(each, SpeakingChanged)]


async def test_after_a_kick_nothing_is_accepted_or_sent(engine, pair):
    a, b = pair
    a.microphone.send(b"before")
    await until(lambda: b.got(a.microphone))
    await engine.kick(ROOM, "b")
    await engine.kick(ROOM, "b")
    count = len(b.down.rtp)
    a.microphone.send(b"after")
    await until(lambda: engine.load().packets_in == 2)
    assert len(b.down.rtp) == count
    assert engine.load().transports == 1


async def test_a_leaving_browser_ends_its_publications(events, pair):
    a, _ = pair
    await a.up.close()
    await until(lambda: any(isinstance(each, PublicationEnded) for each in events))
    assert {each.reason for each in events if isinstance(each, PublicationEnded)} == {"left"}


async def test_a_track_is_added_and_taken_away_on_the_same_transport(engine, events, pair):
    a, b = pair
    first = await a.publish(kinds={"0": "audio", "1": "video"})
    second = await a.publish(kinds={"0": "audio", "1": "video", "2": "video"})
    assert second.publications[:2] == first.publications
    await b.subscribe(a.microphone, a.camera, a.streams[Source.SCREEN])
    assert sorted(b.mids) == ["0", "1", "2"]
    a.streams[Source.SCREEN].key(b"screen")
    a.microphone.send(b"same microphone")
    await until(lambda: b.got(a.streams[Source.SCREEN]) and b.got(a.microphone))
    taken = offer(a.up, {"0": "audio", "1": "video", "2": "video"}, directions={"2": "inactive"})
    third = await engine.publish(ROOM, "a", taken, SOURCES)
    assert third.publications == first.publications
    await until(lambda: PublicationEnded(ROOM, second.publications[2], "left") in events)
    again = await engine.subscribe(ROOM, "b", [each.id for each in third.publications], fresh=False)
    assert again.mids == {"0": third.publications[0].id, "1": third.publications[1].id}
    assert "a=mid:2" in again.sdp


async def test_a_new_fingerprint_replaces_the_transport(engine, events, pair):
    a, _ = pair
    old = [stream.publication for stream in a.streams.values()]
    wire = Wire()
    answer = await engine.publish(ROOM, "a", offer(wire, {"0": "audio", "1": "video"}), SOURCES)
    await until(lambda: len([each for each in events if isinstance(each, PublicationEnded)]) == 2)
    assert [each for each in events if isinstance(each, PublicationEnded)] == [
        PublicationEnded(ROOM, each, "replaced") for each in old
    ]
    assert not {each.id for each in answer.publications} & {each.id for each in old}


async def test_a_fresh_subscription_replaces_the_former(engine, pair):
    a, b = pair
    a.camera.key()
    await until(lambda: b.got(a.camera))
    await b.subscribe(a.camera, fresh=True)
    await until(lambda: b.got(a.camera))
    assert engine.load().transports == 2


async def test_an_answer_that_refuses_a_section_gets_nothing_on_it(engine, peer):
    a, b = peer("a"), peer("b")
    await a.publish()
    await engine.set_audience(ROOM, {"a": frozenset({"b"})})
    ids = [a.microphone.publication.id, a.camera.publication.id]
    offered = await engine.subscribe(ROOM, "b", ids, fresh=True)
    answer = answer_to(offered.sdp, b.down, reject=frozenset({"1"}))
    await engine.answer(ROOM, "b", offered.revision, answer)
    await b.down.connect(offered.sdp)
    a.camera.key()
    a.microphone.send(b"sound")
    await until(lambda: b.down.rtp)
    assert {packet.payload_type for packet in b.down.rtp} == {111}


async def test_answers_to_old_offers_are_ignored_and_to_future_ones_refused(engine, peer):
    a, b = peer("a"), peer("b")
    await a.publish()
    await engine.set_audience(ROOM, {"a": frozenset({"b"})})
    ids = [a.microphone.publication.id]
    old = await engine.subscribe(ROOM, "b", ids, fresh=True)
    new = await engine.subscribe(ROOM, "b", ids, fresh=False)
    assert new.revision > old.revision
    await engine.answer(ROOM, "b", old.revision, "rubbish, never read")
    with pytest.raises(BadInput):
        await engine.answer(ROOM, "b", new.revision + 1, answer_to(new.sdp, b.down))
    with pytest.raises(NotFound):
        await engine.answer(ROOM, "stranger", 1, answer_to(new.sdp, b.down))


async def test_a_layer_switched_off_pauses_one_subscription(engine, pair):
    a, b = pair
    a.camera.key()
    await until(lambda: b.got(a.camera))
    await engine.set_layer(ROOM, "b", a.camera.publication.id, "off")
    a.camera.delta(b"hidden")
    a.microphone.send(b"heard")
    await until(lambda: b.got(a.microphone))
    assert len(b.got(a.camera)) == 1
    await engine.set_layer(ROOM, "b", a.camera.publication.id, "high")
    a.camera.key(b"back")
    await until(lambda: b.payloads(a.camera)[-1] == VP8_KEY + b"back")


@pytest.mark.parametrize(
    ("sdp", "code"),
    [
        ("", "bad_sdp"),
        ("v=0\r\n", "bad_sdp"),
        ("rubbish", "bad_sdp"),
        ("v=0\r\nm=audio x UDP/TLS/RTP/SAVPF 111\r\n", "bad_sdp"),
        ("v=0\r\n" + "a=x\r\n" * 20_000, "sdp_too_large"),
        ("v=0\r\n" + "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\n" * 17, "sdp_too_large"),
        ("v=0\r\n" + "法" * 40_000, "sdp_too_large"),
    ],
)
async def test_a_bad_description_is_refused_and_changes_nothing(engine, sdp, code):
    with pytest.raises(BadInput) as refusal:
        await engine.publish(ROOM, "a", sdp, SOURCES)
    assert refusal.value.code == code
    assert isinstance(refusal.value, TooLarge) == (code == "sdp_too_large")
    assert engine.load().transports == 0


async def test_a_source_that_does_not_fit_is_refused(engine):
    for sources in ({}, {"0": Source.CAMERA, "1": Source.CAMERA}, {"0": Source.SCREEN, "1": Source.MICROPHONE}):
        with pytest.raises(BadInput) as refusal:
            await engine.publish(ROOM, "a", offer(Wire(), {"0": "audio", "1": "video"}), sources)
        assert refusal.value.code == "bad_sources"


async def test_an_unknown_room_is_not_found(engine):
    with pytest.raises(NotFound):
        await engine.set_audience("elsewhere", {})
    await engine.close_room("elsewhere")
    await engine.kick("elsewhere", "a")


async def test_closing_a_room_closes_everything_in_it(engine, events, pair):
    a, b = pair
    await engine.close_room(ROOM)
    await engine.close_room(ROOM)
    await until(lambda: len([each for each in events if isinstance(each, PublicationEnded)]) == 2)
    assert {each.reason for each in events if isinstance(each, PublicationEnded)} == {"closed"}
    assert engine.load().transports == 0
    await until(lambda: a.up.dtls.state == "closed" and b.down.dtls.state == "closed")


async def test_a_listener_that_raises_does_not_disturb_the_room(engine, peer):
    def broken(event):
        raise RuntimeError(event)

    engine.listen(ROOM, broken)
    a, b = peer("a"), peer("b")
    await engine.set_audience(ROOM, {"a": frozenset({"b"})})
    await a.publish()
    await b.subscribe(a.microphone)
    a.microphone.send(b"heard")
    await until(lambda: b.payloads(a.microphone) == [b"heard"])


async def test_an_unsignalled_stream_is_found_by_its_mid_and_survives_a_renegotiation(engine, peer):
    a, b = peer("a"), peer("b")
    mid = "urn:ietf:params:rtp-hdrext:sdes:mid"

    def unsignalled(kinds):
        lines = [each for each in offer(a.up, kinds).split("\r\n") if not each.startswith("a=ssrc")]
        return "\r\n".join(each.replace("a=mid:", f"a=extmap:4 {mid}\r\na=mid:") for each in lines)

    answer = await engine.publish(ROOM, "a", unsignalled({"1": "video", "2": "video"}), SOURCES)
    await engine.set_audience(ROOM, {"a": frozenset({"b"})})
    await a.up.connect(answer.sdp)
    camera, screen = (Stream(a.up, each, 96, 97, ssrc) for each, ssrc in zip(answer.publications, (7, 9), strict=True))
    await b.subscribe(camera, screen)
    camera.send(VP8_KEY + b"camera", extension=b"\x401")
    screen.send(VP8_KEY + b"screen", extension=b"\x402")
    await until(lambda: b.got(camera) and b.got(screen))
    await engine.publish(ROOM, "a", unsignalled({"1": "video", "2": "video"}), SOURCES)
    camera.delta(b"without a mid")
    await until(lambda: len(b.got(camera)) == 2)
    assert b.payloads(screen) == [VP8_KEY + b"screen"]


async def test_a_hole_in_the_sound_is_neither_asked_for_nor_waited_for(engine, pair):
    a, b = pair
    a.microphone.send(b"one")
    late = a.microphone.packet(b"two")
    a.microphone.send(b"three")
    await until(lambda: len(b.got(a.microphone)) == 2)
    a.up.send_rtp(late)
    await until(lambda: len(b.got(a.microphone)) == 3)
    first = b.got(a.microphone)[0].sequence_number
    assert [(each.sequence_number - first) & 0xFFFF for each in b.got(a.microphone)] == [0, 2, 1]
    assert nacked(a.up) == []


async def test_what_was_sent_during_a_mute_does_not_come_late_after_it(engine, pair):
    a, b = pair
    a.camera.key()
    await until(lambda: b.got(a.camera))
    await engine.mute(ROOM, "a", Source.CAMERA, muted=True)
    a.camera.delta(b"muted")
    late = a.camera.packet(VP8_DELTA + b"muted too")
    a.camera.delta(b"muted")
    await until(lambda: engine.load().packets_in == 3)
    await engine.mute(ROOM, "a", Source.CAMERA, muted=False)
    a.camera.key(b"after")
    a.up.send_rtp(late)
    await settle(b, a.camera)
    assert b.payloads(a.camera) == [VP8_KEY, VP8_KEY + b"after", VP8_DELTA + b"settled"]


async def test_an_empty_retransmission_does_not_stand_for_the_packet_it_names(pair):
    a, b = pair
    a.camera.key()
    hole = a.camera.delta(b"lost", lost=True)
    a.camera.delta(b"behind")
    await until(lambda: hole in nacked(a.up))
    lost, a.camera.sent[hole] = a.camera.sent[hole], b""
    a.camera.resend(hole)
    a.camera.sent[hole] = lost
    a.camera.resend(hole, 2)
    await until(lambda: len(b.got(a.camera)) == 3)
    assert VP8_DELTA + b"lost" in b.payloads(a.camera)


async def test_a_subscribing_transport_gets_new_credentials_and_goes_on_without_a_handshake(engine, peer):
    a, b = peer("a"), peer("b")
    assert not await engine.restart(ROOM, "b")
    await a.publish()
    await engine.set_audience(ROOM, {"a": frozenset({"b"})})
    await b.subscribe(a.camera)
    before = b.down.remote
    assert await engine.restart(ROOM, "b")
    offered = await engine.subscribe(ROOM, "b", [a.camera.publication.id], fresh=False)
    after = Remote.of(offered.sdp)
    assert (after.fingerprint, session_of(offered.sdp)) == (before.fingerprint, session_of(b.offered.sdp))
    assert (after.ufrag, after.password) != (before.ufrag, before.password)
    a.camera.key(b"before the check")
    await until(lambda: VP8_KEY + b"before the check" in b.payloads(a.camera))
    b.down.remote = after
    await b.down.open()
    await b.down.check(nominate=True)
    await engine.answer(ROOM, "b", offered.revision, answer_to(offered.sdp, b.down))
    a.camera.key(b"after it")
    await until(lambda: VP8_KEY + b"after it" in b.payloads(a.camera))
    fresh = await engine.subscribe(ROOM, "b", [a.camera.publication.id], fresh=True)
    assert session_of(fresh.sdp) != session_of(offered.sdp)


def session_of(sdp):
    return re.search(r"o=- (\d+) ", sdp)[1]
