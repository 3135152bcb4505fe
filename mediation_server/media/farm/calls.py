"""What a worker can be asked, one value for each call of the engine port, each knowing how it is carried out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from pydantic import TypeAdapter

from mediation_server.media.engine import (
    Answer,
    Audience,
    DataUse,
    MediaEngine,
    PacketSink,
    Source,
    SubscribeOffer,
    Watching,
)

__all__ = [
    "CALLS",
    "Call",
    "CloseRoom",
    "Expect",
    "Kick",
    "Look",
    "Mute",
    "Overhear",
    "Prepare",
    "Publish",
    "Record",
    "Restart",
    "Restore",
    "Seat",
    "SetAudience",
    "SetLayer",
    "Subscribe",
    "TakeAnswer",
    "Trickle",
    "Workplace",
    "pairs_of",
]


class Workplace(Protocol):
    """What calls find in the worker: the engine, and a recorder's channel for each number."""

    engine: MediaEngine

    def open(self, room: str) -> None:
        """Tell the main process what happens in this room."""
        ...

    def sink(self, room: str, number: int) -> PacketSink:
        """A recorder of this room that sits in the main process under this number."""
        ...


class Call(Protocol):
    """One question to a worker."""

    async def carry_out(self, place: Workplace) -> object:
        """Do it; the result as the engine port gives it. Raises what the engine raises."""
        ...


Pairs = tuple[tuple[str, Source, int], ...]  # what `Watching` holds by (member, source), which JSON cannot name so


def pairs_of(watching: Watching) -> Pairs:
    """The heights of a `Watching` as JSON can hold them."""
    return tuple((member, source, height) for (member, source), height in watching.heights.items())


@dataclass(frozen=True, slots=True)
class Look:
    """See `MediaEngine.look`."""

    room: str
    member: str
    heights: Pairs
    data: DataUse

    async def carry_out(self, place: Workplace) -> None:
        """Send what is looked at."""
        heights = {(member, source): height for member, source, height in self.heights}
        await place.engine.look(self.room, self.member, Watching(heights, self.data))


@dataclass(frozen=True, slots=True)
class Restore:
    """Open a room as it must be: who is muted, who receives, which recorder (0: none) and which ears are attached."""

    room: str
    audience: Audience
    muted: tuple[tuple[str, Source], ...] = ()
    sink: int = 0
    looks: tuple[Look, ...] = ()
    ears: tuple[tuple[str, int], ...] = ()

    async def carry_out(self, place: Workplace) -> None:
        """Mutes and audience stand before anybody can connect."""
        await place.engine.open_room(self.room)
        place.open(self.room)
        for member, source in self.muted:
            await place.engine.mute(self.room, member, source, muted=True)
        await place.engine.set_audience(self.room, self.audience)
        if self.sink:
            await place.engine.record(self.room, place.sink(self.room, self.sink))
        for member, sink in self.ears:
            await place.engine.overhear(self.room, member, place.sink(self.room, sink))
        for look in self.looks:
            await look.carry_out(place)


@dataclass(frozen=True, slots=True)
class CloseRoom:
    """See `MediaEngine.close_room`."""

    room: str

    async def carry_out(self, place: Workplace) -> None:
        """Close it."""
        await place.engine.close_room(self.room)


@dataclass(frozen=True, slots=True)
class Publish:
    """See `MediaEngine.publish`."""

    room: str
    member: str
    sdp: str
    sources: Mapping[str, Source]

    async def carry_out(self, place: Workplace) -> Answer:
        """The answer."""
        return await place.engine.publish(self.room, self.member, self.sdp, self.sources)


@dataclass(frozen=True, slots=True)
class Subscribe:
    """See `MediaEngine.subscribe`."""

    room: str
    member: str
    publications: tuple[str, ...]
    fresh: bool

    async def carry_out(self, place: Workplace) -> SubscribeOffer:
        """The offer."""
        return await place.engine.subscribe(self.room, self.member, self.publications, fresh=self.fresh)


