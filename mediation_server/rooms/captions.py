"""`Captions`: the captions (机器字幕) of one room: a machine for each place, and who may read what it writes.

The machine in the joint room lives as long as the room, the one in a caucus as long as that caucus: nothing a caucus
said is ever in a process that hears anybody else. A caption reaches whoever has been allowed to receive that voice all
the while, from before it was said until now; the record gets it if the recorder was. Nothing else keeps it.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from functools import partial

from mediation_server.clock import Clock
from mediation_server.errors import MediationError
from mediation_server.media.engine import Audience
from mediation_server.rooms.captions_port import Caption, Captioner, Captioning
from mediation_server.rooms.chat import cleaned
from mediation_server.rooms.links import Links
from mediation_server.rooms.recording_port import RECORDER
from mediation_server.rooms.shapes import CaptionMessage
from mediation_server.rooms.stage import Stage
from mediation_server.rooms.state import Place, RoomState
from mediation_server.rooms.visibility import ear_in

__all__ = ["Captions"]

_LOG = logging.getLogger(__name__)
_LONGEST = 400  # characters of one caption
_IN_FLIGHT_MS = 1000  # what arrives may have been said so long before: to whom it was said then
_FENCES = 256  # remembered; what was said before the oldest is nobody's any more

Keep = Callable[[Caption], None]


@dataclass(eq=False, slots=True)
class _Seat:
    """Where a machine sits; `of`: which caucus it sits in, empty for the joint room."""

    of: str
    machine: Captioner | None = None


class Captions:
    """Holds the machines of a room. A broken one never breaks the room: there are no captions then."""

    def __init__(self, captioning: Captioning, stage: Stage, links: Links, clock: Clock, keep: Keep) -> None:
        self.language = captioning.language
        self._machine = captioning.machine
        self._stage, self._links, self._clock, self._keep = stage, links, clock, keep
        self._machines: dict[Place, _Seat] = {}
        self._fences: deque[tuple[int, Audience]] = deque(maxlen=_FENCES)

    @property
    def wanting(self) -> frozenset[str]:
        """Who wants to read captions now."""
        return frozenset(who for who, link in self._links.all() if link.captions)

    async def follow(self, state: RoomState) -> None:
        """A machine in each place where people talk; that of a caucus ends with it, before anybody comes out."""
        talking = {Place.MAIN: ""}
        if state.caucus_id and not state.ended:
            talking[Place.CAUCUS] = state.caucus_id
        for place, seat in tuple(self._machines.items()):
            if talking.get(place) != seat.of:
                await self._dismiss(place)
        for place in talking.keys() - self._machines.keys():
            seat = _Seat(talking[place])
            self._machines[place] = seat
            seat.machine = self._machine(partial(self._take, place, seat))
            await _fenced(self._stage.engine.overhear(self._stage.room, ear_in(place), seat.machine))

    def fencing(self, audience: Audience) -> None:
        """The forwarder is being told who may receive whom; what is said from now on is bound to it."""
        self._fences.append((self._clock.monotonic_ms(), audience))

    async def last_words(self) -> None:
        """Wait, in bounds, for what was said in the joint room just before."""
        seat = self._machines.get(Place.MAIN)
        if seat is not None and seat.machine is not None:
            await _fenced(seat.machine.flush())

    async def close(self) -> None:
        """Every machine ends; idempotent."""
        for place in tuple(self._machines):
            await self._dismiss(place)

    async def _dismiss(self, place: Place) -> None:
        seat = self._machines.pop(place)
        await _fenced(self._stage.engine.overhear(self._stage.room, ear_in(place), None))
        if seat.machine is not None:
            await _fenced(seat.machine.close())

    async def _take(self, place: Place, seat: _Seat, caption: Caption) -> None:
        """Bring one caption to those who may read it, and to the record."""
        try:
            text = cleaned(caption.text, longest=_LONGEST)
        except MediationError:
            return
        message = CaptionMessage(
            participant=caption.participant, line=caption.line, text=text, final=caption.final, language=self.language
        )
        for reader, link in self._links.all():
            if link.captions and self._machines.get(place) is seat and reader in self._readers(caption):
                await self._links.emit(link, "caption", message)
        if place is Place.MAIN and caption.final and RECORDER in self._heard_by(caption, caption.to_ns):
            self._keep(replace(caption, text=text))

    def _readers(self, caption: Caption) -> frozenset[str]:
        """Who has been able to receive that voice until now; and whoever it is, while anybody is."""
        hearing = self._heard_by(caption, None)
        return hearing | {caption.participant} if hearing else hearing

    def _heard_by(self, caption: Caption, until_ns: int | None) -> frozenset[str]:
        """Who could receive that voice all the while, from before it was said until then (None: now)."""
        since = caption.from_ns // 1_000_000 - _IN_FLIGHT_MS
        until = until_ns // 1_000_000 if until_ns is not None else None
        receivers: frozenset[str] | None = None
        for at, audience in reversed(self._fences):
            if until is None or at <= until:
                allowed = audience.get(caption.participant, frozenset())
                receivers = allowed if receivers is None else receivers & allowed
            if at <= since:
                return receivers or frozenset()
        return frozenset()


async def _fenced(work: Awaitable[object]) -> None:
    try:
        await work
    except Exception:  # noqa: BLE001 - captions are an aid; the sitting goes on without them
        _LOG.exception("a machine for captions did not go quietly")
