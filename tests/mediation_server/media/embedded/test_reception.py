from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediation_server.media.embedded.limits import MS, SECOND, Limits
from mediation_server.media.embedded.reception import DUPLICATE, UNUSABLE, Reception


def reception():
    return Reception(Limits(), 90_000)


@given(st.integers(0, 0xFFFF), st.lists(st.booleans(), min_size=1, max_size=200))
def test_running_numbers_have_no_hole_for_what_was_dropped_on_purpose(first, usable):
    stream = reception()
    numbers = [stream.accept((first + step) & 0xFFFF, 0, usable=keep) for step, keep in enumerate(usable)]
    assert [number for number in numbers if number >= 0] == list(range(sum(usable)))
    assert numbers.count(UNUSABLE) == len(usable) - sum(usable)
    assert not stream.gaps


@given(st.integers(0, 0xFFFF), st.permutations(range(1, 30)), st.data())
def test_reordered_and_repeated_packets_get_the_number_of_their_place_once(first, order, data):
    stream = reception()
    assert stream.accept(first, 0, usable=True) == 0
    seen = {0}
    for step in order:
        number = stream.accept((first + step) & 0xFFFF, 0, usable=True)
        assert number == step
        seen.add(step)
        again = data.draw(st.sampled_from(sorted(seen)))
        assert stream.accept((first + again) & 0xFFFF, 0, usable=True) == DUPLICATE
    assert stream.next_number == 30
    assert not stream.gaps


def test_a_gap_is_asked_for_at_once_again_after_a_pause_and_given_up():
    stream = reception()
    stream.accept(10, 0, usable=True)
    stream.accept(13, 1, usable=True)
    assert stream.due(1) == [11, 12]
    assert stream.due(2) == []
    asked, now = 1, 1
    while stream.gaps:
        now += 10 * MS
        asked += bool(stream.due(now))
    assert 4 <= asked <= 10
    assert now <= SECOND + 20 * MS


@pytest.mark.parametrize(("asked", "learnt"), [(1, 40), (300, 0)])
def test_an_answered_request_teaches_the_round_trip_unless_it_came_before_it_was_asked_for(asked, learnt):
    """The kernel may have had it while the request was being written."""
    stream = reception()
    stream.accept(1, 0, usable=True)
    stream.accept(3, 0, usable=True)
    stream.due(asked * MS)
    stream.accept(2, 41 * MS, usable=True)
    assert stream.measured_rtt == learnt * MS


def test_what_lay_unread_for_long_is_asked_for_before_it_is_given_up():
    stream = reception()
    stream.accept(1, 0, usable=True)
    stream.accept(3, 0, usable=True)
    assert stream.due(2 * SECOND) == [2]
    assert stream.due(2 * SECOND + 500 * MS) == []
    assert not stream.gaps


def test_more_loss_than_can_be_asked_for_needs_a_key_frame_instead():
    stream = reception()
    stream.accept(0, 0, usable=True)
    stream.accept(600, 0, usable=True)
    assert stream.lost_track
    assert not stream.gaps


def test_a_stream_that_restarts_elsewhere_goes_on_after_two_packets():
    stream = reception()
    for step in range(5):
        stream.accept(step, 0, usable=True)
    assert stream.accept(30_000, 0, usable=True) == DUPLICATE
    assert stream.accept(30_001, 0, usable=True) == 5
    assert stream.lost_track
    assert stream.accept(30_002, 0, usable=True) == 6


def test_one_stray_number_changes_nothing():
    stream = reception()
    stream.accept(5, 0, usable=True)
    assert stream.accept(30_000, 0, usable=True) == DUPLICATE
    assert stream.accept(6, 0, usable=True) == 1


