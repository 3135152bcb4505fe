"""How much a publisher whose line became narrow may send; pure, knows no stream.

It is told as REMB (draft-alvestrand-rmcat-remb): little at first, so that what waits in front of the line goes; then
more and more, as long as no queue grows again.  A queue shows by how late everything comes.  What stays late however
little is sent comes by a longer path.
"""

from __future__ import annotations

from collections import deque

from mediation_server.media.embedded.limits import MS, SECOND

__all__ = ["LATE", "Allowance"]

LATE = 80 * MS
_PART = 0.5  # of what comes through: the rest is for what already waits in front of the line
_LESS = 0.7  # each time a queue has not become shorter by an eighth
_GOING = 7 / 8
_SETTLING = SECOND // 2
_LATELY = 4  # ticks
_LEAST = 40_000  # bit/s: the voice goes on
_GROWTH = 1.08  # in a tick; ten times as much in three seconds
_ENOUGH = 20_000_000  # bit/s: no limit any more
_PATIENCE = SECOND
_WATCHED = 60 * SECOND
_IN_VAIN = 2  # settlings with the least
_LONGER = 10 * SECOND  # by then the longer path is the usual one


class Allowance:
    """Bit/s; times are monotonic ns."""

    def __init__(self) -> None:
        self._limit = 0  # 0: none
        self._held_until = self._watched_until = self._settles_at = 0
        self._late: deque[int] = deque(maxlen=_LATELY)
        self._late_before = 0  # when less was told last
        self._vain = 0
        self._longer = self._longer_until = 0  # by how many ns the path is

    def watched(self, now: int) -> bool:
        """Whether a limit holds, or was told within the last minute: how late everything comes matters."""
        return now < self._watched_until or bool(self._limit)

    def held(self, now: int) -> bool:
        """Whether a limit was told just now, and what was sent before it is still under way."""
        return now < self._held_until

    def narrowed(self, through: int, now: int) -> int:
        """The line carries so many bit/s all at once: what to tell the browser."""
        before = self._limit if self.held(now) else _ENOUGH
        self._held_until, self._watched_until = now + _PATIENCE, now + _WATCHED
        self._late.clear()
        self._late_before = 0
        self._limit = min(before, max(_LEAST, int(through * _PART)))
        return self._limit

    def tick(self, late: int, through: int, now: int) -> int | None:
        """Every 100 ms while `watched`, with how late (ns) all came: bit/s to tell the browser; None: nothing."""
        if self.held(now):
            return None
        if now >= self._longer_until:
            self._longer = 0
        late -= self._longer
        self._late.append(late)
        if len(self._late) == _LATELY and min(self._late) >= LATE:
            return self._less(min(self._late), through, now) if now >= self._settles_at else None
        return self._more() if self._limit and late < LATE else None

    def _less(self, late: int, through: int, now: int) -> int | None:
        self._settles_at = now + _SETTLING
        goes, self._late_before = late < self._late_before * _GOING, late
        if goes:
            return None
        self._vain = self._vain + 1 if self._limit == _LEAST else 0
        if self._vain > _IN_VAIN:
            self._longer, self._longer_until = self._longer + late, now + _LONGER
            self._vain = self._late_before = 0
            self._late.clear()
            return None
        self._limit = max(_LEAST, int(min(self._limit or through, through) * _LESS))
        self._watched_until = now + _WATCHED
        return self._limit

    def _more(self) -> int:
        told = int(self._limit * _GROWTH)
        self._limit = told if told < _ENOUGH else 0
        return told
