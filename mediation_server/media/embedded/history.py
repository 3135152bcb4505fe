"""The last packets of one publication, by their running number; knows neither time nor receiver."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["History"]


class History:
    """A ring of `size` packets (a power of two); a newer packet overwrites the one `size` numbers before it."""

    __slots__ = ("_mask", "_numbers", "_packets")

    def __init__(self, size: int) -> None:
        self._mask = size - 1
        self._numbers = [-1] * size
        self._packets = [b""] * size

    def put(self, number: int, packet: bytes) -> None:
        """Keep a packet under its number, unless a newer one has taken its place already."""
        slot = number & self._mask
        if self._numbers[slot] <= number:
            self._numbers[slot] = number
            self._packets[slot] = packet

    def put_all(self, number: int, packets: Sequence[bytes]) -> None:
        """Keep packets under this number and those after it, all of them newer than any before."""
        slot = number & self._mask
        end = slot + len(packets)
        if end <= self._mask:
            self._numbers[slot:end] = range(number, number + len(packets))
            self._packets[slot:end] = packets
            return
        for step, packet in enumerate(packets):
            self.put(number + step, packet)

    def get(self, number: int) -> bytes | None:
        """The packet of that number, or None when it never came or is too old."""
        slot = number & self._mask
        return self._packets[slot] if self._numbers[slot] == number else None

    def since(self, first: int, end: int) -> list[bytes]:
        """Those packets still held whose number is in `first..end-1`, in order."""
        first = max(first, end - self._mask - 1)
        return [packet for number in range(first, end) if (packet := self.get(number)) is not None]

    def clear(self) -> None:
        """Forget every packet."""
        self._numbers = [-1] * (self._mask + 1)
        self._packets = [b""] * (self._mask + 1)
