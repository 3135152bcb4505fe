"""Stand-ins for what lies outside the process; each passes the same contract test as the real one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class FakeClock:
    """A clock that moves when told to; starts at a fixed instant, so that what depends on it is the same each time."""

    def __init__(self, start: datetime = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)) -> None:
        self._start = start
        self._elapsed = timedelta()

    def now(self) -> datetime:
        return self._start + self._elapsed

    def monotonic_ms(self) -> int:
        return self._elapsed // timedelta(milliseconds=1)

    def advance(self, *, seconds: float = 0, hours: float = 0) -> None:
        self._elapsed += timedelta(seconds=seconds, hours=hours)
