"""Terms and dates (期间): how days are counted, with the holiday calendar as data; knows no matter and no clock."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from types import MappingProxyType
from typing import Any

from mediation_server.domain.data import read_data
from mediation_server.domain.matter import Track

__all__ = [
    "CHINA",
    "PERIOD_DAYS",
    "SHANGHAI",
    "HolidayCalendar",
    "days_after",
    "local_date",
    "mediation_period_end",
    "months_after",
    "period_days",
    "publish",
    "working_days_after",
]

# One zone without daylight saving since 1991: no time-zone database needed on the machine.
SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")

_SATURDAY, _MONTHS = 5, 12


@dataclass(frozen=True, slots=True)
class HolidayCalendar:
    """Days off that are not week-ends, and week-end days that are worked; a year not listed has only week-ends.

    `sources` names, by year, the notice that says so; a term that ends in another year may still move.
    """

    off: frozenset[date] = field(default_factory=frozenset)
    worked: frozenset[date] = field(default_factory=frozenset)
    sources: Mapping[int, str] = field(default_factory=dict, hash=False)

    def works(self, day: date) -> bool:
        """Whether `day` is a working day."""
        if day in self.worked:
            return True
        return day not in self.off and day.weekday() < _SATURDAY

    def knows(self, day: date) -> bool:
        """Whether the holidays of this day's year have been published; else only week-ends are days off in it."""
        return day.year in self.sources


def _calendar(data: Mapping[str, Any]) -> HolidayCalendar:
    off, worked, sources = set[date](), set[date](), dict[int, str]()
    for each in data["years"]:
        year = each["year"]
        sources[year] = each["source"]
        off.update(day for first, last in each["off"] for day in _span(year, first, last))
        worked.update(date.fromisoformat(f"{year}-{day}") for day in each["worked"])
    return HolidayCalendar(frozenset(off), frozenset(worked), MappingProxyType(sources))


def _span(year: int, first: str, last: str) -> Iterable[date]:
    start, end = date.fromisoformat(f"{year}-{first}"), date.fromisoformat(f"{year}-{last}")
    return (start + timedelta(days=more) for more in range((end - start).days + 1))


# Holidays as the State Council published them, year by year (data/holidays.json).
CHINA = _calendar(read_data("holidays"))


def publish(notice: Mapping[str, Any]) -> None:
    """Let `CHINA` know one more year, as `domain.holidays.notice_of` gives it; years it knew stay as they were.

    The one value of the domain that grows, because years go on being published while a house runs: whoever counts days
    holds this same calendar.
    """
    more = _calendar({"years": [notice]})
    object.__setattr__(CHINA, "off", CHINA.off | more.off)
    object.__setattr__(CHINA, "worked", CHINA.worked | more.worked)
    object.__setattr__(CHINA, "sources", MappingProxyType({**CHINA.sources, **more.sources}))


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
    return _working_day_from(start + timedelta(days=days), calendar)


def months_after(start: date, months: int, calendar: HolidayCalendar, more_days: int = 0) -> date:
    """Last day of a term of months: the same day of the last month, or its end; days that do not count are added.

    A last day off moves to the next working day. Source: 民法典 arts. 201-203.
    """
    year, month = divmod(start.year * _MONTHS + start.month - 1 + months, _MONTHS)
    last = min(start.day, monthrange(year, month + 1)[1])
    return _working_day_from(date(year, month + 1, last) + timedelta(days=more_days), calendar)


def _working_day_from(day: date, calendar: HolidayCalendar) -> date:
    while not calendar.works(day):
        day += timedelta(days=1)
    return day


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
