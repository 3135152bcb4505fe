"""The load of bench.forward: sends encrypted packets at a fixed pace, drains and decrypts what comes back.

Blocking on purpose, with nothing else in its way; knows lines and packets, no server and no report.
"""

from __future__ import annotations

import struct
import time
from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pylibsrtp

from bench import report
from bench._packets import number_in

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Sequence

    from bench._pace import Pace
    from bench._packets import Video
    from bench._peer import Line

__all__ = ["Session", "Tally", "run"]

_DATAGRAM = 2_048
_ANCILLARY = 64
_TIMESPEC = struct.Struct("qq")
_NS_PER_S = 1_000_000_000
_NS_PER_MS = 1_000_000
_CONSENT_EVERY_NS = 1_000_000_000
_SILENCE_NS = 150_000_000
_RTP_FIRST_BYTES = range(128, 192)
_RTCP_TYPES = range(64, 96)


@dataclass(frozen=True, slots=True)
class Session:
    """One publisher and its subscribers, connected to one server."""

    publisher: Line
    subscribers: Sequence[Line]
    video: Video

    def renew_consent(self) -> None:
        """Keep every line of this session alive while another server has its turn."""
        for line in (self.publisher, *self.subscribers):
            line.renew_consent()

    def discard_arrivals(self) -> None:
        """Throw away whatever waits in the sockets."""
        for line in (self.publisher, *self.subscribers):
            _read(line.sock)

    def close(self) -> None:
        """Close every socket."""
        for line in (self.publisher, *self.subscribers):
            line.close()


@dataclass(frozen=True, slots=True)
class Tally:
    """What one round brought: a packet counts once a subscriber, if it authenticates and carries a number just sent."""

    sent: int
    subscribers: int
    delivered: int
    rejected: int
    foreign: int
    sending_s: float
    p50_ms: float | None
    p99_ms: float | None

    @property
    def expected(self) -> int:
        """Deliveries of a server that loses nothing."""
        return self.sent * self.subscribers

    @property
    def loss(self) -> float:
        """Share of the expected deliveries that never came, 0..1."""
        return 1.0 - self.delivered / self.expected if self.expected else 0.0


class _Receipts:
    """Counts and dates what the subscribers get of one round."""

    def __init__(self, first_number: int, count: int, subscribers: int) -> None:
        self._first = first_number
        self._seen = [bytearray(count) for _ in range(subscribers)]
        self.sent_at = array("q", bytes(8 * count))
        self.latencies_ms = array("d")
        self.rejected = 0
        self.foreign = 0

    def take(self, subscriber: int, line: Line, arrivals: list[tuple[bytes, int]]) -> None:
        for data, arrived_at in arrivals:
            if data[0] not in _RTP_FIRST_BYTES or (data[1] & 0x7F) in _RTCP_TYPES:
                continue
            try:
                packet = line.inbound.unprotect(data)
            except pylibsrtp.Error:
                self.rejected += 1
                continue
            self._count(self._seen[subscriber], packet, arrived_at)

    def _count(self, seen: bytearray, packet: bytes, arrived_at: int) -> None:
        number = number_in(packet)
        index = -1 if number is None else number - self._first
        if 0 <= index < len(seen) and self.sent_at[index] and not seen[index]:
            seen[index] = 1
            self.latencies_ms.append((arrived_at - self.sent_at[index]) / _NS_PER_MS)
        else:
            self.foreign += 1


def run(session: Session, pace: Pace, seconds: float, others: Callable[[], None]) -> Tally:
    """Play one round against a server and count what its subscribers get.

    `others` is called once a second to keep alive the sessions whose turn it is not.
    """
    count = pace.bursts_in(seconds) * pace.burst
    receipts = _Receipts(session.video.next_number, count, len(session.subscribers))
    protected = [session.publisher.outbound.protect(packet) for packet in session.video.take(count)]
    session.discard_arrivals()
    started = time.monotonic_ns()
    _send_all(session, pace, protected, receipts, others)
    sending_s = (time.monotonic_ns() - started) / _NS_PER_S
    _drain_until_silent(session, receipts)
    return Tally(
        sent=count,
        subscribers=len(session.subscribers),
        delivered=len(receipts.latencies_ms),
        rejected=receipts.rejected,
        foreign=receipts.foreign,
        sending_s=sending_s,
        p50_ms=report.percentile(receipts.latencies_ms, 0.5),
        p99_ms=report.percentile(receipts.latencies_ms, 0.99),
    )


def _send_all(
    session: Session, pace: Pace, protected: list[bytes], receipts: _Receipts, others: Callable[[], None]
) -> None:
    start = time.monotonic_ns()
    renewed = start
    last_sent: int | None = None
    for index in range(len(protected) // pace.burst):
        due = start + pace.due_ns(index, last_sent)
        _sleep_until(due)
        last_sent = time.monotonic_ns() - start
        _send_burst(session.publisher.sock, protected, range(index * pace.burst, (index + 1) * pace.burst), receipts)
        _drain(session, receipts)
        if start + last_sent - renewed > _CONSENT_EVERY_NS:
            renewed = start + last_sent
            session.renew_consent()
            others()


def _send_burst(sock: socket.socket, protected: list[bytes], burst: range, receipts: _Receipts) -> None:
    for index in burst:
        receipts.sent_at[index] = time.time_ns()
        sock.send(protected[index])


def _sleep_until(due_ns: int) -> None:
    """Sleep on a timer, never on a socket: a sleeping reader would put its wake-up on the server's account."""
    left = due_ns - time.monotonic_ns()
    if left > 0:
        time.sleep(left / _NS_PER_S)


def _drain(session: Session, receipts: _Receipts) -> int:
    _read(session.publisher.sock)
    found = 0
    for subscriber, line in enumerate(session.subscribers):
        arrivals = _read(line.sock)
        found += len(arrivals)
        receipts.take(subscriber, line, arrivals)
    return found


def _drain_until_silent(session: Session, receipts: _Receipts) -> None:
    heard = time.monotonic_ns()
    while time.monotonic_ns() - heard < _SILENCE_NS:
        if _drain(session, receipts):
            heard = time.monotonic_ns()
        time.sleep(0.005)


def _read(sock: socket.socket) -> list[tuple[bytes, int]]:
    """Read everything that waits, each datagram with its arrival in the kernel (wall clock, ns)."""
    arrivals: list[tuple[bytes, int]] = []
    while True:
        try:
            data, ancillary, _flags, _address = sock.recvmsg(_DATAGRAM, _ANCILLARY)
        except BlockingIOError:
            return arrivals
        except ConnectionRefusedError:  # the server closed its socket; what it sent before still counts
            return arrivals
        arrivals.append((data, _stamp(ancillary)))


def _stamp(ancillary: list[tuple[int, int, bytes]]) -> int:
    if not ancillary:  # it came before stamping was switched on
        return time.time_ns()
    seconds, nanoseconds = _TIMESPEC.unpack(ancillary[0][2])
    return int(seconds * _NS_PER_S + nanoseconds)
