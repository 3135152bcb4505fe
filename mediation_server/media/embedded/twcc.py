"""Transport-wide congestion feedback to publishers; knows no socket.

The format is that of draft-holmer-rmcat-transport-wide-cc-extensions-01.  Without it Chromium stays
near 290 kbit/s for ever.
"""

from __future__ import annotations

from struct import Struct

from mediation_server.media.embedded.sequence import extend

__all__ = ["TwccRecorder"]

_HEAD = Struct("!BBHIIHH")
_CHUNK = Struct("!H")
_MOST = 512  # packets told of in one report
_TICK = 250_000  # ns in a delta unit
_REFERENCE = 64_000_000  # ns in a unit of the reference time
_SMALL, _LARGE = 1, 2


class TwccRecorder:
    """Remembers when packets arrived and writes the feedback message."""

    __slots__ = ("_arrivals", "_count", "_next", "_top")

    def __init__(self) -> None:
        self._arrivals: dict[int, int] = {}
        self._count = 0
        self._next: int | None = None  # first number not told of yet
        self._top = 0

    def arrived(self, number: int, now: int) -> None:
        """Take the transport-wide number (16 bits) and arrival time in ns of one packet."""
        unwrapped = extend(number, self._top)
        if self._next is None:
            self._next = unwrapped
        if unwrapped >= self._next and len(self._arrivals) < _MOST:
            self._arrivals.setdefault(unwrapped, now)
        self._top = max(self._top, unwrapped)

    def feedback(self, sender: int, media: int) -> bytes | None:
        """One RTCP packet about everything since the last one, or None when nothing came."""
        if not self._arrivals or self._next is None:
            return None
        last = max(self._arrivals)
        first = max(self._next, last - _MOST + 1)
        self._next = last + 1
        reference = (self._arrivals[min(key for key in self._arrivals if key >= first)] // _REFERENCE) & 0xFFFFFF
        symbols, deltas = self._deltas(first, last)
        self._arrivals.clear()
        body = _HEAD.pack(0x8F, 205, 0, sender, media, first & 0xFFFF, len(symbols))
        body += reference.to_bytes(3, "big") + bytes((self._count & 0xFF,)) + _chunks(symbols) + deltas
        self._count += 1
        body += bytes(-len(body) % 4)
        return body[:2] + _CHUNK.pack(len(body) // 4 - 1) + body[4:]

    def _deltas(self, first: int, last: int) -> tuple[list[int], bytes]:
        symbols: list[int] = []
        deltas = bytearray()
        before: int | None = None
        for number in range(first, last + 1):
            at = self._arrivals.get(number)
            if at is None:
                symbols.append(0)
                continue
            before = at // _REFERENCE * _REFERENCE if before is None else before
            delta = (at - before) // _TICK
            before += delta * _TICK
            if 0 <= delta <= 0xFF:  # noqa: PLR2004 - one unsigned byte
                symbols.append(_SMALL)
                deltas.append(delta)
            else:
                symbols.append(_LARGE)
                deltas += max(-0x8000, min(0x7FFF, delta)).to_bytes(2, "big", signed=True)
        return symbols, bytes(deltas)


def _chunks(symbols: list[int]) -> bytes:
    """Run-length chunks for runs of at least seven, two-bit vectors for the rest."""
    out = bytearray()
    at, end = 0, len(symbols)
    while at < end:
        run = at
        while run < end and symbols[run] == symbols[at]:
            run += 1
        length = run - at
        if length >= 7:  # noqa: PLR2004 - a two-bit vector holds seven
            out += _CHUNK.pack(symbols[at] << 13 | length)
            at = run
            continue
        word = 0xC000
        for place, symbol in enumerate(symbols[at : at + 7]):
            word |= symbol << (12 - 2 * place)
        out += _CHUNK.pack(word)
        at += 7
    return bytes(out)
