"""The days of the demo: T, its first day, and the clock of days gone by; knows no matter."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from mediation_server.domain.calendar import SHANGHAI

__all__ = ["Days", "Then", "court_time"]


def court_time(day: date, hour: int, minute: int = 0) -> datetime:
    """An instant by the clock of Asia/Shanghai."""
    return datetime.combine(day, time(hour, minute), SHANGHAI)


@dataclass(frozen=True, slots=True)
class Days:
    """The first day, T, and instants around it."""

    today: date

    @property
    def year(self) -> int:
        """The year that stands in the numbers of T's matters."""
        return self.today.year

    def day(self, days: int) -> date:
        """T and so many days."""
        return self.today + timedelta(days=days)

    def at(self, days: int, hour: int, minute: int = 0) -> datetime:
        """An instant of that day by the clock of Asia/Shanghai."""
        return court_time(self.day(days), hour, minute)

    def written(self, days: int) -> str:
        """That day as it is written in an agreement."""
        day = self.day(days)
        return f"{day.year}年{day.month}月{day.day}日"


@dataclass(frozen=True, slots=True)
class Then:
    """The clock of a day gone by, for what was written down on it."""

    instant: datetime

    def now(self) -> datetime:
        """That instant."""
        return self.instant.astimezone(UTC)

    def monotonic_ms(self) -> int:
        """Nothing is measured in the past."""
        return 0
