"""Depacketisers: what a sender packetised comes out again, whatever else comes in is refused and counted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recordings.h264 import H264Depacketiser
from recordings.opus import OpusDepacketiser, duration, lost_packet
from recordings.packetise import h264_payloads, vp8_payloads
from recordings.rtp import RtpPacket, parse, unwrapped
from recordings.sps import picture_size
from recordings.vp8 import Vp8Depacketiser, descriptor
from tests.recordings.kit import h264_frames, h264_stream, opus_packets, vp8_frames, vp8_stream

POISON = [b"", b"\x10", b"\x90", b"\xff" * 5, b"\x78", b"\x7c\x85", b"\x7c\x40x"]
ALL = (OpusDepacketiser, Vp8Depacketiser, H264Depacketiser)


def packet(payload, *, timestamp=0, marker=True, sequence=0):
    return RtpPacket(sequence, timestamp, 1, marker, payload)


def all_of(depacketiser, packets):
    frames = (depacketiser.push(parse(each), after_loss=False) for each in packets)
    return [frame for frame in frames if frame is not None]


def length_prefixed(units):
    return b"".join(len(unit).to_bytes(4, "big") + unit for unit in units if unit[0] & 0x1F not in {7, 8, 9})


def test_vp8_comes_out_as_it_went_in():
    frames = all_of(Vp8Depacketiser(), [each for _, each in vp8_stream(90)])
    assert [(each.data, each.key) for each in frames] == vp8_frames(90)
    assert (frames[0].setup.width, frames[0].setup.height) == (160, 96)


def test_h264_comes_out_length_prefixed_with_its_parameter_sets_aside():
    frames = all_of(H264Depacketiser(), [each for _, each in h264_stream(90, width=320, height=192)])
    assert [each.data for each in frames] == [
        length_prefixed(units) for units in h264_frames(90, width=320, height=192)
    ]
    assert [n for n, each in enumerate(frames) if each.key] == [0, 30, 60]
    setup = frames[0].setup
    assert (setup.width, setup.height) == (320, 192)
    assert setup.private[:1] == b"\x01"


def test_a_frame_that_lost_its_middle_is_dropped_and_the_next_one_is_whole():
    frames = vp8_frames(3, width=640, height=352)
    parts = [
        [packet(body, timestamp=n, marker=False) for body in vp8_payloads(data, n)]
        for n, (data, _) in enumerate(frames)
    ]
    for each in parts:
        each[-1] = each[-1]._replace(marker=True)
    assert len(parts[0]) > 2
    depacketiser = Vp8Depacketiser()
    del parts[0][1]
    out = [depacketiser.push(each, after_loss=index == 1) for index, each in enumerate(parts[0])]
    assert out == [None] * len(out)
    assert depacketiser.broken >= 1
    assert all(depacketiser.push(each, after_loss=False) is None for each in parts[1][:-1])
    assert depacketiser.push(parts[1][-1], after_loss=False).data == frames[1][0]


def test_an_h264_frame_whose_first_fragment_was_lost_is_dropped():
    units = next(each for each in h264_frames(3, width=640, height=352) if max(map(len, each)) > 1200)
    parts = [packet(body, marker=False) for body in h264_payloads(units)]
    fragments = [each for each in parts if each.payload[0] & 0x1F == 28]
    depacketiser = H264Depacketiser()
    for index, each in enumerate(fragments[1:]):
        last = each is fragments[-1]
        assert depacketiser.push(each._replace(marker=last), after_loss=index == 0) is None
    assert depacketiser.broken >= 1


@pytest.mark.parametrize("make", ALL)
@given(st.lists(st.tuples(st.binary(max_size=64), st.booleans(), st.booleans(), st.integers(0, 3)), max_size=40))
def test_no_payload_makes_a_depacketiser_raise(make, payloads):
    depacketiser = make()
    for payload, marker, after_loss, timestamp in payloads:
        depacketiser.push(packet(payload, marker=marker, timestamp=timestamp), after_loss=after_loss)
    assert depacketiser.bad + depacketiser.broken >= 0


@pytest.mark.parametrize(("make", "stream"), [(Vp8Depacketiser, vp8_stream), (H264Depacketiser, h264_stream)])
@given(data=st.data())
def test_a_poisoned_stream_gives_only_whole_frames_and_recovers(make, stream, data):
    packets = [parse(each) for _, each in stream(40)]
    good = {frame.data for frame in all_of(make(), [each for _, each in stream(40)])}
    poison = data.draw(st.lists(st.sampled_from(POISON), max_size=6))
    depacketiser = make()
    for bad in poison:
        depacketiser.push(packet(bad, timestamp=77), after_loss=True)
    out = [depacketiser.push(each, after_loss=False) for each in packets]
    assert {each.data for each in out if each is not None} == good


@pytest.mark.parametrize(
    ("payload", "samples"),
    [
        (b"\xf8" + b"x" * 100, 960),
        (b"\xf9" + b"x" * 100, 1920),
        (b"\xf8", 960),
        (b"\x80" + b"x", 120),
        (b"\x18x", 2880),
        (b"\xfb\x03" + b"x" * 30, 2880),
        (b"\xfa\x05" + b"x" * 9, 1920),
    ],
)
def test_the_length_of_an_opus_packet_is_in_its_first_bytes(payload, samples):
    assert duration(payload) == samples


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"\xf9xxx",
        b"\xfb",
        b"\xfb\x00",
        b"\xfb\x07" + b"x" * 70,
        b"\xfb\x03xx",
        b"\xfa\xff",
        b"\xf8" + b"x" * 1276,
        b"\xfb\x41\xff\xff",
        b"\xfb\x82\x64x",
    ],
)
def test_a_payload_that_is_no_opus_packet_is_refused(payload):
    assert duration(payload) is None
    depacketiser = OpusDepacketiser()
    assert depacketiser.push(packet(payload), after_loss=False) is None
    assert depacketiser.bad == 1


def test_every_real_opus_packet_is_accepted():
    assert {duration(each) for each in opus_packets(200)} == {960}


def test_the_mark_for_a_lost_packet_has_the_length_of_its_neighbour():
    mark, samples = lost_packet(opus_packets(1)[0])
    assert duration(mark) == samples == 960


@pytest.mark.parametrize("payload", [b"", b"\x80", b"\x90\x80", b"\x90\xff\x80", b"\x10"])
def test_a_truncated_vp8_descriptor_is_refused(payload):
    assert descriptor(payload) is None


def test_a_key_frame_of_absurd_size_is_refused():
    forged = bytearray(vp8_frames(1)[0][0])
    forged[6:10] = b"\xff\x3f\xff\x3f"
    depacketiser = Vp8Depacketiser()
    assert [depacketiser.push(packet(body), after_loss=False) for body in vp8_payloads(bytes(forged), 1)][-1] is None
    assert depacketiser.bad == 1


@given(st.binary(max_size=200))
def test_no_parameter_set_makes_the_size_parser_raise(data):
    size = picture_size(data)
    assert size is None or (0 < size[0] <= 8192 and 0 < size[1] <= 8192)


@given(st.binary(max_size=80))
def test_no_datagram_makes_the_rtp_parser_raise(data):
    found = parse(data)
    assert found is None or len(found.payload) <= len(data) - 12


@given(st.integers(0, 1 << 40), st.integers(-30_000, 30_000))
def test_unwrapping_finds_the_nearest_number(reference, delta):
    assert unwrapped((reference + delta) & 0xFFFF, reference, 16) == reference + delta
