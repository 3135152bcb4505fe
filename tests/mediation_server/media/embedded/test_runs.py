import struct

from aiortc.rtp import RtpPacket
from hypothesis import given
from hypothesis import strategies as st

from mediation_server.media.embedded.runs import MOST_BYTES, make_runs

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
