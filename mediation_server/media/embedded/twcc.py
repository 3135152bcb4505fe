"""Transport-wide congestion feedback to publishers; knows no socket.

The format is that of draft-holmer-rmcat-transport-wide-cc-extensions-01.  Without it Chromium stays
near 290 kbit/s for ever.
"""

from __future__ import annotations

from collections.abc import Sequence
from struct import Struct

from mediation_server.media.embedded.sequence import extend

__all__ = ["TwccRecorder"]

_HEAD = Struct("!BBHIIHH")
_CHUNK = Struct("!H")
_MOST = 512  # packets told of in one report
_NOTED = 64  # bursts that are noted before they are taken
_AGAIN = 192  # numbers behind the newest one told of, within which a packet that was overtaken is told of as well
_TICK = 250_000  # ns in a delta unit
_REFERENCE = 64_000_000  # ns in a unit of the reference time
_SMALL, _LARGE = 1, 2
_SMALLS = bytes((_SMALL,)) * _MOST


class TwccRecorder:
    """Remembers when packets arrived and writes the feedback message."""

    __slots__ = ("_count", "_fresh", "_held", "_next", "_noted", "_runs", "_top")

    def __init__(self) -> None:
        self._runs: list[tuple[int, int, int]] = []  # first number, how many, when: a burst is one of these
        self._held = 0  # packets in them
        self._fresh = False  # whether any came since the last report
        self._count = 0
        self._next: int | None = None  # the number that the next report begins with
        self._top = 0
        self._noted: list[tuple[Sequence[int], int]] = []  # what came, not yet taken

    def arrived(self, numbers: Sequence[int], now: int) -> None:
        """Note the transport-wide numbers (16 bits) of packets, in order, and their arrival time in ns.

        Many at once are taken for less than each by itself: between bursts a processor forgets how.
        """
        if numbers:
            self._noted.append((numbers, now))
            if len(self._noted) == _NOTED:
                self._take_noted()

    def _take_noted(self) -> None:
        noted, self._noted = self._noted, []
        for numbers, now in noted:
            self._take_all(numbers, now)

    def _take_all(self, numbers: Sequence[int], now: int) -> None:
        count = len(numbers)
        if count > 1 and (numbers[-1] - numbers[0]) & 0xFFFF != count - 1:
            for number in numbers:
                self._take_all((number,), now)
        else:
            first = extend(numbers[0], self._top)
            self._take(first, count, now)
            self._top = max(self._top, first + count - 1)

    def _take(self, first: int, count: int, now: int) -> None:
        if self._next is None:
            self._next = first
        if first < self._next and not self._overtaken(first):
            return
        if self._held < _MOST:
            self._next = min(self._next, first)
            self._held += count
            self._runs.append((first, count, now))
            self._fresh = True

    def _overtaken(self, number: int) -> bool:
        """Whether a packet was told of as lost that only took longer: it is told of anew, with what came around it."""
        known = any(first <= number < first + count for first, count, _ in self._runs)
        return self._top - number < _AGAIN and not known

    def feedback(self, sender: int, media: int) -> bytes | None:
        """One RTCP packet about everything since the last one, or None when nothing came."""
        self._take_noted()
        if not self._fresh or self._next is None:
            return None
        runs = sorted(self._runs)
        last = max(first + count for first, count, _ in runs) - 1
        begin = max(self._next, last - _MOST + 1)
        self._next = last + 1
        self._runs = [run for run in runs if last - run[0] < _AGAIN]
        self._held = sum(count for _, count, _ in self._runs)
        self._fresh = False
        symbols, deltas, reference = _told(runs, begin)
        body = _HEAD.pack(0x8F, 205, 0, sender, media, begin & 0xFFFF, len(symbols))
        body += (reference & 0xFFFFFF).to_bytes(3, "big") + bytes((self._count & 0xFF,)) + _chunks(symbols) + deltas
        self._count += 1
        body += bytes(-len(body) % 4)
        return body[:2] + _CHUNK.pack(len(body) // 4 - 1) + body[4:]


def _told(runs: Sequence[tuple[int, int, int]], begin: int) -> tuple[bytes, bytes, int]:
    """Symbols from number `begin` on, deltas, and the reference time, of runs sorted by number."""
    symbols, deltas = bytearray(), bytearray()
    reference, before = -1, 0
    for first, count, at in runs:
        known = begin + len(symbols)
        fresh = first + count - max(first, known)  # a number that came twice counts as it came first
        if fresh <= 0:
            continue
        if reference < 0:
            reference = at // _REFERENCE
            before = reference * _REFERENCE
        delta = (at - before) // _TICK
        before += delta * _TICK
        symbols += bytes(max(0, first - known))
        small = 0 <= delta <= 0xFF  # noqa: PLR2004 - one unsigned byte
        symbols.append(_SMALL if small else _LARGE)
        deltas += bytes((delta,)) if small else max(-0x8000, min(0x7FFF, delta)).to_bytes(2, "big", signed=True)
        symbols += _SMALLS[: fresh - 1]  # the rest of it came at once
        deltas += bytes(fresh - 1)
    return bytes(symbols), bytes(deltas), reference


def _chunks(symbols: bytes) -> bytes:
    """Run-length chunks for runs of at least seven, two-bit vectors for the rest."""
    out = bytearray()
    at = 0
    while at < len(symbols):
        left = symbols[at:]
        length = len(left) - len(left.lstrip(left[:1]))
        if length >= 7:  # noqa: PLR2004 - a two-bit vector holds seven
            out += _CHUNK.pack(left[0] << 13 | length)
            at += length
            continue
        word = 0xC000
        for place, symbol in enumerate(left[:7]):
            word |= symbol << (12 - 2 * place)
        out += _CHUNK.pack(word)
        at += 7
    return bytes(out)
