"""The recorder's own reorder buffer: packets back in order, late ones put in place, holes noted after a second.

It is no jitter buffer: it delays nothing that is in order and throws nothing away that arrived in time.
"""

from __future__ import annotations

from typing import NamedTuple

from recordings.rtp import RtpPacket, unwrapped

__all__ = ["Ordered", "ReorderBuffer"]

_WAIT_MS = 1000  # NACK and RTX over a bad line take two or three round trips
_CAPACITY = 2048  # packets; 1 s of 20 Mbit/s
_STALE_MS = 1500  # nothing newer for so long: an "old" number is a restarted counter, not a late packet


class Ordered(NamedTuple):
    """A packet in its place; `lost` packets before it never came. `arrival_ms` on the time line of the sitting."""

    packet: RtpPacket
    arrival_ms: int
    lost: int


class ReorderBuffer:
    """Order of one stream (one SSRC at a time), by extended sequence number; bounded."""

    def __init__(self) -> None:
        self.lost = 0
        self.late = 0
        self.duplicate = 0
        self._held: dict[int, tuple[RtpPacket, int]] = {}
        self._next: int | None = None
        self._ssrc: int | None = None
        self._progress_ms = 0
        self._cut = 0  # 1: the next packet follows something that was withheld, which is no loss

    def push(self, packet: RtpPacket, arrival_ms: int) -> list[Ordered]:
        """Take a packet as it arrived; what is now in order comes back."""
        if packet.ssrc == self._ssrc and self._is_next(packet.sequence):  # nearly always
            self._progress_ms = max(self._progress_ms, arrival_ms)
            return [Ordered(packet, arrival_ms, 0)]
        out: list[Ordered] = []
        if self._next is None or packet.ssrc != self._ssrc:
            out = self.flush()
            self._begin(packet, arrival_ms)
        assert self._next is not None  # noqa: S101 - set by _restart
        number = unwrapped(packet.sequence, self._next, 16)
        if number < self._next:
            if arrival_ms - self._progress_ms < _STALE_MS:
                self.late += 1
                return out
            out += self.flush()
            self._begin(packet, arrival_ms)
            number = packet.sequence
        if number in self._held:
            self.duplicate += 1
            return out
        self._held[number] = (packet, arrival_ms)
        self._progress_ms = max(self._progress_ms, arrival_ms)
        out += self._ready(self._cut)
        self._cut = 0
        if len(self._held) > _CAPACITY:
            out += self._skip()
        return out

    def expire(self, now_ms: int) -> list[Ordered]:
        """Give up holes that have been waited for long enough; what stood behind them comes back."""
        out: list[Ordered] = []
        while self._held and now_ms - min(at for _, at in self._held.values()) >= _WAIT_MS:
            out += self._skip()
        return out

    def flush(self) -> list[Ordered]:
        """Everything held, holes noted; afterwards the next packet continues the numbering."""
        out: list[Ordered] = []
        while self._held:
            out += self._skip()
        return out

    def restart(self) -> None:
        """What comes next follows something that was withheld: neither waited for nor counted as lost."""
        self._held.clear()
        self._next, self._cut = None, 1

    @property
    def waiting(self) -> int:
        """Packets held back behind a hole."""
        return len(self._held)

    def _is_next(self, sequence: int) -> bool:
        """Whether nothing is waited for and this is what follows; then it has been counted."""
        if self._held or self._next is None or sequence != self._next & 0xFFFF:
            return False
        self._next += 1
        return True

    def _begin(self, packet: RtpPacket, arrival_ms: int) -> None:
        self._ssrc = packet.ssrc
        self._next = packet.sequence
        self._progress_ms = arrival_ms

    def _skip(self) -> list[Ordered]:
        """Jump over the first hole."""
        assert self._next is not None  # noqa: S101 - something is held
        first = min(self._held)
        lost = first - self._next
        self.lost += lost
        self._next = first
        return self._ready(lost)

    def _ready(self, lost: int = 0) -> list[Ordered]:
        out: list[Ordered] = []
        assert self._next is not None  # noqa: S101 - something was pushed
        while (found := self._held.pop(self._next, None)) is not None:
            out.append(Ordered(*found, lost))
            self._next += 1
            lost = 0
        return out
