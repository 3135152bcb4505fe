"""The gaps of a recording: one is open at most, each has a reason, none overlap; knows no clock and no file."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from mediation_server.domain.recording import Gap, GapReason

__all__ = ["GapLedger", "gap_ms"]

GapListener = Callable[[Gap], None]


def gap_ms(gaps: Iterable[Gap], total_ms: int) -> int:
    """How much of `total_ms` the gaps take."""
    return sum(min(gap.to_ms if gap.to_ms is not None else total_ms, total_ms) - gap.from_ms for gap in gaps)


class GapLedger:
    """Tells its listener each gap twice: when it begins (`to_ms` None) and when it ends."""

    def __init__(self, listener: GapListener) -> None:
        self.open: Gap | None = None
        self._listener = listener
        self._last_end_ms = 0

    def begin(self, reason: GapReason, at_ms: int, *, by: str = "", cause: str = "") -> None:
        """Begin a gap; another that is open ends here. The same reason again does nothing."""
        if self.open is not None and self.open.reason is reason:
            return
        self.end(at_ms)
        self.open = Gap(max(at_ms, self._last_end_ms), None, reason, by, cause)
        self._listener(self.open)

    def end(self, at_ms: int) -> None:
        """End the open gap, if there is one."""
        if self.open is None:
            return
        ended = replace(self.open, to_ms=max(at_ms, self.open.from_ms))
        self.open = None
        self._last_end_ms = ended.to_ms or 0
        self._listener(ended)
