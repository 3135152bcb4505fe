"""How much a member's line carries downwards, from what the browser reports; pure, knows no packet and no picture.

Browsers estimate from the arrival of packets and say so (REMB, draft-alvestrand-rmcat-remb); receiver reports add
loss and round trips.  A browser whose processor is busy takes its own lateness for the line's, so its estimate
counts only while packets are lost or late indeed.  Down at once, up slowly (additive increase, multiplicative
decrease), and ever more patiently where going up has failed before.
"""

from __future__ import annotations

from mediation_server.media.embedded.limits import MS, SECOND

__all__ = ["DownlinkEstimator"]

_FIRST = 3_000_000  # bit/s believed before anything is known; a first second too rich is repaired, one too poor is seen
_LEAST = 30_000
_CONGESTED = 0.95  # a browser that grants less than this part of what was sent is overtaken by its line
_SOME_LOSS = 0.02
_PROVEN = 0.8  # of what arrives, the part that a line surely carries
_LATE = 100 * MS  # beyond the shortest round trip: a queue has formed
_EMPTIED = 2 * SECOND  # after which no queue is left of what was too much
_WEATHER = 6 * SECOND  # for which a line is bad without a picture on it: of its own
_UNBEARABLE = SECOND  # nobody can talk any more
_PICTURE = 260_000  # bit/s: one small picture and two voices
_MOST_VOICES = 400_000  # bit/s: not even for many voices is a line held for wider than this
_MEMORY = 10 * SECOND  # for which the shortest round trip is remembered, twice over
_LOSS = 0.10  # as in draft-ietf-rmcat-gcc §6
_MOST_AMBIENT = 0.3  # what loses more is overtaken, whatever else is wrong with it
_NO_BETTER = 0.7  # a loss that sending less did not bring below this part of it is not of our making
_FAST, _SLOW = 0.20, 0.05  # growth in a second, far from and close to where it failed before
_FIRST_HOLD, _LONGEST_HOLD = 2 * SECOND, 32 * SECOND
_FORGIVEN = 20 * SECOND
_ROOM = 1.3  # how much more than what is wanted may be believed


