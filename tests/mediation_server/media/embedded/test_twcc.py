import struct

from hypothesis import given
from hypothesis import strategies as st

from mediation_server.media.embedded.limits import MS
from mediation_server.media.embedded.twcc import TwccRecorder


def read(feedback):
    """Arrival times in ns by transport-wide number, read as the draft says."""
    assert feedback[0] & 31 == 15
    assert feedback[1] == 205
    assert len(feedback) == 4 * (struct.unpack_from("!H", feedback, 2)[0] + 1)
    base, count = struct.unpack_from("!HH", feedback, 12)
    now = int.from_bytes(feedback[16:19], "big") * 64 * MS
    symbols, at = [], 20
    while len(symbols) < count:
        (chunk,) = struct.unpack_from("!H", feedback, at)
        at += 2
        if chunk & 0x8000:
            symbols += [chunk >> shift & 3 for shift in range(12, -1, -2)]
        else:
            symbols += [chunk >> 13] * (chunk & 0x1FFF)
    found = {}
    for step, symbol in enumerate(symbols[:count]):
        if symbol == 0:
            continue
        size, signed = (1, False) if symbol == 1 else (2, True)
        now += int.from_bytes(feedback[at : at + size], "big", signed=signed) * 250_000
        at += size
        found[(base + step) & 0xFFFF] = now
    return found


@given(
    st.integers(0, 0xFFFF),
    st.lists(st.tuples(st.integers(1, 9), st.integers(0, 300)), min_size=1, max_size=100),
)
def test_a_reader_of_the_draft_finds_every_arrival_to_a_quarter_millisecond(first, steps):
    recorder = TwccRecorder()
    number, now, told = first, 5_000 * MS, {}
    for skip, pause in steps:
        recorder.arrived((number & 0xFFFF,), now)
        told[number & 0xFFFF] = now
        number += skip
        now += pause * MS
    newest = (number - steps[-1][0]) & 0xFFFF
    found = read(recorder.feedback(1, 2))
    assert newest in found
    for key, at in found.items():
        assert abs(at - told[key]) <= 250_000
    if number - first <= 512:
        assert found.keys() == told.keys()


def test_nothing_new_means_no_feedback():
    recorder = TwccRecorder()
    assert recorder.feedback(1, 2) is None
    recorder.arrived((1,), MS)
    assert recorder.feedback(1, 2) is not None
    assert recorder.feedback(1, 2) is None


def test_a_hole_between_two_reports_is_told_as_lost():
    recorder = TwccRecorder()
    recorder.arrived((1,), MS)
    recorder.feedback(1, 2)
    recorder.arrived((4,), 2 * MS)
    feedback = recorder.feedback(1, 2)
    assert struct.unpack_from("!HH", feedback, 12) == (2, 3)
    assert list(read(feedback)) == [4]


def test_a_packet_that_was_overtaken_is_told_of_in_the_next_report():
    recorder = TwccRecorder()
    for number in (1, 2, 4, 5):
        recorder.arrived((number,), number * MS)
    assert 3 not in read(recorder.feedback(1, 2))
    recorder.arrived((3,), 9 * MS)
    recorder.arrived((6,), 10 * MS)
    assert list(read(recorder.feedback(1, 2)).items()) == [(3, 9 * MS), (4, 4 * MS), (5, 5 * MS), (6, 10 * MS)]
    recorder.arrived((7,), 11 * MS)
    assert list(read(recorder.feedback(1, 2))) == [7]


def test_a_packet_that_came_twice_or_much_too_late_is_not_told_of_again():
    recorder = TwccRecorder()
    for number in range(300):
        if number != 50:
            recorder.arrived((number,), number * MS)
    recorder.feedback(1, 2)
    recorder.arrived((50,), 400 * MS)
    recorder.arrived((299,), 400 * MS)
    assert recorder.feedback(1, 2) is None


def test_a_flood_leaves_room_for_what_comes_next():
    recorder = TwccRecorder()
    for number in range(2_000):
        recorder.arrived((number & 0xFFFF,), number * MS)
        if number % 300 == 299:
            assert number in read(recorder.feedback(1, 2))


def test_what_is_remembered_is_bounded():
    recorder = TwccRecorder()
    for number in range(5_000):
        recorder.arrived((number & 0xFFFF,), number * MS)
    assert len(recorder.feedback(1, 2)) < 2_000


def test_what_is_noted_without_a_report_is_bounded():
    recorder = TwccRecorder()
    most = 0
    for number in range(1_000):
        recorder.arrived((number,), number * MS)
        most = max(most, len(recorder._noted))
    assert 0 < most < 100
