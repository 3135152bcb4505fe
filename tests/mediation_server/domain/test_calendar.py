from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediation_server.domain.calendar import (
    CHINA,
    HolidayCalendar,
    days_after,
    local_date,
    mediation_period_end,
    months_after,
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
    assert days_after(d(start), days, CHINA) == d(end)


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [("09-24", 3, "09-30"), ("09-30", 3, "10-10"), ("02-12", 3, "02-24"), ("11-20", 2, "11-24")],
)
def test_terms_in_working_days_end_as_the_vectors_say(start, days, end):
    assert working_days_after(d(start), days, CHINA) == d(end)


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
    end = mediation_period_end(d("10-29"), Track.PREFILING_DELEGATED, None, CHINA, stopped_days=8)
    assert end == d("12-07")  # 12-06 is a Sunday


@given(st.dates(date(2026, 1, 1), date(2026, 11, 1)), st.integers(0, 60))
def test_a_term_ends_on_a_working_day_and_never_early(start, days):
    end = days_after(start, days, CHINA)
    assert CHINA.works(end)
    assert end >= start + timedelta(days=days)
    between = (end - start).days - days
    assert not any(CHINA.works(start + timedelta(days=days + extra)) for extra in range(between))


def test_a_year_without_data_has_week_ends_only():
    plain = HolidayCalendar()
    assert [plain.works(date(2027, 1, day)) for day in (1, 2, 3, 4)] == [True, False, False, True]


def test_the_day_turns_at_midnight_in_shanghai():
    assert local_date(datetime(2026, 11, 23, 15, 59, tzinfo=UTC)) == d("11-23")
    assert local_date(datetime(2026, 11, 23, 16, 0, tzinfo=UTC)) == d("11-24")


@pytest.mark.parametrize(
    ("year", "off", "worked"),
    [
        (2024, ["01-01", "02-10", "02-17", "04-05", "05-03", "06-10", "09-17", "10-07"], ["02-04", "02-18", "10-12"]),
        (2025, ["01-01", "01-28", "02-04", "04-04", "05-05", "06-02", "10-08"], ["01-26", "02-08", "04-27", "10-11"]),
        (2026, ["01-02", "02-16", "02-23", "04-06", "05-05", "06-19", "09-25", "10-07"], ["01-04", "02-28", "10-10"]),
    ],
)
def test_each_year_has_the_days_of_its_notice(year, off, worked):
    assert str(year) in CHINA.sources[year]
    assert not any(CHINA.works(date.fromisoformat(f"{year}-{each}")) for each in off)
    assert all(CHINA.works(date.fromisoformat(f"{year}-{each}")) for each in worked)


def test_what_a_notice_says_is_not_what_week_ends_say_already():
    assert all(day.weekday() >= 5 for day in CHINA.worked)
    assert not CHINA.off & CHINA.worked
    assert {day.year for day in CHINA.off | CHINA.worked} == set(CHINA.sources)


def test_a_year_whose_notice_is_not_out_says_so_and_has_week_ends():
    assert CHINA.knows(date(2026, 12, 31))
    assert not CHINA.knows(date(2027, 1, 1))
    assert CHINA.works(date(2027, 1, 1))  # a Friday


@pytest.mark.parametrize(
    ("start", "months", "more", "end"),
    [
        ("2026-03-11", 3, 0, "2026-06-11"),
        ("2026-08-31", 6, 0, "2027-03-01"),  # no 31 February; its last day is a Sunday
        ("2024-08-31", 6, 0, "2025-02-28"),
        ("2024-02-29", 24, 0, "2026-02-28"),  # a Saturday that is worked
        ("2026-06-30", 3, 0, "2026-09-30"),
        ("2026-07-02", 3, 0, "2026-10-08"),  # 10-02 lies in a holiday
        ("2026-11-30", 1, 2, "2027-01-01"),
    ],
)
def test_terms_in_months_end_on_the_same_day_or_the_last_of_the_month(start, months, more, end):
    assert months_after(date.fromisoformat(start), months, CHINA, more) == date.fromisoformat(end)
