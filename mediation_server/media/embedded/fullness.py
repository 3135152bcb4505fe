"""Whether a publisher's line is full (more is lost than comes) or became slow; pure, knows no stream.

A browser notices it by itself when the reports of a second say so; until then its pictures take the place of its words.
So it is told at once how much comes through (`allowance`).  After an outage everything is missing as well, but nothing
came while it lasted: nobody is told anything then.
"""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

from mediation_server.media.embedded.limits import SECOND

__all__ = ["Fullness"]

_REMEMBERED = 12  # ticks
_LATELY = 4  # ticks
_SUDDENLY = 2  # ticks
_COLLAPSED = 0.5  # of what came through before: what merely comes in another order comes as fast as ever
_TELLING = 20  # packets; fewer say nothing about a line
_SLOWED = 0.25  # of what came before, in one tick
_WORTH = 300_000  # bit/s: a line that brought less cannot become much narrower
_SPREAD = 2  # packets of a tick: a line is there, and no moment without one
_BURST = 8  # packets that are missing at once: a moment without a line, or one that has become narrow
_STRAY = 2  # packets: what any line loses now and then
_PATIENCE = SECOND


class _Look(NamedTuple):
    holes: int
    came: int
    bytes_in: int
    at: int


class Fullness:
    """Give it a look at every tick (100 ms); times are monotonic ns."""

    def __init__(self) -> None:
        self.full = False  # probably still
        self._until = 0
        self._lately: deque[_Look] = deque(maxlen=_REMEMBERED + 1)

    def look(self, holes: int, came: int, bytes_in: int, now: int) -> None:
        """How many packets are missing and how many came since all streams began."""
        here = _Look(holes, came, bytes_in, now)
        self._lately.append(here)
        before = self._before(_LATELY)
        if self._comes_steadily(_LATELY) and here.holes - before.holes > max(here.came - before.came, _TELLING):
            self.full, self._until = True, now + _PATIENCE
        elif now >= self._until:
            self.full = False

    def filling(self, holes: int, came: int) -> bool:
        """Whether more is lost than comes just now, up to this moment."""
        before = self._before(1)
        return holes - before.holes > max(came - before.came, _BURST)

    def collapsed(self) -> int:
        """Bit/s that still come through if much less comes than before and more is lost; 0: neither."""
        here, before = self._lately[-1], self._before(_SUDDENLY)
        through = _bps(before, here)
        fills = self._comes_steadily(_SUDDENLY) and self.filling(here.holes, here.came)
        return through if fills and through < _COLLAPSED * _bps(self._lately[0], before) else 0

    @property
    def slowed(self) -> bool:
        """Whether so little came in the last tick, though something did, that a closer look before the next is due."""
        here, before = self._lately[-1], self._before(1)
        usual = _bps(self._lately[0], before)
        return here.came > before.came and usual > _WORTH and _bps(before, here) < _SLOWED * usual

    def slow(self, came: int, bytes_in: int, now: int) -> int:
        """The closer look: bit/s since the tick before the last if it is as little still; 0: it is not."""
        before = self._before(1)
        through = _bps(before, _Look(0, came, bytes_in, now))
        slow = came - before.came >= _SPREAD and through < _SLOWED * _bps(self._lately[0], before)
        return through if slow else 0

    def calm(self, holes: int) -> bool:
        """Whether hardly anything has been lost lately, up to this moment."""
        return holes - self._before(_LATELY).holes <= _STRAY

    def through(self) -> int:
        """Bit/s that came lately."""
        return _bps(self._before(_LATELY), self._lately[-1])

    def _comes_steadily(self, ticks: int) -> bool:
        """Whether something came in each of the last ticks."""
        last = list(self._lately)[-ticks - 1 :]
        return len({each.came for each in last}) == ticks + 1

    def _before(self, ticks: int) -> _Look:
        """The look so many ticks before the last one."""
        return self._lately[max(0, len(self._lately) - 1 - ticks)] if self._lately else _Look(0, 0, 0, 0)


def _bps(before: _Look, here: _Look) -> int:
    return (here.bytes_in - before.bytes_in) * 8 * SECOND // max(1, here.at - before.at)
