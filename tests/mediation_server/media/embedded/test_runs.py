import struct

from aiortc.codecs.vpx import VpxPayloadDescriptor
from aiortc.rtp import RtpPacket
from hypothesis import given
from hypothesis import strategies as st

from mediation_server.media.embedded.codecs import CODECS
from mediation_server.media.embedded.runs import MOST_BYTES, Rewriting, make_runs, rewritten

SIZES = st.lists(st.one_of(st.integers(1, 1200), st.integers(1095, 1100)), min_size=1, max_size=150)


def packets_of(sizes):
    return [struct.pack("!BBHII", 0x80, 0xE0, n, n * 3, 1) + bytes((n % 256,)) * size for n, size in enumerate(sizes)]


def unpacked(run, tag):
    return [run.template[each.at : each.at + each.size] for each in run.segments]


@given(SIZES, st.sampled_from([10, 16]))
def test_every_packet_is_in_a_run_once_in_order_and_unchanged_but_for_padding(sizes, tag):
    packets = packets_of(sizes)
    found = [each for run in make_runs(packets, 101, tag) for each in unpacked(run, tag)]
    assert len(found) == len(packets)
    for before, after in zip(packets, found, strict=True):
        parsed = RtpPacket.parse(after)
        assert parsed.payload == before[12:]
        assert (parsed.payload_type, parsed.marker) == (101, 1)
        assert len(after) - len(before) <= 2


@given(SIZES)
def test_segments_are_equally_long_but_for_the_last_and_fit_one_send(sizes):
    for run in make_runs(packets_of(sizes), 96, 16):
        assert [each.at for each in run.segments] == [place * run.stride for place in range(len(run.segments))]
        assert all(each.size + 16 == run.stride for each in run.segments[:-1])
        assert run.segments[-1].size + 16 <= run.stride
        assert run.total == run.segments[-1].at + run.segments[-1].size + 16
        assert len(run.segments) <= 64
        assert run.total <= max(MOST_BYTES, run.stride)


def test_a_frame_whose_packets_differ_by_a_byte_is_one_run():
    assert len(make_runs(packets_of([1099, 1100, 1100, 1099, 1100, 700]), 96, 16)) == 1


def test_the_octets_are_those_of_the_payloads():
    assert sum(run.octets for run in make_runs(packets_of([10, 500, 501, 502]), 96, 16)) == 10 + 500 + 501 + 502


NUMBERS = {"picture_id": st.integers(0, 0x7FFF), "tl0": st.integers(0, 255), "long": st.booleans()}
REWRITINGS = st.builds(
    Rewriting,
    st.integers(0, 0xFFFFFFFF),
    st.integers(-(1 << 40), 1 << 40),
    st.integers(-(1 << 40), 1 << 40),
    st.integers(-(1 << 20), 1 << 20),
    st.integers(-(1 << 20), 1 << 20),
)


def vp8(picture_id, tl0, *, long, number=0):
    head = struct.pack("!BBHB", 0x90, 0xE0, 0x8000 | picture_id, tl0)
    if not long:
        head = bytes((0x90, 0xE0, picture_id & 0x7F, tl0))
    return struct.pack("!BBHII", 0x80, 0xE0, number, 9, 1) + head + b"\x00\x10" + bytes(30)


def numbers_of(packet):
    """Sequence number, timestamp, SSRC, and the descriptor as aiortc reads it."""
    parsed = RtpPacket.parse(packet)
    descriptor, _ = VpxPayloadDescriptor.parse(parsed.payload)
    return parsed.sequence_number, parsed.timestamp, parsed.ssrc, descriptor.picture_id, descriptor.tl0picidx


@given(**NUMBERS, rewriting=REWRITINGS)
def test_each_number_moves_modulo_its_own_width_and_nothing_else_changes(picture_id, tl0, long, rewriting):
    packet = vp8(picture_id, tl0, long=long)
    after = rewritten(packet, rewriting, CODECS["vp8"].places)
    width = 0x8000 if long else 0x80
    assert numbers_of(after) == (
        rewriting.sequence % 0x10000,
        (9 + rewriting.timestamp) % (1 << 32),
        rewriting.ssrc,
        (picture_id + rewriting.picture_id) % width,
        (tl0 + rewriting.tl0) % 256,
    )
    back = Rewriting(1, *(-number for number in rewriting[1:]))
    assert rewritten(after, back, CODECS["vp8"].places) == packet


@given(**NUMBERS)
def test_a_segment_keeps_the_numbers_its_packet_came_with(picture_id, tl0, long):
    (run,) = CODECS["vp8"].runs([vp8(picture_id, tl0, long=long, number=7)], 16)
    (segment,) = run.segments
    assert (segment.sequence, segment.timestamp, segment.tl0) == (7, 9, tl0)
    assert segment.picture_id == (picture_id | 0x8000 if long else picture_id & 0x7F)


@given(st.binary(max_size=8), REWRITINGS)
def test_a_stump_of_a_descriptor_is_rewritten_without_an_error_and_keeps_its_length(payload, rewriting):
    packet = bytes(12) + payload
    for codec in CODECS.values():
        (run,) = codec.runs([packet], 16)
        assert all(place < len(packet) for place in (run.segments[0].picture_at, run.segments[0].tl0_at))
        assert len(rewritten(packet, rewriting, codec.places)) == len(packet)


def test_a_frame_of_long_packets_is_parted_where_one_send_ends():
    runs = make_runs(packets_of([1_288] * 48), 96, 16)
    assert [len(run.segments) for run in runs] == [MOST_BYTES // 1_316, 48 - MOST_BYTES // 1_316]
    assert all(run.total <= MOST_BYTES for run in runs)
