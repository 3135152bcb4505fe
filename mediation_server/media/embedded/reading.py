"""Reading datagrams from the one media socket a batch at a time, in Python or compiled; knows no peer."""

from __future__ import annotations

import socket
from types import ModuleType
from typing import Any

from mediation_server.media.embedded.ice import Address
from mediation_server.media.embedded.sockaddr import readable_address
from mediation_server.media.embedded.srtp import Buffer

__all__ = ["FastReader", "Reader"]

_DATAGRAM = 2_048
_SLOTS = 32
_REMEMBERED = 4_096  # addresses; a peer has a handful


class Reader:
    """`buffers[n]` holds the datagram that `read` names in place `n`, until the next reading."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self._memory = Buffer(_SLOTS * _DATAGRAM)
        self.buffers = [self._memory.part(place * _DATAGRAM, _DATAGRAM) for place in range(_SLOTS)]

    def read(self) -> tuple[list[tuple[int, Address]], bool]:
        """Size and sender of what was waiting, and whether that was all."""
        found: list[tuple[int, Address]] = []
        receive = self._socket.recvfrom_into
        for buffer in self.buffers:
            try:
                found.append(receive(buffer.view))
            except (BlockingIOError, InterruptedError):
                return found, True
            except OSError:  # an ICMP error of a peer that went away
                break
        return found, False


class FastReader(Reader):
    """The same through one system call."""

    def __init__(self, sock: socket.socket, fast: ModuleType) -> None:
        super().__init__(sock)
        self._receive = fast.receive
        self._addresses: dict[bytes, Any] = {}

    def read(self) -> tuple[list[tuple[int, Address]], bool]:
        """Size and sender of what was waiting, and whether that was all."""
        try:
            batch = self._receive(self._socket.fileno(), self._memory.view, _DATAGRAM)
        except (BlockingIOError, InterruptedError):
            return [], True
        except OSError:  # an ICMP error of a peer that went away
            return [], False
        known = self._addresses
        found = [(size, known.get(raw) or self._address(raw)) for size, raw in batch]
        return found, len(batch) < _SLOTS

    def _address(self, raw: bytes) -> Address:
        if len(self._addresses) >= _REMEMBERED:
            self._addresses.clear()
        address = self._addresses[raw] = readable_address(raw)
        return address