class DownlinkEstimator:
    """`bps` is what may be sent; times are monotonic ns."""

    __slots__ = (
        *(
            "_ambient",
            "_failed_at",
            "_failed_bps",
            "_hold",
            "_loss_then",
            "_told",
            "_tried_bps",
            "_until",
            "bps",
            "loss",
            "picture",
        ),
        *("_bad_since", "_late", "_shortest", "_shortest_until"),
    )

    def __init__(self) -> None:
        self.bps = _FIRST
        self.loss = 0.0
        self.picture = _PICTURE  # what one picture and all the voices take here; `needs` says it
        self._bad_since = 0  # since when the line is bad though it carries voices alone; 0: it is not
        self._late = 0  # ns beyond the shortest round trip
        self._shortest = (1 << 62, 1 << 62)  # round trip: of the present stretch of time, and of the one before
        self._shortest_until = 0
        self._told = 0  # the browser's own estimate; 0 before the first
        self._ambient = 0.0  # loss that is there whatever is sent
        self._loss_then: tuple[int, float] | None = None  # when less was sent because of a loss, and of which
        self._failed_bps = 0
        self._tried_bps = 0  # what was believed when it failed
        self._failed_at = -_FORGIVEN
        self._hold = _FIRST_HOLD
        self._until = 0  # no growth before this

    def needs(self, bps: int) -> None:
        """What the voices and one picture, the smallest there is, take now.

        Where there was room for them there is when somebody else speaks too: else that voice would take the picture
        for as long as nothing may grow.
        """
        before, self.picture = self.picture, min(max(_PICTURE, bps), _MOST_VOICES)
        if self.bps >= before:
            self.bps = max(self.bps, self.picture)

    def told(self, bps: int, sent: int, now: int) -> None:
        """The browser's own estimate, while `sent` bit/s were on their way to it."""
        losing, late = self.loss > self._bearable, self._late > _LATE
        troubled = losing or late
        self._told = bps if troubled else max(bps, self._told)
        if not troubled or bps >= sent * _CONGESTED or bps >= self.bps:
            return
        if losing:  # a browser that had voices alone for a while believes in little more: what arrives is proof
            proven = max(bps, int(sent * (1 - self.loss) * _PROVEN))
            self._fall(min(self.bps, max(proven, self._left)), now)
        elif self._late > _UNBEARABLE:
            self._fall(bps, now)
        elif now - self._failed_at >= SECOND:  # late, and nothing lost: step by step, and one picture stays
            self._fall(min(self.bps, max(bps, self.bps // 2, self.picture)), now)

    def answered(self, rtt: int, now: int) -> None:
        """A report took so many ns there and back."""
        if now >= self._shortest_until:
            self._shortest, self._shortest_until = (1 << 62, self._shortest[0]), now + _MEMORY
        self._shortest = (min(rtt, self._shortest[0]), self._shortest[1])
        self._late = rtt - min(self._shortest)
        self._look(now)

    def lost(self, fraction: float, sent: int, now: int) -> None:
        """The part of the packets that did not arrive since the last report, 0..1."""
        self.loss = fraction
        self._look(now)
        if self.bps < self.picture and self._loss_then is None:  # no picture is there whose absence could help
            if now - self._failed_at >= _EMPTIED:
                self._ambient = min(_MOST_AMBIENT, max(fraction, self._ambient * 0.9))
            return
        self._judge_loss(fraction, now)
        if fraction > max(_LOSS, self._ambient * 1.3) and now >= self._until - self._hold // 2:
            if self._loss_then is None:
                self._loss_then = (now, fraction)
            self._fall(min(self.bps, max(int(min(sent, self.bps) * (1 - fraction / 2)), self._left)), now)

    def grow(self, elapsed: int, wanted: int, now: int) -> None:
        """Time has passed; `wanted` bit/s would be sent if the line carried everything that is looked at."""
        if now < self._until or self.loss > max(_LOSS / 2, self._ambient * 1.3):
            return
        if now - self._failed_at > _FORGIVEN + self._hold:
            self._hold, self._failed_bps = _FIRST_HOLD, 0
        close = self._failed_bps * 0.8 < self.bps < self._failed_bps * 1.2
        grown = self.bps + int(self.bps * (_SLOW if close else _FAST) * elapsed / SECOND)
        if self._calm:  # nothing speaks against one small picture: try it
            grown = max(grown, self.picture)
        self.bps = max(min(max(grown, self._told), int(wanted * _ROOM)), min(self.bps, _FIRST))

    def _fall(self, bps: int, now: int) -> None:
        if self.bps < self.picture:  # no picture is on the line any more: nothing new has failed
            self.bps = max(min(bps, self.bps), _LEAST)
            return
        if now >= self._until:  # a new attempt has failed; where the one before it did, there is no hurry to try again
            again = now - self._failed_at < _FORGIVEN + self._hold and self.bps < self._tried_bps * 1.2
            self._hold = min(2 * self._hold, _LONGEST_HOLD) if again else self._hold
            self._tried_bps = self.bps
        self._failed_bps, self._failed_at = max(bps, _LEAST), now
        self._until = now + self._hold
        self.bps = max(bps, _LEAST)

    @property
    def _left(self) -> int:
        """What a loss leaves, however little was sent: one picture where there is no queue, for it may not be ours."""
        return self.picture if self.loss <= _MOST_AMBIENT and self._late <= _LATE else 0

    @property
    def _bearable(self) -> float:
        """The loss that is there whatever is sent, and a little."""
        return max(_SOME_LOSS, self._ambient * 1.3)

    @property
    def _calm(self) -> bool:
        return self.loss <= self._bearable and self._late <= _LATE

    def _look(self, now: int) -> None:
        """A line that stayed bad without any picture on it and is good now has healed: a new start."""
        if self.bps >= self.picture:
            self._bad_since = 0
        elif not self._calm:
            self._bad_since = self._bad_since or now
        elif self._bad_since:
            if now - self._bad_since > _WEATHER:
                self._hold, self._tried_bps, self._failed_bps = _FIRST_HOLD, 0, 0
                self._until, self._ambient = min(self._until, now), 0.0
            self._bad_since = 0

    def _judge_loss(self, fraction: float, now: int) -> None:
        if self._loss_then is not None and now - self._loss_then[0] >= 2 * SECOND:
            before, self._loss_then = self._loss_then[1], None
            self._ambient = fraction if before * _NO_BETTER <= fraction <= _MOST_AMBIENT else 0.0
        self._ambient = min(self._ambient, max(fraction, self._ambient * 0.9))
