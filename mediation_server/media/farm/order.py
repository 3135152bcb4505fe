"""What a worker is told to be, and every bound and pace between it and the main process; knows no room."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from mediation_server.media.embedded.limits import Limits

__all__ = ["FarmLimits", "Order", "orders_of"]

MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class FarmLimits:
    """Paces in seconds, sizes in bytes.

    Patience counts only while the main process itself runs (`patience.py`): a stalled main process blames nobody.
    """

    beat_s: float = 0.2  # a worker says how it is
    silence_s: float = 2.0  # without a beat a worker counts as hung
    fence_s: float = 1.0  # without an acknowledgement the room is cut: the worker is killed
    closing_s: float = 2.0  # the same for what waits for the farewells of DTLS
    answer_s: float = 5.0  # any other question
    starting_s: float = 20.0  # from the start of the process until it serves
    respawn_s: float = 0.2  # before a dead worker is replaced; doubles while workers do not live long
    respawn_most_s: float = 5.0
    frame: int = 8 * MIB  # one message of the control channel
    unread: int = 16 * MIB  # messages of a worker that wait for a stalled main process; beyond it the worker gives up
    tape: int = 128 * MIB  # recorder's packets that wait for a stalled main process; beyond it they are lost, and told
    tape_pause_s: float = 0.01  # packets for the recorder are collected this long


@dataclass(frozen=True, slots=True)
class Order:
    """One worker: the address it binds, its own ports, what browsers are told, and the certificate all workers share.

    `port` 0 takes a free one; `tcp_port` is None for none and 0 for the number of the UDP port.  `certificate` is
    PEM, key and certificate together; it goes over the socket only, never to disk, environment or command line.
    """

    host: str
    port: int
    advertised: tuple[str, ...]
    certificate: str
    tcp_port: int | None = None
    limits: Limits = field(default_factory=Limits)
    paces: FarmLimits = field(default_factory=FarmLimits)

    def __repr__(self) -> str:
        """Without the key."""
        return f"Order({self.host}, {self.port}, {self.tcp_port})"


def orders_of(first: Order, workers: int) -> list[Order]:
    """So many workers on ports that follow one another; port 0 stays 0, so that each takes a free one."""
    return [
        replace(first, port=first.port and first.port + at, tcp_port=first.tcp_port and first.tcp_port + at)
        for at in range(workers)
    ]
