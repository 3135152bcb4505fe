"""Reading datagrams from the one media socket a train at a time, in Python or compiled; knows no peer.

A frame leaves a browser as a burst.  What lies in the socket one behind the other is told apart once, not packet by
packet: datagrams of one address whose RTP headers go on by one, and which came at one time, are one train.  Headers
are only claims here; each packet of a train proves its own when it is decrypted.
"""

from __future__ import annotations

import socket
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from struct import Struct
from types import ModuleType
from typing import Any, NamedTuple

from mediation_server.media.embedded.datagrams import Datagrams, date_arrivals
from mediation_server.media.embedded.ice import Address
from mediation_server.media.embedded.limits import MS
from mediation_server.media.embedded.opening import Expected, Opened, open_train
from mediation_server.media.embedded.rtp import HEADER, HEADER_SIZE, RTCP_FIRST, RTCP_LAST, RTP_FIRST, RTP_LAST
from mediation_server.media.embedded.sockaddr import readable_address
from mediation_server.media.embedded.srtp import Buffer, SrtpKeys

__all__ = ["FastReader", "PythonReader", "Reader", "Train"]

_DATAGRAM = 2_048
_SLOTS = 32
_REMEMBERED = 4_096  # addresses; a peer has a handful
_SLOT = Struct(f"{HEADER.format}{_DATAGRAM - HEADER_SIZE}x")
_AT_ONCE = MS  # ns between the first and the last of a train; from their times browsers reckon what a line carries


class Train(NamedTuple):
    """Datagrams in the buffers from place `first` on.

    Of RTP (`media`) all have this SSRC, payload type and timestamp, and sequence numbers from `sequence` on without a
    hole; anything else comes alone.  `waited` is for how long the first of them lay in the kernel, in ns.
    """

    address: Address
    first: int
    sizes: list[int]
    waited: int
    media: bool = False
    payload_type: int = 0
    sequence: int = 0
    timestamp: int = 0
    ssrc: int = 0

    def singly(self) -> Iterator[Train]:
        """Every datagram as a train of its own."""
        for at, size in enumerate(self.sizes):
            yield self._replace(first=self.first + at, sizes=[size], sequence=(self.sequence + at) & 0xFFFF)


class Reader(ABC):
    """`buffers[n]` holds the datagram in place `n`, until the next reading."""

    def __init__(self) -> None:
        self._memory = Buffer(_SLOTS * _DATAGRAM)
        self.buffers = [self._memory.part(place * _DATAGRAM, _DATAGRAM) for place in range(_SLOTS)]
        self._addresses: dict[bytes, Address] = {}

    @abstractmethod
    def read(self) -> tuple[list[Train], bool]:
        """What was waiting, in order, and whether that was all."""

    @abstractmethod
    def open(self, first: int, sizes: list[int], keys: SrtpKeys, expected: Expected) -> Opened:
        """Decrypt the ordinary packets at the head of a train, or of the rest of one; see `opening`."""

    def _address(self, raw: bytes) -> Address:
        """The readable form of a sockaddr."""
        address = self._addresses.get(raw)
        if address is None:
            if len(self._addresses) >= _REMEMBERED:
                self._addresses.clear()
            address = self._addresses[raw] = readable_address(raw)
        return address


class PythonReader(Reader):
    """Through one system call a reading."""

    def __init__(self, sock: socket.socket) -> None:
        super().__init__()
        self._datagrams = Datagrams(sock, self._memory, _DATAGRAM)

    def read(self) -> tuple[list[Train], bool]:
        """What was waiting, in order, and whether that was all."""
        try:
            batch = self._datagrams.read()
        except (BlockingIOError, InterruptedError):
            return [], True
        except OSError:  # an ICMP error of a peer that went away
            return [], False
        return self._told_apart(batch), len(batch) < _SLOTS

    def _told_apart(self, batch: Sequence[tuple[int, bytes, int]]) -> list[Train]:
        trains: list[Train] = []
        sizes: list[int] = []
        goes_on: tuple[Any, ...] | None = None
        latest = 0
        for place, head in enumerate(self._heads(len(batch))):
            size, sender, waited = batch[place]
            first, kind, sequence, timestamp, ssrc = head
            if size < HEADER_SIZE or not RTP_FIRST <= first <= RTP_LAST or RTCP_FIRST <= kind <= RTCP_LAST:
                goes_on = None
                trains.append(Train(self._address(sender), place, [size], waited))
            elif (sender, kind & 0x7F, sequence, timestamp, ssrc) == goes_on and waited >= latest:
                sizes.append(size)
                goes_on = (sender, kind & 0x7F, (sequence + 1) & 0xFFFF, timestamp, ssrc)
            else:
                address, sizes, latest = self._address(sender), [size], waited - _AT_ONCE
                trains.append(Train(address, place, sizes, waited, True, kind & 0x7F, sequence, timestamp, ssrc))  # noqa: FBT003
                goes_on = (sender, kind & 0x7F, (sequence + 1) & 0xFFFF, timestamp, ssrc)
        return trains

    def _heads(self, count: int) -> Iterator[tuple[int, int, int, int, int]]:
        """What may be an RTP header at the beginning of each slot."""
        return _SLOT.iter_unpack(self._memory.view[: count * _DATAGRAM])

    def open(self, first: int, sizes: list[int], keys: SrtpKeys, expected: Expected) -> Opened:
        """Decrypt the ordinary packets at the head of a train, or of the rest of one; see `opening`."""
        return open_train(self.buffers[first : first + len(sizes)], sizes, keys, expected)


class FastReader(Reader):
    """The same told apart by the extension, and decrypting through one call a train."""

    def __init__(self, sock: socket.socket, fast: ModuleType) -> None:
        super().__init__()
        self._socket = sock
        date_arrivals(sock)
        self._receive = fast.receive
        self._open = fast.open_train

    def read(self) -> tuple[list[Train], bool]:
        """What was waiting, in order, and whether that was all."""
        try:
            count, batch = self._receive(self._socket.fileno(), self._memory.view, _DATAGRAM, self._addresses)
        except (BlockingIOError, InterruptedError):
            return [], True
        except OSError:  # an ICMP error of a peer that went away
            return [], False
        trains = []
        for told in batch:  # past the constructor, and no comprehension: each is one more call
            whole = told if type(told[0]) is tuple else (self._address(told[0]), *told[1:])
            trains.append(tuple.__new__(Train, whole))
        return trains, count < _SLOTS

    def open(self, first: int, sizes: list[int], keys: SrtpKeys, expected: Expected) -> Opened:
        """Decrypt the ordinary packets at the head of a train, or of the rest of one; see `opening`."""
        number, twcc_id, codec = expected
        told = (number & 0xFFFF, twcc_id, codec.number)
        opened = self._open(keys.opening_address, self._memory.view, _DATAGRAM, first, sizes, *told)
        return tuple.__new__(Opened, opened)
