"""Terms and dates (期间): how days are counted, with the holiday calendar as data; knows no matter and no clock."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from types import MappingProxyType

from mediation_server.domain.matter import Track

__all__ = [
    "CHINA_2026",
    "PERIOD_DAYS",
    "SHANGHAI",
    "HolidayCalendar",
    "days_after",
    "local_date",
    "mediation_period_end",
    "period_days",
    "working_days_after",
]

# One zone without daylight saving since 1991: no time-zone database needed on the machine.
SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")

_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class HolidayCalendar:
    """Days off that are not week-ends, and week-end days that are worked; a year not listed has only week-ends."""

    off: frozenset[date] = field(default_factory=frozenset)
    worked: frozenset[date] = field(default_factory=frozenset)

    def works(self, day: date) -> bool:
        """Whether `day` is a working day."""
        if day in self.worked:
            return True
        return day not in self.off and day.weekday() < _SATURDAY


def _days(year: int, spans: Iterable[tuple[int, int, int]]) -> frozenset[date]:
    """Every day of spans given as (month, first day, last day)."""
    return frozenset(date(year, month, day) for month, first, last in spans for day in range(first, last + 1))


# Holidays of 2026 by the notice of the State Council.
CHINA_2026 = HolidayCalendar(
    off=_days(2026, [(1, 1, 3), (2, 15, 23), (4, 4, 6), (5, 1, 5), (6, 19, 21), (9, 25, 27), (10, 1, 7)]),
    worked=_days(2026, [(1, 4, 4), (2, 14, 14), (2, 28, 28), (5, 9, 9), (9, 20, 20), (10, 10, 10)]),
)

# Days of a mediation period by track and procedure (在线调解规则 art. 24; 特邀规定 art. 27).
_AFTER_FILING = MappingProxyType({"普通": 15, "简易": 7, "小额": 7})
_BEFORE_FILING = 30
PERIOD_DAYS: Mapping[Track, int | Mapping[str, int]] = MappingProxyType(
    {
        Track.PREFILING_DELEGATED: _BEFORE_FILING,
        Track.POSTFILING_ENTRUSTED: _AFTER_FILING,
        Track.COURT_LED: _AFTER_FILING,
        Track.ORG_ACCEPTED: _BEFORE_FILING,
    }
)


def local_date(at: datetime) -> date:
    """The day in Asia/Shanghai on which an instant falls."""
    return at.astimezone(SHANGHAI).date()


def days_after(start: date, days: int, calendar: HolidayCalendar) -> date:
    """Last day of a term of `days`: the start day is not counted, a last day off moves to the next working day.

    Source: 民诉法 art. 85, 民诉解释 art. 125.
    """
    last = start + timedelta(days=days)
    while not calendar.works(last):
        last += timedelta(days=1)
    return last


def working_days_after(start: date, days: int, calendar: HolidayCalendar) -> date:
    """The `days`-th working day after `start`, which is not counted itself."""
    day, left = start, days
    while left:
        day += timedelta(days=1)
        left -= calendar.works(day)
    return day


def period_days(track: Track, procedure: str | None) -> int:
    """Length of the mediation period: 30 days before filing, 15 after it, 7 in summary and small-claims procedure."""
    days = PERIOD_DAYS[track]
    if isinstance(days, int):
        return days
    return days.get(procedure or "普通", days["普通"])


def mediation_period_end(
    accepted_on: date, track: Track, procedure: str | None, calendar: HolidayCalendar, stopped_days: int = 0
) -> date:
    """Last day of the mediation period (timer T05); days of a stopped clock (委托鉴定) are added before the shift.

    Source: 在线调解规则 arts. 24-26.
    """
    return days_after(accepted_on, period_days(track, procedure) + stopped_days, calendar)
