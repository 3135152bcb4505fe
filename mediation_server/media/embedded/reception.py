"""What has arrived of one RTP stream: order, gaps, what to ask for again, reports; knows no payload and no socket.

Each usable packet gets a *running number* without gaps for what was dropped on purpose (probes, muted or
unusable packets), so that receivers never ask for packets they were not meant to get.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from mediation_server.media.embedded.limits import MS, SECOND, Limits
from mediation_server.media.embedded.sequence import extend

__all__ = ["DUPLICATE", "UNUSABLE", "Reception", "ReportBlock"]

DUPLICATE = -1
UNUSABLE = -2

_JUMP = 2_000  # a stream that moves further than this has restarted (RFC 3550 §A.1: MAX_DROPOUT 3000)
_TRIES = 10
_GIVE_UP = SECOND
_GUESS = 80 * MS
_CALM = 15 / 16
_NOTED = 64
_WRAPPED_S = 5
_NEVER = float("inf")
_SHORTEST, _LONGEST = 20 * MS, 250 * MS
_LATELY = 10  # reports, which are seconds: clocks drift apart, and a path may become longer for good


@dataclass(slots=True)
class _Missing:
    number: int
    since: int
    asked: int = 0
    tries: int = 0


@dataclass(frozen=True, slots=True)
class ReportBlock:
    """The figures of an RTCP receiver report block (RFC 3550 §6.4.1); jitter in RTP clock units."""

    fraction_lost: int
    packets_lost: int
    highest: int
    jitter: int


class Reception:
    """Receiver state of one stream."""

    def __init__(self, limits: Limits, clock_rate: int) -> None:
        self.next_number = 0  # running number of the next packet in order
        self.lost_track = False  # the stream jumped or lost more than can be asked for: it needs a key frame
        self.measured_rtt = 0  # ns, from answered requests; 0 when none was answered yet
        self._limits = limits
        self._clock_rate = clock_rate
        self._top: int | None = None  # unwrapped sequence number of the newest packet
        self._shift = 0  # unwrapped sequence number minus running number
        self._suspect: int | None = None
        self._missing: dict[int, _Missing] = {}
        self._skipping = False
        self._base = 0
        self._received = 0
        self._before = (0, 0)  # expected and received at the last report
        self._jitter = 0.0
        self._arrivals: list[tuple[int, int, int]] = []  # not yet in the jitter
        self._transit: float | None = None
        self._usual = 0.0  # transit, smoothed: a packet that overtakes all others says nothing
        self._usual_lately: deque[float] = deque(maxlen=_LATELY)
        self._closed_at: int | None = None  # where what was missing was given up; nothing of the past is taken there

    @property
    def gaps(self) -> bool:
        """Whether packets are missing that may still come."""
        return bool(self._missing)

    @property
    def holes(self) -> int:
        """How many packets are missing since the stream began, those included that will never come."""
        return max(0, self._top - self._base + 1 - self._received) if self._top is not None else 0

    @property
    def came(self) -> int:
        """How many packets have come since the stream began."""
        return self._received

    def accept(self, sequence: int, now: int, *, usable: bool) -> int:
        """The running number of a packet, or `DUPLICATE` or `UNUSABLE`; in order when `next_number - 1` after."""
        if self._top is None:
            self._restart(sequence)
        top = self._top or 0
        unwrapped = extend(sequence, top)
        ahead = unwrapped - top
        if abs(ahead) > _JUMP:
            if sequence != self._suspect:  # two in a row prove the jump (RFC 3550 §A.1)
                self._suspect = (sequence + 1) & 0xFFFF
                return DUPLICATE
            self._restart(sequence)
            unwrapped, ahead = self._base, 1
            self.lost_track = True
        if ahead <= 0:
            return self._late(unwrapped, now, usable=usable)
        if ahead > 1:
            self._gap(top + 1, unwrapped, now)
        self._skipping = False
        self._top = unwrapped
        self._received += 1
        if not usable:
            self._shift += 1
            return UNUSABLE
        number = unwrapped - self._shift
        self.next_number = number + 1
        return number

    def lacks(self, sequence: int) -> bool:
        """Whether a packet of that number would be news, though a later one is here already."""
        if self._top is None or self._top == self._closed_at:
            return False
        unwrapped = extend(sequence, self._top)
        return unwrapped in self._missing or 0 < unwrapped - self._top < self._limits.missing

    def in_order(self, sequence: int) -> int | None:
        """The running number of a usable packet of that sequence number, if it is the next one."""
        top = self._top
        return None if top is None or (sequence - top) & 0xFFFF != 1 else top + 1 - self._shift

    def advance(self, count: int, timestamp: int, now: int) -> int:
        """Take so many usable packets in order at once, all of one timestamp; the running number of the first."""
        self._arrivals.append((timestamp, now, count))
        if len(self._arrivals) >= _NOTED:
            self._take_arrivals()
        top = self._top or 0
        number = top + 1 - self._shift
        self._top = top + count
        self._received += count
        self.next_number = number + count
        return number

    def due(self, now: int, late: int = 0) -> list[int]:
        """Sequence numbers (16 bits, ascending) to ask for now; those hopeless are given up.

        `late`: by how many ns more than usual all comes now; what was asked for waits as long in front of the line.
        """
        pause = min(max((self.measured_rtt or _GUESS) * 5 // 4, _SHORTEST), _LONGEST) + late
        old = now - _GIVE_UP - late
        hopeless = [key for key, gap in self._missing.items() if gap.tries >= _TRIES or (gap.tries and gap.since < old)]
        for key in hopeless:
            del self._missing[key]
        asking = [(key, gap) for key, gap in self._missing.items() if not gap.asked or now - gap.asked >= pause]
        for _, gap in asking:
            gap.asked = now
            gap.tries += 1
        return [key & 0xFFFF for key, _ in sorted(asking, key=lambda pair: pair[0])]

    def skip(self) -> None:
        """Nothing came for long: if something is missing before the next packet, do not wait for it."""
        self._skipping = True

    def forget_gaps(self) -> None:
        """Wait for none of the missing packets any more; should they come, they count as duplicates."""
        self._missing.clear()
        self._closed_at = self._top

    def timed(self, timestamp: int, now: int) -> None:
        """Note the RTP timestamp and arrival of one packet, for the jitter."""
        self._arrivals.append((timestamp, now, 1))
        if len(self._arrivals) >= _NOTED:
            self._take_arrivals()

    def _take_arrivals(self) -> None:
        """Take what was noted into the jitter (RFC 3550 §6.4.1); many at once, for less than each by itself."""
        arrivals, self._arrivals = self._arrivals, []
        for timestamp, now, count in arrivals:
            transit = now * self._clock_rate / SECOND - timestamp
            step = abs(transit - self._transit) if self._transit is not None else _NEVER
            if step < self._clock_rate * _WRAPPED_S:
                self._jitter += (step - self._jitter) / 16
                self._usual += (transit - self._usual) / 16
            else:  # the first, or the timestamp wrapped or the clock was changed
                self._usual = transit
                self._usual_lately.clear()
            self._transit = transit
            if count > 1:  # the others lie no way apart
                self._jitter *= _CALM ** (count - 1)

    def lateness(self, since: int) -> int | None:
        """How much longer in ns the quickest packet since then took than is usual; None: nothing came, or it is new."""
        rate = self._clock_rate
        came = [at * rate / SECOND - timestamp for timestamp, at, _ in self._arrivals if at > since]
        self._take_arrivals()
        if not came or not self._usual_lately:
            return None
        return max(0, int((min(came) - min(self._usual_lately)) * SECOND / rate))

    def report(self) -> ReportBlock | None:
        """Figures since the last report, or None before the first packet."""
        if self._top is None:
            return None
        self._take_arrivals()
        self._usual_lately.append(self._usual)
        expected = self._top - self._base + 1
        old_expected, old_received = self._before
        self._before = (expected, self._received)
        lately = expected - old_expected
        lost = lately - (self._received - old_received)
        fraction = min(255, max(0, (lost << 8) // lately)) if lately > 0 else 0
        total = min(max(expected - self._received, -(1 << 23)), (1 << 23) - 1)
        return ReportBlock(fraction, total, self._top & 0xFFFFFFFF, int(self._jitter) & 0xFFFFFFFF)

    def _restart(self, sequence: int) -> None:
        self._missing.clear()
        self._suspect = None
        self._base = sequence
        self._top = sequence - 1
        self._shift = sequence - self.next_number
        self._received = 0
        self._before = (0, 0)

    def _late(self, unwrapped: int, now: int, *, usable: bool) -> int:
        gap = self._missing.pop(unwrapped, None)
        if gap is None:
            return DUPLICATE
        self._received += 1
        if gap.tries == 1 and now > gap.asked:  # else it was on its way when we asked
            sample = min(now - gap.asked, SECOND)
            self.measured_rtt += (sample - self.measured_rtt) // 4 if self.measured_rtt else sample
        return gap.number if usable else UNUSABLE

    def _gap(self, first: int, end: int, now: int) -> None:
        if self._skipping or end - first + len(self._missing) > self._limits.missing:
            self._missing.clear()
            self.lost_track = True
            return
        for key in range(first, end):
            self._missing[key] = _Missing(key - self._shift, now)
