"""Reading datagrams from the one media socket a train at a time, in Python or compiled; knows no peer.

A frame leaves a browser as a burst.  What lies in the socket one behind the other is told apart once, not packet by
packet: datagrams of one address whose RTP headers go on by one are one train.  Headers are only claims here; each
packet of a train proves its own when it is decrypted.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from types import ModuleType
from typing import Any, NamedTuple

from mediation_server.media.embedded.ice import Address
from mediation_server.media.embedded.opening import Expected, Opened, open_train
from mediation_server.media.embedded.rtp import HEADER, HEADER_SIZE, RTP_FIRST, RTP_LAST, is_rtcp
from mediation_server.media.embedded.sockaddr import readable_address
from mediation_server.media.embedded.srtp import Buffer, SrtpKeys

__all__ = ["FastReader", "Reader", "Train"]

_DATAGRAM = 2_048
_SLOTS = 32
_REMEMBERED = 4_096  # addresses; a peer has a handful


class Train(NamedTuple):
    """Datagrams in the buffers from place `first` on.

    Of RTP (`media`) all have this SSRC, payload type and timestamp, and sequence numbers from `sequence` on without a
    hole; anything else comes alone.
    """

    address: Address
    first: int
    sizes: list[int]
    media: bool = False
    payload_type: int = 0
    sequence: int = 0
    timestamp: int = 0
    ssrc: int = 0

    def singly(self) -> Iterator[Train]:
        """Every datagram as a train of its own."""
        for at, size in enumerate(self.sizes):
            yield self._replace(first=self.first + at, sizes=[size], sequence=(self.sequence + at) & 0xFFFF)


class Reader:
    """`buffers[n]` holds the datagram in place `n`, until the next reading."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self._memory = Buffer(_SLOTS * _DATAGRAM)
        self.buffers = [self._memory.part(place * _DATAGRAM, _DATAGRAM) for place in range(_SLOTS)]

    def read(self) -> tuple[list[Train], bool]:
        """What was waiting, in order, and whether that was all."""
        trains: list[Train] = []
        sizes: list[int] = []
        receive, unpack = self._socket.recvfrom_into, HEADER.unpack_from
        goes_on: tuple[Any, ...] | None = None
        for place, buffer in enumerate(self.buffers):
            view = buffer.view
            try:
                size, address = receive(view)
            except (BlockingIOError, InterruptedError):
                return trains, True
            except OSError:  # an ICMP error of a peer that went away
                break
            if size < HEADER_SIZE or not RTP_FIRST <= view[0] <= RTP_LAST or is_rtcp(view):
                goes_on = None
                trains.append(Train(address, place, [size]))
                continue
            _, kind, sequence, timestamp, ssrc = unpack(view)
            if (address, kind & 0x7F, sequence, timestamp, ssrc) == goes_on:
                sizes.append(size)
            else:
                sizes = [size]
                trains.append(Train(address, place, sizes, True, kind & 0x7F, sequence, timestamp, ssrc))  # noqa: FBT003
            goes_on = (address, kind & 0x7F, (sequence + 1) & 0xFFFF, timestamp, ssrc)
        return trains, False

    def open(self, first: int, sizes: list[int], keys: SrtpKeys, expected: Expected) -> Opened:
        """Decrypt the ordinary packets at the head of a train, or of the rest of one; see `opening`."""
        return open_train(self.buffers[first : first + len(sizes)], sizes, keys, expected)


class FastReader(Reader):
    """The same through one system call, and decrypting through one call a train."""

    def __init__(self, sock: socket.socket, fast: ModuleType) -> None:
        super().__init__(sock)
        self._receive = fast.receive
        self._open = fast.open_train
        self._addresses: dict[bytes, Any] = {}

    def read(self) -> tuple[list[Train], bool]:
        """What was waiting, in order, and whether that was all."""
        try:
            count, batch = self._receive(self._socket.fileno(), self._memory.view, _DATAGRAM)
        except (BlockingIOError, InterruptedError):
            return [], True
        except OSError:  # an ICMP error of a peer that went away
            return [], False
        known = self._addresses
        return [Train(known.get(raw) or self._address(raw), *rest) for raw, *rest in batch], count < _SLOTS

    def open(self, first: int, sizes: list[int], keys: SrtpKeys, expected: Expected) -> Opened:
        """Decrypt the ordinary packets at the head of a train, or of the rest of one; see `opening`."""
        number, twcc_id, codec = expected
        told = (number & 0xFFFF, twcc_id, codec.number)
        return Opened(*self._open(keys.opening_address, self._memory.view, _DATAGRAM, first, sizes, *told))

    def _address(self, raw: bytes) -> Address:
        if len(self._addresses) >= _REMEMBERED:
            self._addresses.clear()
        address = self._addresses[raw] = readable_address(raw)
        return address
