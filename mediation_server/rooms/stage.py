"""`Stage`: the media of one room: the fence, who is muted, what is published and offered; decides nothing by itself."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

from mediation_server.errors import MediationError
from mediation_server.media.engine import (
    Answer,
    Audience,
    EngineListener,
    MediaEngine,
    Publication,
    PublicationEnded,
    Source,
    TransportState,
    TransportStateChanged,
)
from mediation_server.rooms.recording_port import RoomRecorder
from mediation_server.rooms.shapes import OfferMessage, TrackView
from mediation_server.rooms.state import RoomState
from mediation_server.rooms.visibility import audience_of, ledger_of, places_of, with_captions

__all__ = ["Again", "Overhearing", "Stage"]

_LOG = logging.getLogger(__name__)
_NOBODY: frozenset[str] = frozenset()


class Again(Enum):
    """Whether what was offered is offered once more."""

    NO = "no"
    RESTART = "restart"  # on the same transport, with new ICE credentials
    FRESH = "fresh"  # on a new transport


class Overhearing(Protocol):
    """Who reads what machines write of voices, and must know of every fence."""

    @property
    def wanting(self) -> frozenset[str]:
        """Who wants to read it now."""
        ...

    def fencing(self, audience: Audience) -> None:
        """The engine is about to be told who may receive whom; must not block or raise."""
        ...


@dataclass(slots=True)
class Stage:
    """The one place of a room that speaks to the media engine."""

    engine: MediaEngine
    room: str
    audience: Audience = field(default_factory=dict)  # what the engine was told last
    publications: dict[str, Publication] = field(default_factory=dict)
    captions: Overhearing | None = None  # no machine writes captions without one
    _offered: dict[str, set[str]] = field(default_factory=dict)
    _seated: set[str] = field(default_factory=set)  # with a connection prepared at the door, and offered nothing yet
    _muted: dict[tuple[str, Source], bool] = field(default_factory=dict)
    _places: dict[str, object] = field(default_factory=dict)  # where everybody was when the engine was told last
    _up: set[tuple[str, str]] = field(default_factory=set)
    _fallen: set[str] = field(default_factory=set)  # to whom media got through, and does no longer
    _recorder: RoomRecorder | None = None  # keeps the audience ledger, also while it receives nothing

    async def open(self, listener: EngineListener) -> None:
        """Make the room in the engine and hear what happens in it."""
        await self.engine.open_room(self.room)
        self.engine.listen(self.room, listener)

    async def close(self) -> None:
        """Close every transport of the room; idempotent."""
        self.publications.clear()
        self._offered.clear()
        await self.engine.close_room(self.room)

    async def tighten(self, state: RoomState) -> None:
        """Before a change is written: take away at once what `state` will no longer grant, grant nothing new."""
        wanted = self._wanted(state)
        await self._grant({who: hearers & wanted.get(who, _NOBODY) for who, hearers in self.audience.items()})
        await self._mute(state, only_off=True)

    async def settle(self, state: RoomState) -> None:
        """After a change is written, or failed: make the engine do exactly what `state` says."""
        before, self._places = self._places, places_of(state)
        moved = {who for who, place in self._places.items() if place != before.get(who, place)}
        await self._grant(self._wanted(state), frozenset(moved))
        await self._mute(state, only_off=False)

    async def record(self, recorder: RoomRecorder | None) -> None:
        """Seat or unseat the recorder; what it receives is the audience's affair, and it notes what that is."""
        self._recorder = recorder
        self._tell_fence(self.audience)
        await self.engine.record(self.room, recorder)

    async def publish(self, state: RoomState, member: str, sdp: str, sources: Mapping[str, Source]) -> Answer:
        """Take a browser's publish offer. Raises what `MediaEngine.publish` raises."""
        answer = await self.engine.publish(self.room, member, sdp, sources)
        for gone in [key for key, each in self.publications.items() if each.member == member]:
            del self.publications[gone]
        self.publications.update((each.id, each) for each in answer.publications)
        for source in Source:  # a new transport knows nothing of what was muted before
            self._muted.pop((member, source), None)
        await self._mute(state, only_off=False)
        return answer

    async def offer(self, member: str, *, again: Again = Again.NO) -> OfferMessage | None:
        """An offer of everything this member may receive now, or None when they were offered all of it."""
        if again is Again.RESTART and not await self.engine.restart(self.room, member):
            again = Again.FRESH
        fresh = again is Again.FRESH
        wanted = [key for key, each in self.publications.items() if member in self.audience.get(each.member, _NOBODY)]
        known = set() if fresh else self._offered.get(member, set()) & set(self.publications)
        if not (set(wanted) - known or (known and again is Again.RESTART)):
            return None
        keep = [key for key in self.publications if key in known or key in wanted]
        fresh = fresh or not (self._offered.get(member) or member in self._seated)
        try:
            offer = await self.engine.subscribe(self.room, member, keep, fresh=fresh)
        except MediationError as refusal:
            _LOG.warning("no offer could be made: %s", refusal.code)
            return None
        self._offered[member] = set(keep)
        self._seated.discard(member)
        tracks = {
            mid: TrackView(participant=self.publications[key].member, source=self.publications[key].source.value)
            for mid, key in offer.mids.items()
            if key in self.publications
        }
        return OfferMessage(revision=offer.revision, sdp=offer.sdp, tracks=tracks)

    async def prepare(self, guest: str) -> OfferMessage:
        """A connection for somebody who is not in the room, and nothing on it. Raises as `MediaEngine.prepare`."""
        offer = await self.engine.prepare(self.room, guest)
        return OfferMessage(revision=offer.revision, sdp=offer.sdp, tracks={})

    async def seat(self, guest: str, member: str) -> None:
        """Give a member what was prepared for them, if it is up: their next offer need not begin from nothing."""
        if await self.engine.seat(self.room, guest, member):
            self._seated.add(member)

    async def kick(self, member: str) -> None:
        """Close both transports of a member at once; idempotent."""
        self._seated.discard(member)
        self._offered.pop(member, None)
        for gone in [key for key, each in self.publications.items() if each.member == member]:
            del self.publications[gone]
        await self.engine.kick(self.room, member)

    def ended(self, event: PublicationEnded) -> None:
        """The engine says that a publication is over."""
        self.publications.pop(event.publication.id, None)

    def lost(self) -> None:
        """The engine has lost the whole room: nothing is published or offered; audience and mutes hold."""
        self.publications.clear()
        self._offered.clear()
        self._seated.clear()
        self._up.clear()
        self._tell_fence({})

    def regained(self) -> None:
        """The engine has the room again, empty, under the audience in force."""
        self._tell_fence(self.audience)

    def transport_changed(self, event: TransportStateChanged) -> None:
        """The engine says that a transport came up, fell silent or closed."""
        link = (event.member, event.direction)
        up = event.state is TransportState.CONNECTED
        if event.direction == "down" and up:
            self._fallen.discard(event.member)
        elif link in self._up and event.direction == "down":
            self._fallen.add(event.member)
        (self._up.add if up else self._up.discard)(link)

    @property
    def cut_off(self) -> frozenset[str]:
        """Whose line towards them was up and has fallen silent."""
        return frozenset(self._fallen)

    def is_heard(self, member: str) -> bool:
        """Whether a transport of this member is up, as far as anybody knows."""
        return any((member, direction) in self._up for direction in ("up", "down"))

    def _wanted(self, state: RoomState) -> Audience:
        audience = audience_of(state)
        return with_captions(audience, state, self.captions.wanting) if self.captions is not None else audience

    async def _grant(self, audience: Audience, moved: frozenset[str] = _NOBODY) -> None:
        if audience != self.audience or moved:
            if self._recorder is not None:
                self._recorder.fencing()
            if self.captions is not None:
                self.captions.fencing(audience)
            await self.engine.set_audience(self.room, audience, moved)
            self.audience = dict(audience)
            self._tell_fence(audience)

    def _tell_fence(self, audience: Audience) -> None:
        if self._recorder is not None:
            self._recorder.fenced(ledger_of(audience))

    async def _mute(self, state: RoomState, *, only_off: bool) -> None:
        for member, seat in state.seats.items():
            for source in Source:
                is_on = seat.is_on(source)
                if (is_on and only_off) or self._muted.get((member, source)) is (not is_on):
                    continue
                await self.engine.mute(self.room, member, source, muted=not is_on)
                self._muted[member, source] = not is_on
