"""How late the event loop is: a timer that notes by how much it was missed; knows nothing of what made it late."""

from __future__ import annotations

import asyncio
import contextlib
from bisect import bisect_left
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

__all__ = ["BOUNDS", "LagFigures", "LoopLag"]

# Seconds. A packet waits as long as the loop is late: 1 ms is the house's figure for p99, 20 ms is one frame of speech.
BOUNDS = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
_PERIOD_S = 0.1
_MINUTE = 600  # probes


@dataclass(frozen=True, slots=True)
class LagFigures:
    """Seconds. `counts` (by `BOUNDS`, and beyond) and `total` are since the start, the rest is of the last minute."""

    counts: tuple[int, ...]
    total: float
    median: float
    p99: float
    worst: float


class LoopLag:
    """Ten probes a second; keeps a histogram of fixed size and one minute of probes."""

    def __init__(self, *, period_s: float = _PERIOD_S) -> None:
        self._period_s = period_s
        self._counts = [0] * (len(BOUNDS) + 1)
        self._total = 0.0
        self._lately: deque[float] = deque(maxlen=_MINUTE)
        self._timer: asyncio.TimerHandle | None = None

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """Probe the running loop while the block lasts."""
        self._arm()
        try:
            yield
        finally:
            if self._timer is not None:
                self._timer.cancel()

    def note(self, late_s: float) -> None:
        """One probe that came so late."""
        late_s = max(0.0, late_s)
        self._counts[bisect_left(BOUNDS, late_s)] += 1
        self._total += late_s
        self._lately.append(late_s)

    def figures(self) -> LagFigures:
        """What the probes have told so far."""
        lately = sorted(self._lately)
        return LagFigures(
            tuple(self._counts), self._total, _quantile(lately, 0.5), _quantile(lately, 0.99), _quantile(lately, 1.0)
        )

    def _arm(self) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time() + self._period_s
        self._timer = loop.call_at(due, self._probe, due)

    def _probe(self, due: float) -> None:
        self.note(asyncio.get_running_loop().time() - due)
        self._arm()


def _quantile(ordered: Sequence[float], share: float) -> float:
    """The value below which that share lies; 0 before there is one."""
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0
