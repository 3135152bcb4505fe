import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench._pace import Pace

PACES = st.builds(Pace, st.integers(1, 100_000), st.integers(1, 64))


def test_three_thousand_packets_in_bursts_of_eight_leave_every_2667_microseconds():
    pace = Pace(packets_per_second=3_000, burst=8)

    assert pace.interval_ns == 2_666_666
    assert pace.bursts_in(2.0) == 750
    assert [pace.due_ns(index, None) for index in range(3)] == [0, 2_666_666, 5_333_332]


def test_a_generator_on_time_keeps_the_plan():
    pace = Pace(packets_per_second=1_000, burst=1)

    assert pace.due_ns(5, last_sent_ns=4_000_100) == 5_000_000


def test_a_late_generator_catches_up_at_no_more_than_twice_the_pace():
    pace = Pace(packets_per_second=1_000, burst=1)

    assert pace.due_ns(5, last_sent_ns=9_000_000) == 9_500_000


@given(PACES, st.integers(1, 1_000), st.integers(0, 10**12))
def test_a_burst_is_never_early_and_never_on_the_heels_of_the_last(pace, index, last):
    due = pace.due_ns(index, last)

    assert due >= index * pace.interval_ns
    assert due - last >= pace.interval_ns // 2


@pytest.mark.parametrize(("rate", "burst"), [(0, 8), (3_000, 0), (-1, 1)])
def test_a_pace_that_never_sends_is_refused(rate, burst):
    with pytest.raises(ValueError, match="pace"):
        Pace(rate, burst)


def test_even_the_shortest_time_has_one_burst():
    assert Pace(packets_per_second=10, burst=8).bursts_in(0.01) == 1
