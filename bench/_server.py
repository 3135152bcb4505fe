"""What bench.forward needs of a server under test: one publisher, several subscribers, a process to account for."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from aiortc.rtcdtlstransport import RTCCertificate

from bench import _sdp
from bench._forward_generator import Session
from bench._packets import Video
from bench._peer import Peer

if TYPE_CHECKING:
    from bench._peer import Line

__all__ = ["Server", "ServerError", "Shape", "connect", "join_publisher", "join_subscriber"]


class ServerError(RuntimeError):
    """The server under test could not be started, or refused what it was asked."""


class Server(Protocol):
    """A forwarder running in a process of its own, one room open."""

    @property
    def pid(self) -> int:
        """Process whose threads do the forwarding."""
        ...

    async def publish(self, offer: str) -> str:
        """Answer the publisher's offer."""
        ...

    async def subscribe(self, subscriber: int) -> str:
        """Offer the publication to a subscriber, numbered from 0."""
        ...

    async def answer(self, subscriber: int, sdp: str) -> None:
        """Take that subscriber's answer."""
        ...

    async def close(self) -> None:
        """End the process; idempotent."""
        ...


@dataclass(frozen=True, slots=True)
class Shape:
    """What is asked of a server: the SRTP profile, how many watch, how big and how many the packets are."""

    profile: str
    subscribers: int
    payload_bytes: int
    pps: int


async def connect(server: Server, address: str, shape: Shape) -> Session:
    """Bring up the publisher, then each subscriber, on `address`. Raises PeerError, also for an unknown profile."""
    certificate = RTCCertificate.generateCertificate()

    def new_peer() -> Peer:
        return Peer(address, certificate, shape.profile)

    lines: list[Line] = []
    try:
        lines += [await join_publisher(server, new_peer())]
        for index in range(shape.subscribers):
            lines += [await join_subscriber(server, new_peer(), index)]
    except BaseException:
        for line in lines:
            line.close()
        raise
    video = Video(_sdp.NUMBERS, payload_bytes=shape.payload_bytes, packets_per_second=shape.pps)
    return Session(publisher=lines[0], subscribers=tuple(lines[1:]), video=video)


async def join_publisher(server: Server, peer: Peer) -> Line:
    """Bring up a publisher's line. Raises PeerError."""
    answered = await server.publish(_sdp.offer(await peer.gather()))
    return await peer.connect(_sdp.remote_of(answered), controlling=True)


async def join_subscriber(server: Server, peer: Peer, index: int) -> Line:
    """Bring up the line of subscriber `index`. Raises PeerError."""
    transport = await peer.gather()
    offered = await server.subscribe(index)
    remote = _sdp.remote_of(offered)
    connecting = asyncio.create_task(peer.connect(remote, controlling=False))
    try:
        await server.answer(index, _sdp.answer(offered, transport))
    except BaseException:
        connecting.cancel()
        raise
    return await connecting
