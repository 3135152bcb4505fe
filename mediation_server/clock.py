"""Time as the product sees it: wall clock in UTC and a monotonic clock; the only module that reads them."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Protocol

__all__ = ["Clock", "SystemClock"]


class Clock(Protocol):
    """A source of time; tests put a fake in its place."""

    def now(self) -> datetime:
        """The wall clock, timezone-aware, in UTC."""
        ...

    def monotonic_ms(self) -> int:
        """Milliseconds of a clock that never jumps; only differences mean anything."""
        ...


class SystemClock:
    """The clock of this machine."""

    def now(self) -> datetime:
        """The wall clock, timezone-aware, in UTC."""
        return datetime.now(UTC)

    def monotonic_ms(self) -> int:
        """Milliseconds since an arbitrary point (CLOCK_MONOTONIC)."""
        return time.monotonic_ns() // 1_000_000
