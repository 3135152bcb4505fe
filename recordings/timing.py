"""Time of media: RTP timestamps put on the one monotonic time line of the sitting by arrival and sender reports.

A sender's reports (RFC 3550 §6.4.1) tie the RTP clocks of its tracks to its own wall clock.  How far that wall
clock lies from our time line is learnt once per person, from all of that person's tracks, so that voice and
picture are moved together.  A report is a statement of the sender: it never moves media further than `_BELIEF_MS`
from when the media really came.
"""

from __future__ import annotations

from collections import deque

from recordings.rtp import unwrapped

__all__ = ["SenderClock", "TrackClock"]

_REPORTS = 32  # a video track reports every second: the last half minute
_BELIEF_MS = 3000.0
_GENTLE = 0.1  # correction per unit of media time while the error is small
_FIRM = 0.5
_SMALL_MS = 500.0
_NTP_FRACTION = 1 << 32


class SenderClock:
    """Where the wall clock of one person's device lies on our time line (ms)."""

    def __init__(self) -> None:
        self._offsets: deque[float] = deque(maxlen=_REPORTS)
        self.offset_ms: float | None = None  # the smallest distance seen lately: of the report that was delayed least

    def report(self, ntp_ms: float, arrival_ms: float) -> None:
        """A report written at `ntp_ms` of the sender's clock arrived at `arrival_ms` of ours."""
        self._offsets.append(arrival_ms - ntp_ms)
        self.offset_ms = min(self._offsets)


class TrackClock:
    """The RTP clock of one stream on the time line; what it returns never goes back."""

    def __init__(self, rate: int, sender: SenderClock) -> None:
        self._per_ms = rate / 1000
        self._sender = sender
        self._extended: int | None = None
        self._least_ms: float | None = None  # smallest (arrival - media time) so far
        self._report: tuple[int, float] | None = None  # extended RTP timestamp, sender's wall clock in ms
        self._early: tuple[int, int, float] | None = None  # a report that came before the first packet
        self._shift_ms: float | None = None  # what is added to media time now
        self._media_ms = 0.0
        self._last_ms = float("-inf")

    def restart(self) -> None:
        """The stream begins anew (other SSRC): forget the RTP clock, keep the time line."""
        self._extended = self._least_ms = self._report = self._shift_ms = None

    def report(self, ntp: int, rtp_timestamp: int, arrival_ms: float) -> None:
        """Take a sender report: 64-bit NTP time, the RTP timestamp of that instant, when it came."""
        if self._extended is None:
            self._early = (ntp, rtp_timestamp, arrival_ms)  # nothing to unwrap against yet
            return
        ntp_ms = ntp / _NTP_FRACTION * 1000
        self._report = (unwrapped(rtp_timestamp, self._extended, 32), ntp_ms)
        self._sender.report(ntp_ms, arrival_ms)

    def at(self, timestamp: int, arrival_ms: float) -> float:
        """Milliseconds on the time line at which the media of this RTP timestamp was captured."""
        if self._extended is None:
            self._extended = timestamp
            if self._early is not None:
                early, self._early = self._early, None
                self.report(*early)
        self._extended = unwrapped(timestamp, self._extended, 32)
        media_ms = self._extended / self._per_ms
        self._observe(media_ms, arrival_ms)
        target = self._target(media_ms, arrival_ms)
        if self._shift_ms is None:
            self._shift_ms = target
        else:
            self._shift_ms += self._step(target - self._shift_ms, media_ms - self._media_ms)
        self._media_ms = media_ms
        self._last_ms = max(self._last_ms, media_ms + self._shift_ms)
        return self._last_ms

    def _observe(self, media_ms: float, arrival_ms: float) -> None:
        delay = arrival_ms - media_ms
        if self._least_ms is None or abs(delay - self._least_ms) > _BELIEF_MS:
            if self._least_ms is not None:
                self._report = None  # the sender's RTP clock jumped
            self._least_ms = delay
        self._least_ms = min(self._least_ms, delay)

    def _target(self, media_ms: float, arrival_ms: float) -> float:
        """What should be added to media time, by the reports if there are any, within belief."""
        assert self._least_ms is not None  # noqa: S101 - observed just before
        offset = self._sender.offset_ms
        if self._report is None or offset is None:
            return self._least_ms
        timestamp, ntp_ms = self._report
        by_report = ntp_ms + offset - timestamp / self._per_ms
        return min(max(by_report, arrival_ms - media_ms - _BELIEF_MS), arrival_ms - media_ms)

    @staticmethod
    def _step(error_ms: float, elapsed_ms: float) -> float:
        """How much of the error to mend now: time may be stretched, it may jump ahead, it never runs back."""
        if error_ms > _SMALL_MS:
            return error_ms
        pace = _GENTLE if abs(error_ms) <= _SMALL_MS else _FIRM
        room = max(0.0, elapsed_ms) * pace
        return min(max(error_ms, -room), room)
