"""A publisher's line upwards: what is given up while it is full, and how much its browser is told to send."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from mediation_server.media.embedded.allowance import LATE, Allowance
from mediation_server.media.embedded.encoding import Encoding
from mediation_server.media.embedded.fullness import Fullness
from mediation_server.media.embedded.limits import MS, SECOND
from mediation_server.media.engine import Kind

__all__ = ["PublisherLine"]

_TICK = 100 * MS
_CLOSER = 0.03  # s
_LOOKS = 7  # until two ticks later
_EMPTYING = 2 * SECOND  # at most; measured: 1.5 s with a queue of 0.4 s


class PublisherLine:
    """`streams` and `bytes_in` say what comes over it; `tell` sends bit/s to the browser."""

    def __init__(
        self,
        clock: Callable[[], int],
        streams: Callable[[], list[Encoding]],
        bytes_in: Callable[[], int],
        tell: Callable[[int], None],
    ) -> None:
        self._clock = clock
        self._streams = streams
        self._bytes_in = bytes_in
        self._tell = tell
        self._fullness = Fullness()
        self._allowance = Allowance()
        self._closer: asyncio.TimerHandle | None = None
        self._torn: set[Encoding] = set()
        self._empties_until = 0
        self._late = 0

    def full(self, now: int) -> bool:
        """Whether more was lost than came for some time, or what waits in front of it is going."""
        return self._fullness.full or now < self._empties_until

    def late(self, now: int) -> int:
        """By how many ns everything comes late because it waits in front of the line."""
        return self._late if now < self._empties_until else 0

    def filling(self, now: int) -> bool:
        """Whether it is full, or is becoming so just now."""
        return self.full(now) or self._fullness.filling(*self._counted())

    def close(self) -> None:
        """Look no more; idempotent."""
        if self._closer is not None:
            self._closer.cancel()

    def tick(self, now: int) -> None:
        """Every 100 ms: pictures that are missing are given up while it is full, for each takes the place of a word."""
        self._fullness.look(*self._counted(), self._bytes_in(), now)
        told = self._allowed(now)
        if told is not None:
            self._tell(told)
        elif self._fullness.slowed and not self._allowance.held(now):
            self._look_soon(now - _TICK, _LOOKS)
        if self.full(now):
            self._give_up()
        else:
            self._mend(now)

    def _give_up(self) -> None:
        for encoding in self._streams():
            if encoding.codec.kind is Kind.VIDEO and encoding.reception.gaps:
                encoding.reception.forget_gaps()
                self._torn.add(encoding)

    def _mend(self, now: int) -> None:
        torn, self._torn = self._torn, set()
        for encoding in torn:
            if encoding.watched:
                encoding.request_key_frame(now)

    def _allowed(self, now: int) -> int | None:
        through = self._fullness.collapsed()
        if through:
            return self._allowance.narrowed(through, now)
        late = self._lateness(now - _TICK) if self._allowance.watched(now) else None
        if late is None:
            return None
        self._late = late
        if late < LATE and not self._allowance.held(now):
            self._empties_until = 0
        return self._allowance.tick(late, self._fullness.through(), now)

    def _look_soon(self, since: int, looks: int) -> None:
        self.close()
        self._closer = asyncio.get_running_loop().call_later(_CLOSER, self._look_closer, since, looks - 1)

    def _look_closer(self, since: int, looks: int) -> None:
        """Between two ticks: before a line that has become narrow loses a word.

        Where something is lost already it may be the weather: then what is missing is asked for as ever.
        """
        now = self._clock()
        holes, came = self._counted()
        through = self._fullness.slow(came, self._bytes_in(), now)
        late = self._lateness(since) if through else None
        if late is not None and late >= LATE:
            self._late = late
            self._empties_until = now + _EMPTYING if self._fullness.calm(holes) else 0
            self._tell(self._allowance.narrowed(through, now))
        elif looks and not self._allowance.held(now):
            self._look_soon(since, looks)

    def _lateness(self, since: int) -> int | None:
        """By how many ns everything is late that has come after `since`; None: nothing came, which says nothing."""
        late = (each.reception.lateness(since) for each in self._streams())
        return min((each for each in late if each is not None), default=None)

    def _counted(self) -> tuple[int, int]:
        """Holes and arrivals of all streams since they began."""
        receptions = [each.reception for each in self._streams()]
        return sum(each.holes for each in receptions), sum(each.came for each in receptions)
