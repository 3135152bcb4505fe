"""Media from an address that no check has proven: whose it may be, and how often we look; knows no path.

A phone that leaves the Wi-Fi goes on sending before its next check is due. Its packets authenticate themselves, so the
path may follow them at once; what follows from that is decided in `ice`. Looking costs a decryption, so it is counted.
"""

from __future__ import annotations

from typing import Generic, Protocol, TypeVar

from mediation_server.media.embedded.ice import Address
from mediation_server.media.embedded.limits import SECOND, Limits
from mediation_server.media.embedded.rtp import RTP_FIRST, RTP_LAST, is_rtcp
from mediation_server.media.embedded.srtp import Buffer

__all__ = ["Stray", "Strays"]

_SHORTEST = 12
_CANDIDATES = 4  # browsers that only receive share SSRC 1; the ones silent for longest are looked at


class Stray(Protocol):
    """A transport that may have sent it."""

    @property
    def heard_at(self) -> int:
        """When it was last heard on its path, in ns."""
        ...

    def follow(self, buffer: Buffer, size: int, address: Address, now: int) -> bool:
        """Take the packet and move to `address` if it is authentic, new, and a move is due; else change nothing."""
        ...


Sender = TypeVar("Sender", bound=Stray)


class Strays(Generic[Sender]):
    """SSRCs that transports have sent reports under; bounded by the transports there are."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._senders: dict[int, list[Sender]] = {}
        self._left = limits.strays_per_second
        self._refilled = 0

    def expect(self, ssrc: int, transport: Sender) -> None:
        """This transport sends under that SSRC."""
        known = self._senders.setdefault(ssrc, [])
        if transport not in known:
            known.append(transport)

    def forget(self, transport: Sender) -> None:
        """This transport is no more."""
        for ssrc in [ssrc for ssrc, known in self._senders.items() if transport in known]:
            self._senders[ssrc].remove(transport)
            if not self._senders[ssrc]:
                del self._senders[ssrc]

    def take(self, buffer: Buffer, size: int, address: Address, now: int) -> Sender | None:
        """The transport that the packet belongs to and that has moved; None leaves everything as it was."""
        if size < _SHORTEST or not RTP_FIRST <= buffer.view[0] <= RTP_LAST:
            return None
        at = 4 if is_rtcp(buffer.view) else 8
        known = self._senders.get(int.from_bytes(buffer.view[at : at + 4], "big"))
        if not known:
            return None
        data = bytes(buffer.view[:size])
        for transport in sorted(known, key=lambda each: each.heard_at)[:_CANDIDATES]:
            if not self._admit(now):
                return None
            buffer.view[:size] = data  # a failed decryption leaves garbage behind
            if transport.follow(buffer, size, address, now):
                return transport
        return None

    def _admit(self, now: int) -> bool:
        if now - self._refilled >= SECOND:
            self._refilled, self._left = now, self._limits.strays_per_second
        self._left -= 1
        return self._left >= 0
