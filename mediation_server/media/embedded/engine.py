"""The embedded media engine: our own selective forwarding unit behind the engine port; glue and nothing else.

One UDP port for everybody, ICE-lite, DTLS-SRTP, packets forwarded undecoded.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Mapping, Sequence

from aiortc import RTCCertificate

from mediation_server.errors import BadInput, NotFound, Unavailable
from mediation_server.media.embedded import private_names
from mediation_server.media.embedded.census import load_of
from mediation_server.media.embedded.descriptions import Ports
from mediation_server.media.embedded.layers import PAUSED
from mediation_server.media.embedded.limits import Counters, Limits
from mediation_server.media.embedded.negotiating import Negotiator
from mediation_server.media.embedded.quality import qualities_of, quality_of
from mediation_server.media.embedded.room import RECORDER, EngineRoom
from mediation_server.media.embedded.sockaddr import reached_at
from mediation_server.media.embedded.subscription import TOP
from mediation_server.media.embedded.tcp import TcpPort
from mediation_server.media.embedded.transport import Services
from mediation_server.media.embedded.udp import UdpPort
from mediation_server.media.engine import (
    Answer,
    Audience,
    EngineListener,
    Load,
    MediaEngine,
    MemberQuality,
    PacketSink,
    Source,
    SubscribeOffer,
    Watching,
)

__all__ = ["EmbeddedEngine"]

_TICK = 0.1
_TICKS_PER_SECOND = 10
_CAPS = {"high": TOP, "low": 0, "off": PAUSED}
_MEMBER = re.compile(r"[\w.:-]{1,64}", re.ASCII)


class EmbeddedEngine(MediaEngine):
    """`host` is bound; `advertised` are the IP addresses that browsers are told; port 0 takes a free one.

    `tcp_port` is for networks that block UDP: None for none, 0 for the number of the UDP port if it is free.
    """

    def __init__(
        self,
        host: str,
        port: int,
        advertised: Sequence[str],
        *,
        tcp_port: int | None = None,
        limits: Limits | None = None,
        monotonic_ns: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self.port = port
        self.tcp_port = tcp_port
        self._host = host
        self._advertised = tuple(advertised)
        self._limits = limits or Limits()
        self._clock = monotonic_ns
        self._counters = Counters()
        self._udp = UdpPort(self._limits, self._counters, monotonic_ns)
        self._tcp = TcpPort(self._limits, self._counters)
        self._rooms: dict[str, EngineRoom] = {}
        self._negotiator: Negotiator | None = None
        self._services: Services | None = None
        self.certificate: RTCCertificate | None = None  # set before `start` to show the same in several processes
        self._closing: set[asyncio.Future[None]] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._ticks = 0

    async def start(self) -> None:
        """Bind the port and begin to serve. Raises `Unavailable`."""
        private_names.self_test()
        self.port = self._udp.open(self._host, self.port)
        certificate = self.certificate or RTCCertificate.generateCertificate()
        self._services = Services(self._udp, certificate, self._limits, self._counters, self._clock)
        if self.tcp_port is not None:
            self.tcp_port = await self._open_tcp(self.tcp_port)
        ports = Ports(self.port, self.tcp_port or 0)
        self._negotiator = Negotiator(self._services, self._advertised, ports)
        self._timer = asyncio.get_running_loop().call_later(_TICK, self._tick)

    async def close(self) -> None:
        """Close every room and the socket; idempotent."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        for name in tuple(self._rooms):
            await self.close_room(name)
        await self._tcp.close()
        self._udp.close()
        self._negotiator = None

    def listen(self, room: str, listener: EngineListener) -> None:
        """Call `listener` for each event of this room from now on."""
        self._room(room).listener = listener

    async def open_room(self, room: str) -> None:
        """Make an empty room, if it is not there."""
        if self._services is None:
            raise Unavailable("media_closed")
        self._rooms.setdefault(room, EngineRoom(room, self._services, self._keep))

    async def close_room(self, room: str) -> None:
        """Close all transports of a room; idempotent."""
        found = self._rooms.pop(room, None)
        if found is not None:
            found.close()
            await self._settled()

    async def publish(self, room: str, member: str, sdp: str, sources: Mapping[str, Source]) -> Answer:
        """Answer a browser's publish offer."""
        return self._negotiate().publish(self._room(room), _checked(member), sdp, sources)

    async def subscribe(self, room: str, member: str, publications: Sequence[str], *, fresh: bool) -> SubscribeOffer:
        """Offer exactly these publications to a member."""
        return self._negotiate().subscribe(self._room(room), _checked(member), publications, fresh=fresh)

    async def prepare(self, room: str, guest: str) -> SubscribeOffer:
        """Offer a connection that carries nothing to somebody who is no member yet."""
        return self._negotiate().prepare(self._room(room), _checked(guest))

    async def expect(self, room: str, guest: str) -> None:
        """Make ready for a guest who is coming in."""
        self._room(room).expect(guest)

    async def seat(self, room: str, guest: str, member: str) -> bool:
        """Make what was prepared for a guest a member's subscribing connection."""
        return self._room(room).seat(guest, _checked(member))

    async def restart(self, room: str, member: str) -> bool:
        """New ICE credentials for a member's subscribing transport."""
        downlink = self._room(room).downlinks.get(member)
        if downlink is None or downlink.transport.keys is None:
            return False
        downlink.transport.restart_ice()
        return True

    async def answer(self, room: str, member: str, revision: int, sdp: str) -> None:
        """Take the browser's answer to the subscribe offer of that revision."""
        self._negotiate().answer(self._room(room), member, revision, sdp)

    async def trickle(self, room: str, member: str, direction: str, candidate: str) -> None:
        """Nothing to do: an ICE-lite side learns addresses from authenticated checks alone."""

    async def set_audience(self, room: str, audience: Audience, moved: frozenset[str] = frozenset()) -> None:
        """The fence of the port."""
        self._room(room).set_audience(audience, moved)

    async def mute(self, room: str, member: str, source: Source, *, muted: bool) -> None:
        """Forward nothing of this source, to anybody, while muted."""
        self._room(room).mute(member, source, muted=muted)

    async def set_layer(self, room: str, member: str, publication: str, layer: str) -> None:
        """At most the best encoding ("high"), the lowest ("low"), or none ("off")."""
        found = self._room(room)
        downlink = found.downlinks.get(member)
        for slot in downlink.slots if downlink else ():
            if slot.publication.info.id == publication:
                slot.cap = _CAPS.get(layer, TOP)
                slot.subscription.wanted = min(slot.cap, slot.level)
        if downlink:
            found.settle(member)

    async def look(self, room: str, member: str, watching: Watching) -> None:
        """Send what is looked at, as well as it is looked at."""
        self._room(room).look(member, watching)

    async def kick(self, room: str, member: str) -> None:
        """Close both transports of a member at once; idempotent."""
        found = self._rooms.get(room)
        if found is not None:
            found.forget(member)
            found.drop_uplink(member, "kicked")
            found.drop_downlink(member)
            found.guests.drop(member)
            await self._settled()

    async def record(self, room: str, sink: PacketSink | None) -> None:
        """Attach the sink as the member "recorder", or detach it."""
        self._room(room).listen_in(RECORDER, sink)

    async def overhear(self, room: str, member: str, sink: PacketSink | None) -> None:
        """Attach the sink as this member, who is given voices alone, or detach it."""
        self._room(room).listen_in(member, sink)

    def quality(self, room: str, member: str) -> MemberQuality | None:
        """How that member's line is now, or None before it is known."""
        found = self._rooms.get(room)
        return quality_of(found.uplinks.get(member), found.downlinks.get(member)) if found else None

    def qualities(self) -> Mapping[str, Mapping[str, MemberQuality]]:
        """How all lines are now, by room and member."""
        return {name: qualities_of(room.uplinks, room.downlinks) for name, room in self._rooms.items()}

    def load(self) -> Load:
        """What the engine carries now."""
        return load_of(self._rooms, self._counters)

    async def _open_tcp(self, port: int) -> int:
        """Listen for TCP, by itself on the port that UDP has: one number to open in a firewall."""
        media = (reached_at(self._host), self.port)
        try:
            return await self._tcp.open(self._host, port or self.port, media)
        except Unavailable:
            if port:
                raise
            return await self._tcp.open(self._host, 0, media)

    def _tick(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(_TICK, self._tick)
        self._ticks += 1
        now, second = self._clock(), self._ticks % _TICKS_PER_SECOND == 0
        for room in tuple(self._rooms.values()):
            room.tick(now, second=second)

    def _room(self, name: str) -> EngineRoom:
        room = self._rooms.get(name)
        if room is None:
            raise NotFound("no_room")
        return room

    def _negotiate(self) -> Negotiator:
        if self._negotiator is None:
            raise Unavailable("media_closed")
        return self._negotiator

    def _keep(self, closing: asyncio.Future[None]) -> None:
        self._closing.add(closing)
        closing.add_done_callback(self._closing.discard)

    async def _settled(self) -> None:
        """Wait until what was told to close has closed."""
        if self._closing:
            await asyncio.gather(*self._closing, return_exceptions=True)


def _checked(member: str) -> str:
    """The member's id, which is written into descriptions."""
    if not _MEMBER.fullmatch(member):
        raise BadInput("bad_member")
    return member
