"""`Room`: one live sitting as an actor; it holds the state, never decides it, and knows neither database nor socket.

A command is carried out by `services.acting`: it takes `turn`, decides, tightens the fence (`tighten`), writes the log,
and hands the written events to `advance`. If writing fails, `restore` puts back what was.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from mediation_server.clock import Clock
from mediation_server.domain.log import EventKind, SessionEvent
from mediation_server.domain.matter import Matter, MatterParty, Track
from mediation_server.domain.rights import held_in
from mediation_server.domain.session import Participant, Session, checklist_of
from mediation_server.media.engine import (
    EngineEvent,
    MediaBack,
    MediaEngine,
    MediaLost,
    PublicationEnded,
    SpeakingChanged,
    TransportStateChanged,
)
from mediation_server.rooms.captions import Captions
from mediation_server.rooms.captions_port import Caption, Captioning
from mediation_server.rooms.chat import Chat, ChatLine, line_view
from mediation_server.rooms.fairness import Fairness
from mediation_server.rooms.hearing import Ears
from mediation_server.rooms.links import Link, Links
from mediation_server.rooms.outage import Outage
from mediation_server.rooms.outlet import Outlet
from mediation_server.rooms.quality import quality_message
from mediation_server.rooms.recording_port import RecorderFactory
from mediation_server.rooms.shapes import ChatLineView, RoomView
from mediation_server.rooms.speaking import Speaking
from mediation_server.rooms.stage import Again, Stage
from mediation_server.rooms.state import RoomState, SeatState
from mediation_server.rooms.state_folds import folded
from mediation_server.rooms.taping import Taping
from mediation_server.rooms.timeline import Timeline
from mediation_server.rooms.view import CaptionsMoment, Moment, Setting, comparable, view_of

__all__ = ["Room", "RoomRecord", "empty_state"]

_LOG = logging.getLogger(__name__)
_ANEW = (EventKind.CONNECTED, EventKind.TAKEN_OVER)  # the browser starts from nothing: its old transports are dead
_GONE = (EventKind.DISCONNECTED, EventKind.LEFT, EventKind.REMOVED, EventKind.REFUSED)


@dataclass(frozen=True, slots=True)
class RoomRecord:
    """What a room is made from: the stored facts of one sitting, the log in order."""

    session: Session
    matter: Matter
    parties: tuple[MatterParty, ...]
    participants: tuple[Participant, ...]
    events: tuple[SessionEvent, ...]


def empty_state(session: Session, participants: Iterable[Participant], track: Track | None = None) -> RoomState:
    """The room before anything happened. Raises `ValueError` when nobody named for the sitting presides."""
    seats = {each.id: SeatState(each) for each in participants}
    presider = [key for key, seat in seats.items() if seat.participant.user_id == session.presider_id]
    if not presider:
        raise ValueError(f"session {session.id} has no presider among its participants")
    held = held_in(session.kind, track) if track else frozenset()
    return RoomState(session.id, presider[0], seats, held=held, required=checklist_of(session.kind))


class Room:
    """One live sitting. All its commands take `turn` one after the other."""

    def __init__(
        self,
        record: RoomRecord,
        *,
        engine: MediaEngine,
        recorder_factory: RecorderFactory,
        clock: Clock,
        captioning: Captioning | None = None,
    ) -> None:
        self.id = record.session.id
        self.turn = asyncio.Lock()
        self.closed = False
        self.setting = Setting(record.session, record.matter, record.parties)
        self.state = empty_state(record.session, record.participants, record.matter.track)
        self.links = Links(clock)
        self.chat = Chat()
        self.speaking = Speaking()
        self.fairness = Fairness()
        self.voices_only: frozenset[str] = frozenset()  # whose line carries no pictures to them now
        self.voices_only_noted: frozenset[str] = frozenset()  # the same as the log has it
        self.stage = Stage(engine, self.id)
        self.outage = Outage()
        self.taping = Taping(recorder_factory, self.stage, self._last_words)
        self.captions = None
        if captioning is not None:
            self.captions = Captions(captioning, self.stage, self.links, clock, self._keep_caption)
            self.stage.captions = self.captions
        self._clock = clock
        self._voices: asyncio.Task[None] | None = None
        self._mending: asyncio.Task[None] | None = None
        self._timeline: Timeline | None = None
        self._jumped_ms = 0  # how far the wall clock has jumped since the start, as the log has it
        self.catch_up(record.events, record.session)

    # -- life ---------------------------------------------------------------------------------------------------

    async def open(self, outlet: Outlet) -> None:
        """Make the room in the engine; nothing flows until somebody connects."""
        self.links.outlet = outlet
        await self.stage.open(self._heard)
        await self._follow_captions()
        await self.stage.settle(self.state)

    async def close(self) -> None:
        """People first, then the recorder finishes what it has, then the media; idempotent."""
        self.closed = True
        await self.links.close()
        await self.taping.close()
        if self.captions is not None:
            await self.captions.close()
        await self.stage.close()
        for task in (self._voices, self._mending):
            if task is not None:
                task.cancel()

    @property
    def session(self) -> Session:
        """The sitting as last read or written."""
        return self.setting.session

    @property
    def timeline(self) -> Timeline | None:
        """The clock of the sitting, once it has started."""
        started_at = self.session.started_at
        return None if started_at is None else self.timeline_from(started_at)

    def timeline_from(self, started_at: datetime) -> Timeline:
        """The same for whoever starts it: made once, so that no later jump of the wall clock moves it."""
        if self._timeline is None:
            self._timeline = Timeline.of(started_at, self._clock, self._jumped_ms)
        return self._timeline

    @property
    def offset_ms(self) -> int:
        """Milliseconds since the start of the sitting; 0 before it."""
        return self.timeline.offset_ms(self._clock) if self.timeline else 0

    # -- commands -----------------------------------------------------------------------------------------------

    def catch_up(self, events: Iterable[SessionEvent], session: Session) -> None:
        """Fold what others wrote to the log since; they need no fence, for nobody's place depends on it."""
        self.setting = replace(self.setting, session=session)
        for event in events:
            self._fold(event)

    async def tighten(self, state: RoomState) -> None:
        """Before the log is written: withhold what `state` will not grant (fence first)."""
        await self.stage.tighten(state)

    async def restore(self) -> None:
        """The log could not be written: everything as it was."""
        await self.stage.settle(self.state)

    async def advance(self, events: Iterable[SessionEvent], session: Session) -> None:
        """The log is written: fold, fence, then tell everybody what they may know."""
        events = tuple(events)
        before = self.state
        self.listen()
        self.setting = replace(self.setting, session=session)
        lines = [line for event in events if (line := self._fold(event)) is not None]
        for event in events:
            if event.kind in (*_ANEW, *_GONE):
                await self._begin_anew(str(event.payload["participant"]))
        await self.taping.follow(self.state)  # first: a recorder that goes on must not miss what the fence now lets in
        await self._follow_captions()
        await self.stage.settle(self.state)
        self.speaking.settle(self.state, self.offset_ms)
        self.listen()
        for line in lines:
            await self.say_line(line)
        await self.show()
        if self.stage.audience and before is not self.state:
            await self.offer_all()
        await self.announce_voices()

    # -- what people see and hear --------------------------------------------------------------------------------

    def view(self, participant: str) -> RoomView:
        """What this person may know now; counts as shown."""
        link = self.links.of(participant)
        link.greeted = True
        view = view_of(self.state, participant, self.setting, self._moment(link))
        link.version, link.shown = view["version"], comparable(view)
        return view

    async def show(self) -> None:
        """Send the view to everybody whose view changed; whoever has just come gets it with their answer."""
        for participant, link in self.links.all():
            if not link.greeted:
                continue
            shown = link.shown
            view = self.view(participant)
            if link.shown != shown:
                await self.links.emit(link, "room", view)

    async def recording_refused(self, *, refused: bool) -> None:
        """The disk refuses what is recorded, or takes it again: everybody sees it, whatever the log can take."""
        self.taping.refuse(refused=refused)
        await self.show()

    async def want_captions(self, participant: str, *, on: bool) -> None:
        """Whether this person wants to read captions; a machine listens to those whom somebody wants to read."""
        link = self.links.of(participant)
        if self.captions is not None and link.captions is not on:
            link.captions = on
            await self.stage.settle(self.state)
            await self.show()

    async def say_line(self, line: ChatLine) -> None:
        """Bring a line of chat to those who may read it."""
        for participant, link in self.links.all():
            if participant in line.readers:
                await self.links.emit(link, "chat", line_view(line, self.state, link.language))

    def history(self, participant: str) -> list[ChatLineView]:
        """The chat this person may read again."""
        language = self.links.of(participant).language
        return [line_view(line, self.state, language) for line in self.chat.history(self.state, participant)]

    async def offer_all(self) -> None:
        """Offer everybody what they may receive and were not offered yet."""
        for participant, _ in self.links.all():
            await self.offer(participant)

    async def offer(self, participant: str, *, again: Again = Again.NO) -> None:
        """Offer one person what they may receive; nothing when there is nothing new and nobody asked for it again."""
        offer = await self.stage.offer(participant, again=again)
        if offer is not None:
            await self.links.tell(participant, "offer", offer)

    async def announce_voices(self) -> None:
        """Tell everybody who speaks now, of those they may hear under the fence in force."""
        for participant, link in self.links.all():
            voices = self.speaking.audible_to(participant, self.state, self.stage.audience)
            if voices != link.speaking:
                link.speaking = voices
                await self.links.emit(link, "speaking", {"participants": voices})

    async def announce_quality(self) -> None:
        """Tell everybody how the lines are of those they may see, and their own, when it changed."""
        found = {who: self.stage.engine.quality(self.id, who) for who, _ in self.links.all()}
        self.voices_only = frozenset(who for who, each in found.items() if each is not None and not each.pictures)
        for participant, link in self.links.all():
            seen = {who: each for who, each in found.items() if participant in self.stage.audience.get(who, ())}
            message = quality_message(found[participant], seen, self._without_pictures(participant, seen))
            if message != link.quality:
                link.quality = message
                await self.links.emit(link, "quality", message)

    def _without_pictures(self, participant: str, seen: Iterable[str]) -> list[str]:
        """Whose line carries voices only, as far as this person is told: oneself, and the presider of everybody."""
        presides = participant == self.state.presider_id
        return sorted(self.voices_only & {participant, *(seen if presides else ())})

    def listen(self) -> None:
        """Up to now everything was as it is: whoever could not hear or see who spoke has missed it."""
        ears = Ears(self.state, self.speaking.now, self.fairness.reports, self.stage.cut_off, self.voices_only)
        self.fairness.follow(self.offset_ms, ears)

    # -- inside -------------------------------------------------------------------------------------------------

    def _fold(self, event: SessionEvent) -> ChatLine | None:
        self.outage.logged(event)
        self.taping.logged(event)
        if event.kind is EventKind.CLOCK_JUMPED and isinstance(jump := event.payload.get("jump_ms"), int):
            self._jumped_ms += jump
        self.state = folded(self.state, (event,))
        return self.chat.follow(self.state, event)

    async def _begin_anew(self, participant: str) -> None:
        """Whoever came, or went, has no former media; what a browser prepared at the door is theirs now."""
        self.fairness.forget(participant)
        await self.stage.kick(participant)
        link = self.links.find(participant)
        if link is not None and link.guest:
            guest, link.guest = link.guest, ""
            await self.stage.seat(guest, participant)

    def _moment(self, link: Link) -> Moment:
        now = self._clock.now()
        # Grows over restarts too, and its steps say nothing about what happened in between.
        version = max(link.version + 1, round(now.timestamp() * 1000))
        elapsed = self.offset_ms if self.timeline else None
        taping, captions = self.taping, self.captions
        return Moment(
            version,
            now,
            elapsed,
            taping.is_on,
            language=link.language,
            refused=taping.refused,
            waived=taping.waived,
            captions=CaptionsMoment(captions.language, captions.wanting) if captions else None,
        )

    async def _follow_captions(self) -> None:
        if self.captions is not None:
            await self.captions.follow(self.state)

    async def _last_words(self) -> None:
        if self.captions is not None:
            await self.captions.last_words()

    def _keep_caption(self, caption: Caption) -> None:
        if self.timeline is not None:
            from_ms, to_ms = (self.timeline.offset_of_ns(each) for each in (caption.from_ns, caption.to_ns))
            self.taping.captioned(caption.participant, from_ms, to_ms, caption.text)

    def _heard(self, event: EngineEvent) -> None:
        """What the engine says happened; called on the event loop, so it only notes and comes back later."""
        if isinstance(event, PublicationEnded):
            self.stage.ended(event)
        elif isinstance(event, TransportStateChanged):
            self.listen()
            self.stage.transport_changed(event)
        elif isinstance(event, SpeakingChanged):
            self.listen()
            self.speaking.heard(self.state, event.member, self.offset_ms, speaking=event.speaking)
            if self._voices is None or self._voices.done():
                self._voices = asyncio.create_task(self.announce_voices())
        elif isinstance(event, MediaLost | MediaBack):
            self.outage.heard(event, self.offset_ms)
            if isinstance(event, MediaLost):
                self.stage.lost()
            else:
                self.stage.regained()
            self._mending = asyncio.create_task(self._mend(self._mending, event))

    async def _mend(self, before: asyncio.Task[None] | None, event: MediaLost | MediaBack) -> None:
        """The recorder notes the gap; when the room is there again, every page is told to send anew."""
        if before is not None:
            await asyncio.wait([before])
        if isinstance(event, MediaLost):
            await self.taping.cut_off(self.state)
            return
        for _, link in self.links.all():
            await self.links.emit(link, "renew", {})
