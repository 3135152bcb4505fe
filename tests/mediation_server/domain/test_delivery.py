from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from mediation_server.domain.delivery import delay_after


def test_the_waits_grow_to_an_hour_and_stay_there():
    waits = [delay_after(n).total_seconds() for n in range(1, 8)]
    assert waits == [5, 30, 120, 600, 3600, 3600, 3600]


def test_after_three_days_of_hourly_attempts_it_is_given_up():
    assert delay_after(77) == timedelta(hours=1)
    assert delay_after(78) is None


@given(st.integers(1, 77), st.floats(0, 1))
def test_the_spread_stays_within_a_tenth(failures, fraction):
    exact, spread = delay_after(failures), delay_after(failures, fraction)
    assert exact * 0.899 <= spread <= exact * 1.101


def test_two_that_fail_together_come_back_apart():
    assert delay_after(1, 0.0) < delay_after(1, 1.0)
