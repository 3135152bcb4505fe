from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediation_server.domain.calendar import (
    CHINA_2026,
    HolidayCalendar,
    days_after,
    local_date,
    mediation_period_end,
    period_days,
    working_days_after,
)
from mediation_server.domain.matter import Track


def d(text: str) -> date:
    return date.fromisoformat(f"2026-{text}")


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        ("09-18", 15, "10-08"),
        ("09-18", 7, "09-28"),
        ("09-10", 30, "10-10"),  # a Saturday that is worked
        ("11-16", 7, "11-23"),
        ("02-10", 7, "02-24"),
    ],
)
def test_terms_in_days_end_as_the_vectors_say(start, days, end):
    assert days_after(d(start), days, CHINA_2026) == d(end)


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [("09-24", 3, "09-30"), ("09-30", 3, "10-10"), ("02-12", 3, "02-24"), ("11-20", 2, "11-24")],
)
def test_terms_in_working_days_end_as_the_vectors_say(start, days, end):
    assert working_days_after(d(start), days, CHINA_2026) == d(end)


@pytest.mark.parametrize(
    ("track", "procedure", "days"),
    [
        (Track.PREFILING_DELEGATED, None, 30),
        (Track.ORG_ACCEPTED, None, 30),
        (Track.POSTFILING_ENTRUSTED, "普通", 15),
        (Track.POSTFILING_ENTRUSTED, "简易", 7),
        (Track.POSTFILING_ENTRUSTED, "小额", 7),
        (Track.COURT_LED, "简易", 7),
        (Track.COURT_LED, None, 15),
    ],
)
def test_the_period_is_30_15_or_7_days_by_track_and_procedure(track, procedure, days):
    assert period_days(track, procedure) == days


def test_a_stopped_clock_is_added_before_the_last_day_moves_off_a_day_off():
    end = mediation_period_end(d("10-29"), Track.PREFILING_DELEGATED, None, CHINA_2026, stopped_days=8)
    assert end == d("12-07")  # 12-06 is a Sunday


@given(st.dates(date(2026, 1, 1), date(2026, 11, 1)), st.integers(0, 60))
def test_a_term_ends_on_a_working_day_and_never_early(start, days):
    end = days_after(start, days, CHINA_2026)
    assert CHINA_2026.works(end)
    assert end >= start + timedelta(days=days)
    between = (end - start).days - days
    assert not any(CHINA_2026.works(start + timedelta(days=days + extra)) for extra in range(between))


def test_a_year_without_data_has_week_ends_only():
    plain = HolidayCalendar()
    assert [plain.works(date(2027, 1, day)) for day in (1, 2, 3, 4)] == [True, False, False, True]


def test_the_day_turns_at_midnight_in_shanghai():
    assert local_date(datetime(2026, 11, 23, 15, 59, tzinfo=UTC)) == d("11-23")
    assert local_date(datetime(2026, 11, 23, 16, 0, tzinfo=UTC)) == d("11-24")