@dataclass(frozen=True, slots=True)
class Prepare:
    """See `MediaEngine.prepare`."""

    room: str
    guest: str

    async def carry_out(self, place: Workplace) -> SubscribeOffer:
        """The offer."""
        return await place.engine.prepare(self.room, self.guest)


@dataclass(frozen=True, slots=True)
class Expect:
    """See `MediaEngine.expect`."""

    room: str
    guest: str

    async def carry_out(self, place: Workplace) -> None:
        """Make ready."""
        await place.engine.expect(self.room, self.guest)


@dataclass(frozen=True, slots=True)
class Seat:
    """See `MediaEngine.seat`."""

    room: str
    guest: str
    member: str

    async def carry_out(self, place: Workplace) -> bool:
        """Whether it is the member's now."""
        return await place.engine.seat(self.room, self.guest, self.member)


@dataclass(frozen=True, slots=True)
class Restart:
    """See `MediaEngine.restart`."""

    room: str
    member: str

    async def carry_out(self, place: Workplace) -> bool:
        """Whether it can go on."""
        return await place.engine.restart(self.room, self.member)


@dataclass(frozen=True, slots=True)
class TakeAnswer:
    """See `MediaEngine.answer`."""

    room: str
    member: str
    revision: int
    sdp: str

    async def carry_out(self, place: Workplace) -> None:
        """Take it."""
        await place.engine.answer(self.room, self.member, self.revision, self.sdp)


@dataclass(frozen=True, slots=True)
class Trickle:
    """See `MediaEngine.trickle`."""

    room: str
    member: str
    direction: str
    candidate: str

    async def carry_out(self, place: Workplace) -> None:
        """Take it."""
        await place.engine.trickle(self.room, self.member, self.direction, self.candidate)


@dataclass(frozen=True, slots=True)
class SetAudience:
    """See `MediaEngine.set_audience`."""

    room: str
    audience: Audience
    moved: frozenset[str] = frozenset()

    async def carry_out(self, place: Workplace) -> None:
        """The fence."""
        await place.engine.set_audience(self.room, self.audience, self.moved)


@dataclass(frozen=True, slots=True)
class Mute:
    """See `MediaEngine.mute`."""

    room: str
    member: str
    source: Source
    muted: bool

    async def carry_out(self, place: Workplace) -> None:
        """A fence as well."""
        await place.engine.mute(self.room, self.member, self.source, muted=self.muted)


@dataclass(frozen=True, slots=True)
class SetLayer:
    """See `MediaEngine.set_layer`."""

    room: str
    member: str
    publication: str
    layer: str

    async def carry_out(self, place: Workplace) -> None:
        """Prefer it."""
        await place.engine.set_layer(self.room, self.member, self.publication, self.layer)


@dataclass(frozen=True, slots=True)
class Kick:
    """See `MediaEngine.kick`."""

    room: str
    member: str

    async def carry_out(self, place: Workplace) -> None:
        """Close both transports."""
        await place.engine.kick(self.room, self.member)


@dataclass(frozen=True, slots=True)
class Record:
    """See `MediaEngine.record`; `sink` 0 detaches."""

    room: str
    sink: int

    async def carry_out(self, place: Workplace) -> None:
        """Attach or detach."""
        await place.engine.record(self.room, place.sink(self.room, self.sink) if self.sink else None)


@dataclass(frozen=True, slots=True)
class Overhear:
    """See `MediaEngine.overhear`; `sink` 0 detaches."""

    room: str
    member: str
    sink: int

    async def carry_out(self, place: Workplace) -> None:
        """Attach or detach."""
        sink = place.sink(self.room, self.sink) if self.sink else None
        await place.engine.overhear(self.room, self.member, sink)


_ALL = (
    *(Restore, CloseRoom, Publish, Subscribe, Prepare, Expect, Seat, Restart, TakeAnswer, Trickle),
    *(SetAudience, Mute, SetLayer, Look, Kick, Record, Overhear),
)
CALLS: Mapping[str, TypeAdapter[Any]] = {each.__name__: TypeAdapter(each) for each in _ALL}
