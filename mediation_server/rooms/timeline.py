"""`Timeline`, the one clock of a sitting: milliseconds from its start, unmoved by jumps of the wall clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from mediation_server.clock import Clock

__all__ = ["Timeline"]


@dataclass(frozen=True, slots=True)
class Timeline:
    """Offsets of a sitting that started at `started_at` (UTC), which was `origin_ms` on the monotonic clock."""

    started_at: datetime
    origin_ms: int

    @classmethod
    def of(cls, started_at: datetime, clock: Clock, jumped_ms: int = 0) -> Timeline:
        """The timeline of a sitting; after a restart the wall clock tells how long it has been running.

        `jumped_ms`: how far that has jumped since the start, as the log has it.
        """
        elapsed_ms = round((clock.now() - started_at).total_seconds() * 1000) - jumped_ms
        return cls(started_at, clock.monotonic_ms() - max(0, elapsed_ms))

    def offset_ms(self, clock: Clock) -> int:
        """Milliseconds since the start of the sitting."""
        return max(0, clock.monotonic_ms() - self.origin_ms)

    def offset_of_ns(self, monotonic_ns: int) -> int:
        """Milliseconds from the start of the sitting to a monotonic instant in ns (an RTP arrival time)."""
        return monotonic_ns // 1_000_000 - self.origin_ms
