"""The load of bench.capacity: as many packets as are asked for, arrivals counted, not opened; knows no server.

At such rates decrypting every arrival would measure the generator.  Of each datagram only the header is copied; that
packets authenticate is shown by a slow round of `bench._forward_generator` before.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import socket

    from bench._forward_generator import Session
    from bench._pace import Pace

__all__ = ["Trial", "play"]

_HEADER = 12
_NS_PER_S = 1_000_000_000
_SILENCE_NS = 100_000_000
_RTP_FIRST_BYTES = range(128, 192)
_RTCP_TYPES = range(64, 96)


@dataclass(frozen=True, slots=True)
class Trial:
    """One offered rate: what was sent and what came, and how long after the last packet the last arrival was."""

    offered: int  # packets/s in that were meant
    sent: int
    subscribers: int
    delivered: int
    sending_s: float
    lag_ms: float

    @property
    def carried(self) -> float:
        """Packets a second that came out."""
        return self.delivered / (self.sending_s + self.lag_ms / 1_000)

    def holds(self, lag_ms: float) -> bool:
        """Whether every packet came, and soon: a queue that grows is a rate that is not carried."""
        return self.delivered >= self.sent * self.subscribers and self.lag_ms <= lag_ms

    @property
    def as_meant(self) -> bool:
        """Whether the generator had its core: it really sent nearly as fast as it meant to."""
        return self.sent / self.sending_s >= 0.95 * self.offered


def play(session: Session, pace: Pace, seconds: float) -> Trial:
    """Send at that pace and count."""
    session.renew_consent()
    count = pace.bursts_in(seconds) * pace.burst
    protected = [session.publisher.outbound.protect(packet) for packet in session.video.take(count)]
    session.discard_arrivals()
    memory = memoryview(bytearray(_HEADER))
    sockets = [line.sock for line in session.subscribers]
    send, delivered, last = session.publisher.sock.send, 0, 0
    start = time.monotonic_ns()
    for index in range(count // pace.burst):
        due = start + index * pace.interval_ns
        while time.monotonic_ns() < due:
            delivered += _count(sockets[index % len(sockets)], memory)
        for data in protected[index * pace.burst : (index + 1) * pace.burst]:
            send(data)
    end = last = time.monotonic_ns()
    while time.monotonic_ns() - last < _SILENCE_NS:
        found = sum(_count(sock, memory) for sock in sockets)
        if found:
            delivered += found
            last = time.monotonic_ns()
    lag_ms = (last - end) / 1_000_000
    return Trial(pace.packets_per_second, count, len(sockets), delivered, (end - start) / _NS_PER_S, lag_ms)


def _count(sock: socket.socket, memory: memoryview) -> int:
    """Empty a socket; of what lies in it, count what is RTP."""
    found = 0
    receive = sock.recv_into
    while True:
        try:
            receive(memory)
        except BlockingIOError:
            return found
        found += memory[0] in _RTP_FIRST_BYTES and (memory[1] & 0x7F) not in _RTCP_TYPES
