"""By when a file is at the court: one working day, whatever weekends and holidays lie between."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediation_server.domain.calendar import CHINA, SHANGHAI
from mediation_server.domain.handover import due_since, hand_over_at

YEAR = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 20))  # noqa: DTZ001 - Hypothesis adds the zone


def at(month, day, hour=10):
    return datetime(2026, month, day, hour, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("ended", "due"),
    [
        (at(11, 23), at(11, 24, 17)),
        (at(11, 27), at(11, 30, 17)),  # a Friday: the Monday after
        (at(9, 30), at(10, 8, 17)),  # over the holidays of October
        (at(2, 13), at(2, 14, 17)),  # the Saturday is worked
    ],
)
def test_one_working_day_is_counted_by_the_calendar(ended, due):
    assert hand_over_at(ended, CHINA) == due


@given(YEAR, YEAR)
def test_what_is_found_due_is_exactly_what_is_due(ended, now):
    ended, now = ended.replace(tzinfo=SHANGHAI), now.replace(tzinfo=SHANGHAI)
    assert (ended < due_since(now, CHINA)) == (hand_over_at(ended, CHINA) <= now)


@given(YEAR)
def test_nobody_waits_longer_than_the_longest_holiday(ended):
    ended = ended.replace(tzinfo=SHANGHAI)
    assert timedelta() < hand_over_at(ended, CHINA) - ended <= timedelta(days=12)