@given(st.lists(st.booleans(), min_size=2, max_size=200))
def test_the_report_counts_what_was_lost(arrived):
    arrived = [True, *arrived, True]
    stream = Reception(Limits(missing=1_000), 90_000)
    for step, came in enumerate(arrived):
        if came:
            stream.accept(step, 0, usable=True)
    report = stream.report()
    lost = len(arrived) - sum(arrived)
    assert report.packets_lost == lost
    assert report.fraction_lost == min(255, 256 * lost // len(arrived))
    assert report.highest == len(arrived) - 1


def test_steady_arrival_has_no_jitter_and_unsteady_has():
    steady, unsteady = reception(), reception()
    for step in range(50):
        steady.timed(step * 3000, step * SECOND // 30)
        unsteady.timed(step * 3000, step * SECOND // 30 + (step % 2) * 20 * MS)
    for stream in (steady, unsteady):
        stream.accept(0, 0, usable=True)
    assert steady.report().jitter < 2
    assert unsteady.report().jitter > 900


def test_no_report_before_the_first_packet():
    assert reception().report() is None


@pytest.mark.parametrize("note", [Reception.timed, lambda stream, *at: stream.advance(1, *at)], ids=["single", "burst"])
def test_what_is_noted_for_the_jitter_is_bounded(note):
    stream, most = reception(), 0
    for step in range(1_000):
        note(stream, step * 3000, step * MS)
        most = max(most, len(stream._arrivals))
    assert 0 < most < 100


def punctual(stream, packets, at=0, late=0):
    """So many packets 10 ms apart, each that much (ns) later than it should be; when the next would be sent."""
    for _ in range(packets):
        stream.timed(at * 90_000 // SECOND, at + late)
        at += 10 * MS
    return at


def seconds(stream, count, at=0, late=0):
    for _ in range(count):
        at = punctual(stream, 100, at, late)
        stream.report()
    return at


def test_how_late_everything_comes_is_told_beside_what_is_usual():
    stream = reception()
    stream.accept(1, 0, usable=True)
    punctual(stream, 10)
    assert stream.lateness(0) is None, "nothing is usual yet"
    at = seconds(stream, 3)
    now = punctual(stream, 5, at, late=200 * MS)
    assert stream.lateness(at) == pytest.approx(200 * MS, rel=0.05)
    assert stream.lateness(at) is None, "nothing has come since"
    stream.timed(now * 90_000 // SECOND, now + 200 * MS)
    stream.timed(now * 90_000 // SECOND, now + 20 * MS)
    assert stream.lateness(now) == pytest.approx(20 * MS, rel=0.2), "the quickest one tells of the line"


def test_one_that_overtakes_all_others_makes_them_no_later():
    stream = reception()
    stream.accept(1, 0, usable=True)
    at = seconds(stream, 12, late=150 * MS)
    stream.timed(at * 90_000 // SECOND, at)
    stream.report()
    punctual(stream, 5, at, late=150 * MS)
    assert stream.lateness(at) < 20 * MS


def test_a_path_that_became_longer_is_the_usual_one_ten_seconds_later():
    stream = reception()
    stream.accept(1, 0, usable=True)
    at = seconds(stream, 9, seconds(stream, 3), late=300 * MS)
    punctual(stream, 5, at, late=300 * MS)
    assert stream.lateness(at) > 200 * MS
    at = seconds(stream, 3, at, late=300 * MS)
    punctual(stream, 5, at, late=300 * MS)
    assert stream.lateness(at) < 20 * MS


def test_a_clock_that_was_changed_makes_nothing_late():
    stream = reception()
    stream.accept(1, 0, usable=True)
    at = seconds(stream, 3)
    for step in range(5):
        stream.timed((at * 90_000 // SECOND + step * 900 - 900_000) & 0xFFFFFFFF, at + step * 10 * MS + 1)
    assert stream.lateness(at) is None


def test_what_waits_in_front_of_a_full_line_is_not_asked_for_over_and_over_nor_given_up_sooner():
    stream = reception()
    stream.accept(10, 0, usable=True)
    stream.accept(12, 1, usable=True)
    late, asked = 400 * MS, []
    for now in range(1, 3 * SECOND, 20 * MS):
        asked += [now] * len(stream.due(now, late))
    assert len(asked) == 3
    assert all(later - earlier >= late + 80 * MS for earlier, later in pairwise(asked))
    stream = reception()
    stream.accept(10, 0, usable=True)
    stream.accept(12, 1, usable=True)
    stream.due(1, late)
    stream.due(SECOND + late - 20 * MS, late)
    assert stream.accept(11, SECOND + late, usable=True) == 1
