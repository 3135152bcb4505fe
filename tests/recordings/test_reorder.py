"""The recorder's reorder buffer: nothing that arrived is lost, nothing is invented, memory is bounded."""

import random

from hypothesis import given
from hypothesis import strategies as st

from recordings.reorder import ReorderBuffer
from recordings.rtp import RtpPacket


def numbered(number, ssrc=1):
    return RtpPacket(number & 0xFFFF, number, ssrc, marker=True, payload=b"x")


def fed(buffer, numbers, step_ms=20):
    out = []
    for index, number in enumerate(numbers):
        out += buffer.push(numbered(number), index * step_ms)
    return out


@given(st.integers(0, 65_535), st.randoms(use_true_random=False))
def test_disorder_is_put_right_across_the_wrap(start, rng):
    numbers = list(range(start, start + 80))
    mixed = [numbers[0], *sorted(numbers[1:], key=lambda each: each + rng.uniform(0, 20))]
    out = fed(ReorderBuffer(), mixed)
    assert [each.packet.timestamp for each in out] == numbers
    assert all(each.lost == 0 for each in out)


@given(st.sets(st.integers(1, 198), max_size=80))
def test_what_arrived_is_handed_on_and_each_hole_is_counted_once(missing):
    buffer = ReorderBuffer()
    there = [each for each in range(200) if each not in missing]
    out = fed(buffer, there) + buffer.flush()
    assert [each.packet.timestamp for each in out] == there
    assert sum(each.lost for each in out) == buffer.lost == len(missing)


def test_a_hole_is_waited_for_about_a_second():
    buffer = ReorderBuffer()
    assert len(buffer.push(numbered(1), 0)) == 1
    assert buffer.push(numbered(3), 20) == []
    assert buffer.expire(900) == []
    late = buffer.push(numbered(2), 950)
    assert [each.packet.timestamp for each in late] == [2, 3]
    assert buffer.push(numbered(5), 1000) == []
    assert [(each.packet.timestamp, each.lost) for each in buffer.expire(2000)] == [(5, 1)]
    assert buffer.push(numbered(4), 2010) == []
    assert buffer.late == 1


def test_a_repeated_packet_is_stored_once():
    buffer = ReorderBuffer()
    out = fed(buffer, [1, 2, 2, 4, 4, 3, 5])
    assert [each.packet.timestamp for each in out] == [1, 2, 3, 4, 5]


def test_another_stream_starts_anew_and_the_first_is_not_lost():
    buffer = ReorderBuffer()
    fed(buffer, [10, 12])
    out = buffer.push(numbered(7, ssrc=2), 100)
    assert [each.packet.timestamp for each in out] == [12, 7]


def test_a_counter_that_starts_anew_after_silence_is_followed():
    buffer = ReorderBuffer()
    fed(buffer, [40_000, 40_001])
    assert [each.packet.timestamp for each in buffer.push(numbered(39_000), 5000)] == [39_000]


@given(st.lists(st.integers(0, 65_535), max_size=400), st.integers(0, 3))
def test_no_sequence_of_numbers_fills_the_memory(numbers, ssrcs):
    buffer = ReorderBuffer()
    out = []
    for index, number in enumerate(numbers * 3):
        out += buffer.push(numbered(number, ssrc=index % (ssrcs + 1)), index)
        assert buffer.waiting <= 2048
    assert len(out) + buffer.waiting <= 3 * len(numbers)


def test_a_flood_of_jumping_numbers_is_bounded():
    buffer, rng = ReorderBuffer(), random.Random(3)
    for index in range(20_000):
        buffer.push(numbered(rng.randrange(30_000)), index // 100)
    assert buffer.waiting <= 2048
