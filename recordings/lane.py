"""One publication on its way to disk: order, frames, time, files; the lane stays when the publication changes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from recordings.depacketise import Depacketiser, Frame, Setup
from recordings.h264 import H264Depacketiser
from recordings.opus import OpusDepacketiser
from recordings.reorder import Ordered, ReorderBuffer
from recordings.rtp import parse
from recordings.segment import SegmentWriter
from recordings.timing import SenderClock, TrackClock
from recordings.vp8 import Vp8Depacketiser

__all__ = ["DEPACKETISERS", "Files", "Lane", "Tally"]

DEPACKETISERS: dict[str, Callable[[], Depacketiser]] = {
    "opus": OpusDepacketiser,
    "vp8": Vp8Depacketiser,
    "h264": H264Depacketiser,
}
_SEGMENT_MS = 5 * 60_000  # a new file at the next key frame: bounds what a damaged one costs and what an end waits for
_SHORTEST_MS = 1000  # nobody makes us open files faster than this
_HOLE_MS = {"opus": 2000, "vp8": 3000, "h264": 3000}  # silence by DTX comes every 400 ms; longer is absence
_CROWD_MS = 50  # frames that share a millisecond are set apart by one; more of them than this are no picture
_EARLY_MS = 250  # what was captured earlier than this before the lane opened belongs to a gap


class Files(Protocol):
    """Where a lane's files come from and go to; both may raise `OSError`."""

    def open(self, track: str, setup: Setup, from_ms: int) -> SegmentWriter:
        """A new file of this track."""
        ...

    def close(self, segment: SegmentWriter, tally: Tally) -> None:
        """Close a file for good; `tally` is what was counted while it was open."""
        ...


@dataclass(frozen=True, slots=True)
class Tally:
    """What happened to the packets of a lane since its last file was opened."""

    lost: int = 0
    bad: int = 0
    broken: int = 0

    def __sub__(self, other: Tally) -> Tally:
        return Tally(self.lost - other.lost, self.bad - other.bad, self.broken - other.broken)


class Lane:
    """Writes one publication; `floor_ms` is where it was let in. May raise `OSError` when the disk refuses."""

    def __init__(
        self,
        track: str,
        codec: str,
        clock_rate: int,
        sender: SenderClock,
        *,
        floor_ms: int,
        files: Files,
    ) -> None:
        self.track = track
        self.segment: SegmentWriter | None = None
        self.enabled = True
        self._codec = codec
        self._clock = TrackClock(clock_rate, sender)
        self._depacketiser = DEPACKETISERS[codec]()
        self._order = ReorderBuffer()
        self._ssrc: int | None = None
        self._floor_ms = floor_ms
        self._files = files
        self._malformed = 0
        self._arrived_ms = 0
        self._skip_to_key = False
        self._counted = Tally()

    @property
    def tally(self) -> Tally:
        """Packets lost, payloads refused, frames broken since the lane began."""
        bad = self._depacketiser.bad + self._malformed
        return Tally(self._order.lost, bad, self._depacketiser.broken)

    def packet(self, data: bytes, arrival_ms: int) -> None:
        """Take one RTP packet as it arrived."""
        packet = parse(data)
        if packet is None:
            self._malformed += 1
            return
        for each in self._order.push(packet, arrival_ms):
            self._in_order(each)

    def report(self, ntp: int, rtp_timestamp: int, arrival_ms: int) -> None:
        """Take a sender report."""
        self._clock.report(ntp, rtp_timestamp, arrival_ms)

    def expire(self, now_ms: int) -> None:
        """Stop waiting for packets that will not come."""
        if self._order.waiting:
            for each in self._order.expire(now_ms):
                self._in_order(each)

    def cut(self) -> None:
        """Write what is held and close the file; the next one starts on a key frame."""
        for each in self._order.flush():
            self._in_order(each)
        self._close()

    def reopen(self, floor_ms: int) -> None:
        """Go on from here; nothing captured before belongs to the lane, and nothing is waited for that came before."""
        self._floor_ms = floor_ms
        self._order.restart()

    def abandon(self) -> None:
        """The disk refused: leave the file as it is, as after a power cut. Never raises."""
        segment, self.segment = self.segment, None
        self.enabled = False
        if segment is not None:
            segment.abandon()

    def skip_to_key(self) -> None:
        """Packets were dropped before they reached the lane: go on at the next key frame, in the same file."""
        self._skip_to_key = True

    def _close(self) -> None:
        segment, self.segment = self.segment, None
        if segment is not None:
            now, before = self.tally, self._counted
            self._counted = now
            self._files.close(segment, now - before)

    def _in_order(self, ordered: Ordered) -> None:
        packet, arrival_ms, lost = ordered
        if packet.ssrc != self._ssrc:
            if self._ssrc is not None:
                self._clock.restart()
            self._ssrc = packet.ssrc
            lost = 1  # whatever was half assembled belongs to the other stream
        self._arrived_ms = max(self._arrived_ms, arrival_ms)
        frame = self._depacketiser.push(packet, after_loss=lost > 0)
        if frame is not None:
            # Nothing was captured after it came, whatever a sender's clock says: else it would reach into a caucus.
            self._frame(frame, min(self._clock.at(frame.timestamp, arrival_ms), self._arrived_ms))

    def _frame(self, frame: Frame, at: float) -> None:
        if not self.enabled or at < self._floor_ms - _EARLY_MS:
            return
        if self._skip_to_key and frame.setup is None:
            return
        at_ms = max(round(at), self._floor_ms)
        if self._must_change(frame, at_ms):
            if frame.setup is None or self._too_soon(at_ms):
                self._skip_to_key = self._skip_to_key or frame.setup is not None
                return
            self._close()
            self.segment = self._files.open(self.track, frame.setup, at_ms)
        self._skip_to_key = False
        segment = self.segment
        if segment is None or at_ms < segment.last_ms - _CROWD_MS:
            self._malformed += 1
            return
        segment.write(frame, at_ms)

    def _too_soon(self, at_ms: int) -> bool:
        return self.segment is not None and at_ms - self.segment.from_ms < _SHORTEST_MS

    def _must_change(self, frame: Frame, at_ms: int) -> bool:
        """Whether this frame needs a file of its own; without a key frame the present one goes on as long as it can."""
        segment = self.segment
        if segment is None:
            return True
        if frame.setup is None:
            return False
        if frame.setup.private != segment.setup.private:
            return True
        return at_ms - segment.from_ms > _SEGMENT_MS or at_ms - segment.to_ms > _HOLE_MS[self._codec]
