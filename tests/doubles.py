"""Stand-ins for what lies outside the process; each passes the same contract test as the real one."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from mediation_server.errors import BadInput, Refused
from mediation_server.media.engine import (
    Answer,
    Audience,
    EngineEvent,
    EngineListener,
    Kind,
    Load,
    MemberQuality,
    PacketSink,
    Publication,
    PublicationEnded,
    Source,
    SpeakingChanged,
    SubscribeOffer,
    Watching,
)


class FakeClock:
    """A clock that moves when told to; starts at a fixed instant, so that what depends on it is the same each time."""

    def __init__(self, start: datetime = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)) -> None:
        self._start = start
        self._elapsed = timedelta()

    def now(self) -> datetime:
        return self._start + self._elapsed

    def monotonic_ms(self) -> int:
        return self._elapsed // timedelta(milliseconds=1)

    def advance(self, *, seconds: float = 0, hours: float = 0) -> None:
        self._elapsed += timedelta(seconds=seconds, hours=hours)

    def jump(self, *, seconds: float) -> None:
        """The wall clock alone, forward or back: somebody has set it."""
        self._start += timedelta(seconds=seconds)


@dataclass
class FakeRoom:
    """What the engine knows of one room."""

    listener: EngineListener | None = None
    audience: Audience = field(default_factory=dict)
    granted_once: set[tuple[str, str]] = field(default_factory=set)
    moved: set[str] = field(default_factory=set)
    publications: dict[str, Publication] = field(default_factory=dict)
    muted: set[tuple[str, Source]] = field(default_factory=set)
    offered: dict[str, list[str]] = field(default_factory=dict)
    revision: int = 0
    sink: PacketSink | None = None
    ears: dict[str, PacketSink] = field(default_factory=dict)
    kicked: list[str] = field(default_factory=list)
    guests: dict[str, bool] = field(default_factory=dict)  # what was prepared, and whether it was answered
    expected: list[str] = field(default_factory=list)
    seated: list[tuple[str, str]] = field(default_factory=list)
    quality: dict[str, MemberQuality] = field(default_factory=dict)
    watching: dict[str, Watching] = field(default_factory=dict)


class FakeEngine:
    """A media engine without sockets: it keeps the books of one, and `reach` tells whom a packet would get to."""

    def __init__(self) -> None:
        self.rooms: dict[str, FakeRoom] = {}
        self.fences: list[tuple[str, Audience]] = []
        self.watch = None  # called at every fence with (room, audience)
        self._count = 0

    async def start(self) -> None:
        pass

    async def close(self) -> None:
        self.rooms.clear()

    def listen(self, room: str, listener: EngineListener) -> None:
        self.rooms[room].listener = listener

    async def open_room(self, room: str) -> None:
        self.rooms.setdefault(room, FakeRoom())

    async def close_room(self, room: str) -> None:
        self.rooms.pop(room, None)

    async def publish(self, room: str, member: str, sdp: str, sources: Mapping[str, Source]) -> Answer:
        if not sdp.startswith("v=0"):
            raise BadInput("bad_sdp", field="sdp")
        self._end(room, member, "replaced")
        made = []
        for source in sources.values():
            self._count += 1
            kind = Kind.AUDIO if source is Source.MICROPHONE else Kind.VIDEO
            codec, rate = ("opus", 48_000) if kind is Kind.AUDIO else ("vp8", 90_000)
            made.append(Publication(f"pub{self._count}", room, member, kind, source, codec, rate))
        self.rooms[room].publications.update((each.id, each) for each in made)
        return Answer("v=0 answer", tuple(made))

    async def subscribe(self, room: str, member: str, publications: Sequence[str], *, fresh: bool) -> SubscribeOffer:
        at = self.rooms[room]
        for each in publications:
            if (at.publications[each].member, member) not in at.granted_once:
                raise Refused("not_granted")
        known = [] if fresh else at.offered.get(member, [])
        at.offered[member] = [*known, *(each for each in publications if each not in known)]
        at.revision += 1
        return SubscribeOffer("v=0 offer", at.revision, {str(n): each for n, each in enumerate(at.offered[member])})

    async def prepare(self, room: str, guest: str) -> SubscribeOffer:
        self.rooms[room].guests[guest] = False
        self.rooms[room].revision += 1
        return SubscribeOffer("v=0 offer", self.rooms[room].revision)

    async def expect(self, room: str, guest: str) -> None:
        self.rooms[room].expected.append(guest)

    async def seat(self, room: str, guest: str, member: str) -> bool:
        answered = self.rooms[room].guests.pop(guest, False)
        if answered:
            self.rooms[room].seated.append((guest, member))
        return answered

    async def restart(self, room: str, member: str) -> bool:
        return bool(self.rooms[room].offered.get(member))

    async def answer(self, room: str, member: str, revision: int, sdp: str) -> None:
        if not sdp.startswith("v=0"):
            raise BadInput("bad_sdp", field="sdp")
        if member in self.rooms[room].guests:
            self.rooms[room].guests[member] = True

    async def trickle(self, room: str, member: str, direction: str, candidate: str) -> None:
        pass

    async def set_audience(self, room: str, audience: Audience, moved: frozenset[str] = frozenset()) -> None:
        at = self.rooms[room]
        at.moved |= moved
        at.audience = {sender: frozenset(receivers) for sender, receivers in audience.items()}
        at.granted_once |= {(sender, each) for sender, receivers in audience.items() for each in receivers}
        self.fences.append((room, at.audience))
        if self.watch is not None:
            self.watch(room, at.audience)

    async def mute(self, room: str, member: str, source: Source, *, muted: bool) -> None:
        (self.rooms[room].muted.add if muted else self.rooms[room].muted.discard)((member, source))

    async def set_layer(self, room: str, member: str, publication: str, layer: str) -> None:
        pass

    async def look(self, room: str, member: str, watching: Watching) -> None:
        self.rooms[room].watching[member] = watching

    async def kick(self, room: str, member: str) -> None:
        await asyncio.sleep(0)  # as in the real one, others may run meanwhile
        self.rooms[room].kicked.append(member)
        self.rooms[room].guests.pop(member, None)
        self.rooms[room].offered.pop(member, None)
        self._end(room, member, "kicked")

    async def record(self, room: str, sink: PacketSink | None) -> None:
        self.rooms[room].sink = sink

    async def overhear(self, room: str, member: str, sink: PacketSink | None) -> None:
        self.rooms[room].ears.pop(member, None)
        if sink is not None:
            self.rooms[room].ears[member] = sink

    def quality(self, room: str, member: str) -> MemberQuality | None:
        return self.rooms[room].quality.get(member)

    def load(self) -> Load:
        return Load(len(self.rooms), 0, 0, 0, {})

    # -- what tests ask ---------------------------------------------------------------------------------------------

    def reach(self, room: str, member: str, source: Source = Source.MICROPHONE) -> set[str]:
        """Who gets a packet that this member sends now: granted, offered, and not muted."""
        at = self.rooms.get(room)
        if at is None or (member, source) in at.muted:
            return set()
        sent = [each for each in at.publications.values() if (each.member, each.source) == (member, source)]
        heard = {who for who in at.audience.get(member, ()) for each in sent if each.id in at.offered.get(who, ())}
        if sent and at.sink is not None and "recorder" in at.audience.get(member, ()):
            heard.add("recorder")
        return heard

    def says(self, room: str, member: str, *, speaking: bool) -> None:
        """The voice detector found or lost a voice."""
        self.tell(room, SpeakingChanged(room, member, speaking))

    def tell(self, room: str, event: EngineEvent) -> None:
        listener = self.rooms[room].listener
        assert listener is not None
        listener(event)

    def _end(self, room: str, member: str, reason: str) -> None:
        at = self.rooms[room]
        for gone in [each for each in at.publications.values() if each.member == member]:
            del at.publications[gone.id]
            if at.listener is not None:
                at.listener(PublicationEnded(room, gone, reason))


class FakeCaptioner:
    """A machine that understands what the test says it does, of voices it was given."""

    def __init__(self, take) -> None:
        self.take = take
        self.voices: dict[str, Publication] = {}
        self.flushed = 0
        self.closed = False

    def started(self, publication: Publication) -> None:
        self.voices[publication.id] = publication

    def packet(self, publication: Publication, packet: bytes, arrival_ns: int) -> None:
        pass

    def sender_report(self, publication: Publication, ntp: int, rtp_timestamp: int, arrival_ns: int) -> None:
        pass

    def lost(self, from_ns: int, to_ns: int, packets: int) -> None:
        pass

    def stopped(self, publication: Publication, reason: str) -> None:
        self.voices.pop(publication.id, None)

    async def flush(self) -> None:
        self.flushed += 1

    async def close(self) -> None:
        self.closed = True


class FakeRecorder:
    """A recorder that only notes what is asked of it."""

    def __init__(self, session_id: str) -> None:
        self.recording_id = f"recording of {session_id}"
        self.deeds: list[str] = []
        self.packets: list[bytes] = []
        self.broken = False
        self.ledger: list[Mapping[str, Sequence[str]]] = []  # what the forwarder was told, in order
        self.causes: list[tuple[str, str, str]] = []  # of gaps: reason, by whom, why
        self.head: tuple[int, str] | None = None
        self.captions: list[tuple[str, int, int, str]] = []

    def started(self, publication: Publication) -> None:
        pass

    def packet(self, publication: Publication, packet: bytes, arrival_ns: int) -> None:
        self.packets.append(packet)

    def sender_report(self, publication: Publication, ntp: int, rtp_timestamp: int, arrival_ns: int) -> None:
        pass

    def lost(self, from_ns: int, to_ns: int, packets: int) -> None:
        pass

    def stopped(self, publication: Publication, reason: str) -> None:
        pass

    def fencing(self) -> None:
        pass

    def fenced(self, receivers) -> None:
        self.ledger.append(receivers)

    def captioned(self, participant, from_ms, to_ms, text) -> None:
        self.captions.append((participant, from_ms, to_ms, text))

    def logged(self, seq: int, digest: str) -> None:
        self.head = (seq, digest)

    async def pause(self, reason, *, by="", cause="") -> None:
        self.causes.append((reason.value, by, cause))
        if self.broken:
            raise OSError("disk")
        self.deeds.append(f"pause {reason.value}")

    async def resume(self) -> None:
        self.deeds.append("resume")

    async def finish(self) -> None:
        self.deeds.append("finish")
