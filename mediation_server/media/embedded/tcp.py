"""Media over TCP for networks that block UDP: ICE-TCP passive on one port (RFC 6544, RFC 4571); knows no transport.

Each connection gets a UDP socket of its own towards the media port, so to the engine it is one more address: checks,
handshake, budgets and the fence are the same, and the fast path knows nothing of TCP.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import socket
import sys
from collections import Counter

from mediation_server.errors import Unavailable
from mediation_server.media.embedded.limits import SECOND, Counters, Limits

__all__ = ["TcpPort"]

_HEAD = 2  # bytes of length before each frame, RFC 4571 §2
_DATAGRAM = 2_048
_PER_WAKEUP = 64
_SIOCOUTQNSD = 0x894B  # linux/sockios.h
_NOTHING = bytes(4)
_STUN_SUCCESS = b"\x01\x01"
_KERNEL_BUFFER = 1024 * 1024
_STUN_LAST, _DTLS_FIRST, _DTLS_LAST = 3, 20, 63  # RFC 7983 §7


class TcpPort:
    """Who proves nothing within a few seconds is cut; so is whose checks are no longer answered."""

    def __init__(self, limits: Limits, counters: Counters) -> None:
        self.limits = limits
        self.counters = counters
        self.connections: set[_Bridge] = set()
        self.unproven: Counter[str] = Counter()  # connections by remote IP address that have proven nothing yet
        self.media: tuple[str, int] = ("", 0)
        self._server: asyncio.Server | None = None

    async def open(self, host: str, port: int, media: tuple[str, int]) -> int:
        """Listen on `port`, by itself any free one, for whoever wants to reach the UDP address `media`.

        Returns the port. Raises `Unavailable("media_port_taken")`.
        """
        self.media = media
        loop = asyncio.get_running_loop()
        try:
            self._server = await loop.create_server(lambda: _Bridge(self), host, port, backlog=128)
        except OSError as error:
            raise Unavailable("media_port_taken") from error
        return int(self._server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        """Cut everybody and stop listening; idempotent."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for bridge in tuple(self.connections):
            bridge.cut("tcp_closed")
        await asyncio.sleep(0)  # sockets are closed in the next turn of the loop

    def admits(self, address: str) -> bool:
        """Whether one more connection from this IP address may try to prove itself."""
        limits = self.limits
        return len(self.connections) < limits.tcp_connections and self.unproven[address] < limits.tcp_unproven


class _Bridge(asyncio.Protocol):
    """One connection and its UDP socket; frames and datagrams cross one to one."""

    def __init__(self, port: TcpPort) -> None:
        self._port = port
        self._transport: asyncio.Transport | None = None
        self._udp: socket.socket | None = None
        self._partial = bytearray()
        self._address = ""
        self._proven = False
        self._timer: asyncio.TimerHandle | None = None

    # -- from the browser ------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Somebody connects: so many who have proven nothing are let in from one address."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - what `create_server` makes
        self._transport = transport
        self._address = str(transport.get_extra_info("peername")[0])
        if not self._port.admits(self._address):
            self._port.counters.drop("tcp_refused")
            transport.abort()
            return
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._port.connections.add(self)
        self._port.unproven[self._address] += 1
        self._udp = self._dial()
        asyncio.get_running_loop().add_reader(self._udp.fileno(), self._answered)
        self._within(self._port.limits.tcp_patience)

    def data_received(self, data: bytes) -> None:
        """Cut the stream into frames; one that is longer than any datagram of ours ends the connection."""
        partial = self._partial
        partial += data
        while len(partial) >= _HEAD and self._udp is not None:
            size = int.from_bytes(partial[:_HEAD], "big")
            if size > _DATAGRAM:
                self.cut("tcp_malformed")
                return
            if len(partial) < _HEAD + size:
                return
            with contextlib.suppress(OSError):  # the media port is bound as long as we live; a full buffer drops
                self._udp.send(partial[_HEAD : _HEAD + size])
            del partial[: _HEAD + size]

    def connection_lost(self, exc: Exception | None) -> None:
        """The browser is gone."""
        del exc
        self._end()

    def cut(self, reason: str) -> None:
        """End it now."""
        self._port.counters.drop(reason)
        if self._transport is not None:
            self._transport.abort()
        self._end()

    # -- from the engine -------------------------------------------------------------------------------------------

    def _answered(self) -> None:
        """Frame what the engine sends; media is dropped, never queued without bound, when the browser reads slowly."""
        for _ in range(_PER_WAKEUP):
            try:
                data = self._udp.recv(_DATAGRAM) if self._udp is not None else b""
            except OSError:  # nothing more
                return
            if not data or self._transport is None:
                return
            if data[:2] == _STUN_SUCCESS:
                self._prove()
            waiting = self._transport.get_write_buffer_size() + _unsent(self._transport)
            if waiting > self._port.limits.tcp_write_buffer * (1 if _is_media(data[0]) else 2):
                self._port.counters.drop("tcp_slow")
                continue
            self._transport.write(len(data).to_bytes(_HEAD, "big") + data)

    def _prove(self) -> None:
        """The engine has answered a check, which it does for authenticated ones alone."""
        if not self._proven:
            self._proven = True
            self._count_proven()
        self._within(self._port.limits.give_up)

    def _count_proven(self) -> None:
        self._port.unproven[self._address] -= 1
        if not self._port.unproven[self._address]:
            del self._port.unproven[self._address]

    def _within(self, patience: int) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(patience / SECOND, self.cut, "tcp_silent")

    def _dial(self) -> socket.socket:
        host = self._port.media[0]
        sock = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
        sock.setblocking(False)  # noqa: FBT003 - the library's form
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _KERNEL_BUFFER)
        sock.connect(self._port.media)
        return sock

    def _end(self) -> None:
        if self._udp is None:
            return
        asyncio.get_running_loop().remove_reader(self._udp.fileno())
        self._udp.close()
        self._udp = None
        self._partial.clear()
        if self._timer is not None:
            self._timer.cancel()
        if not self._proven:
            self._count_proven()
        self._port.connections.discard(self)


def _unsent(transport: asyncio.Transport) -> int:
    """Bytes the kernel has taken and not sent yet: left to itself it takes megabytes, seconds of a slow line."""
    with contextlib.suppress(OSError, ValueError):  # closed just now, or a kernel that does not say
        unsent = fcntl.ioctl(transport.get_extra_info("socket").fileno(), _SIOCOUTQNSD, _NOTHING)
        return int.from_bytes(unsent, sys.byteorder)
    return 0


def _is_media(first: int) -> bool:
    return not (first <= _STUN_LAST or _DTLS_FIRST <= first <= _DTLS_LAST)
