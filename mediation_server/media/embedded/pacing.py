"""When the socket is read: whenever something has come, or by a timer while much comes singly; knows no packet.

A wake-up costs as much as forwarding several packets.  Frames come as bursts, and while the first packet of one is
being handled the others arrive: a timer would add latency and save nothing.  Only where many packets come one by one,
each with a wake-up of its own, reading every millisecond is cheaper.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable

from mediation_server.media.embedded.limits import MS, SECOND

__all__ = ["Pacer"]

_PACE = 0.001  # s; what it adds to the latency at most, but for the rounding of the loop's timers
_BUSY = 1_500  # packets/s
_SINGLY = 2  # packets a wake-up, below which a timer pays
_WINDOW = 100 * MS
_WINDOWS_PACED = 20  # then one without a timer, to see how the packets come now


class Pacer:
    """Calls `drain` from the event loop: it reads until empty, or says False when there is more to read."""

    def __init__(
        self, sock: socket.socket, drain: Callable[[], bool], packets_in: Callable[[], int], clock: Callable[[], int]
    ) -> None:
        self._socket = sock
        self._drain = drain
        self._packets_in = packets_in
        self._clock = clock
        self._timer: asyncio.TimerHandle | None = None
        self._window = (clock(), packets_in())
        self._wakeups = 0
        self._paced = 0  # windows left in which a timer reads
        self._closed = False
        asyncio.get_running_loop().add_reader(sock.fileno(), self._readable)

    def close(self) -> None:
        """Call nothing any more; before the socket is closed; idempotent."""
        if self._timer is not None:
            self._timer.cancel()
        if not self._closed:
            asyncio.get_running_loop().remove_reader(self._socket.fileno())
        self._closed = True

    def _readable(self) -> None:
        emptied = self._drain()
        self._wakeups += 1
        if self._clock() - self._window[0] >= _WINDOW:
            self._judge()
        if self._paced and emptied and not self._closed:
            loop = asyncio.get_running_loop()
            loop.remove_reader(self._socket.fileno())
            self._timer = loop.call_later(_PACE, self._tick)

    def _tick(self) -> None:
        self._timer = None
        emptied = self._drain()
        self._wakeups += 1
        if self._clock() - self._window[0] >= _WINDOW:
            self._judge()
        if self._closed:
            return
        loop = asyncio.get_running_loop()
        if self._paced:
            self._timer = loop.call_later(_PACE if emptied else 0, self._tick)
        else:
            loop.add_reader(self._socket.fileno(), self._readable)

    def _judge(self) -> None:
        now, (start, before) = self._clock(), self._window
        packets = self._packets_in() - before
        if packets * SECOND // (now - start) < _BUSY:
            self._paced = 0
        elif self._paced:
            self._paced -= 1
        elif packets < _SINGLY * self._wakeups:
            self._paced = _WINDOWS_PACED
        self._window, self._wakeups = (now, before + packets), 0
