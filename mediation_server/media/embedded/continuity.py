"""One receiver's numbers over pauses and changes of encoding, so that it sees one stream; knows no socket.

A receiver gets whatever it gets under one SSRC.  Sequence numbers go on without a hole, timestamps follow one
clock, and PictureID and TL0PICIDX go on by one (RFC 7741 §4.2): a picture with a smaller index counts as an
old one, and the browser's picture stands still until a key frame happens to come with a larger one.
"""

from __future__ import annotations

from mediation_server.media.embedded.limits import SECOND
from mediation_server.media.embedded.runs import Rewriting, Segment

__all__ = ["Continuity", "StreamClock"]

_WRAP = 1 << 32
_STEP = 100  # one hundredth of a second: the least by which the picture after a change is later than the one before
_TRUSTED = SECOND  # sender reports that put a stream further off than its packets arrive are not believed


class StreamClock:
    """How the timestamps of one encoding lie in time: by sender reports, else by arrival."""

    __slots__ = ("_rate", "newest", "report")

    def __init__(self, rate: int) -> None:
        self.report: tuple[int, int, int] | None = None  # NTP, RTP, arrival in ns
        self._rate = rate
        self.newest = (0, 0)  # timestamp and arrival in ns of the newest packet

    @property
    def rate(self) -> int:
        """Ticks in a second."""
        return self._rate

    def named_as(self, other: StreamClock, timestamp: int) -> int:
        """What this clock calls the instant that `other` calls `timestamp`, not reduced to 32 bits."""
        (mine, at), (theirs, then) = self.newest, other.newest
        by_arrival = mine + _signed(timestamp - theirs) + (then - at) * self._rate // SECOND
        if self.report is None or other.report is None:
            return by_arrival
        (ntp, rtp, _), (other_ntp, other_rtp, _) = self.report, other.report
        instant = other_ntp + (_signed(timestamp - other_rtp) << 32) // self._rate
        by_report = rtp + ((instant - ntp) * self._rate >> 32)
        apart = _signed(by_report - by_arrival)
        return by_arrival + apart if abs(apart) * SECOND <= _TRUSTED * self._rate else by_arrival


class Continuity:
    """`begin` at the packet a stretch starts with, `sent` for what went out in order, `end` where it ceases."""

    __slots__ = ("_clock", "_newest", "_next", "floor", "rewriting")

    def __init__(self, ssrc: int, sequence: int | None) -> None:
        self.rewriting = Rewriting(ssrc)
        self.floor = 0  # running number of the first packet of this stretch
        self._next = sequence  # output sequence number to go on with; None: the running number itself
        self._clock: StreamClock | None = None
        self._newest: Segment | None = None  # as it came, of those that went out under the present rewriting

    def begin(self, number: int, first: Segment | None, clock: StreamClock) -> None:
        """Go on with running number `number` of the encoding with that clock; `first`: its packet, if already there."""
        ssrc, _, timestamp, picture_id, tl0 = self.rewriting
        sequence = 0 if self._next is None else self._next - number
        last = self._newest
        if first is not None and last is not None:
            picture_id += last.picture_id + 1 - first.picture_id
            tl0 += last.tl0 + 1 - first.tl0
            if clock is not self._clock and self._clock is not None:
                after = last.timestamp + timestamp
                timestamp += self._clock.named_as(clock, first.timestamp) - first.timestamp
                timestamp += max(0, clock.rate // _STEP - _signed(first.timestamp + timestamp - after))
        self.rewriting = Rewriting(ssrc, sequence, timestamp % _WRAP, picture_id & 0x7FFF, tl0 & 0xFF)
        self.floor = number
        self._clock = clock
        if first is not None:
            self._newest = first

    def sent(self, newest: Segment) -> None:
        """A packet went out in order."""
        self._newest = newest

    def end(self, number: int) -> None:
        """The stretch is over; its last packet was the one before running number `number`."""
        self._next = number + self.rewriting.sequence


def _signed(difference: int) -> int:
    """A difference of 32-bit timestamps as the shorter way round."""
    return (difference + (_WRAP >> 1)) % _WRAP - (_WRAP >> 1)
