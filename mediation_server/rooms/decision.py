"""What a use case is given and what it decides: a scene and drafts of events; pure, knows no storage and no engine."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from mediation_server.domain.log import EventKind, SessionEvent
from mediation_server.domain.people import PARTICIPATING, Permission, Role
from mediation_server.domain.rights import permissions_of
from mediation_server.domain.session import Session
from mediation_server.errors import NotFound, Refused
from mediation_server.media.engine import Source
from mediation_server.rooms.state import Place, RoomState, SeatState
from mediation_server.rooms.state_folds import folded

__all__ = ["NEEDED_FOR", "SYSTEM", "Decision", "Draft", "Rule", "Scene", "foreseen", "permitted"]

NEEDED_FOR = {
    Source.MICROPHONE: Permission.SPEAK,
    Source.CAMERA: Permission.SHOW,
    Source.SCREEN: Permission.SHARE_SCREEN,
}
SYSTEM = "system"  # the actor of what nobody did: a lost line, a clock that ran out


@dataclass(frozen=True, slots=True)
class Draft:
    """An event that will be appended if everything goes well."""

    kind: EventKind
    payload: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Decision:
    """The events of one command, and the sitting if its state moves with them."""

    drafts: tuple[Draft, ...]
    session: Session | None = None


def permitted(state: RoomState, participant: str) -> frozenset[Permission]:
    """What a participant may do in this room; only the presider presides, whatever their role would allow.

    A clerk whom the presider has let in lets in others (domain rule, §3.2).
    """
    seat = state.seats.get(participant)
    if seat is None or seat.place is Place.REMOVED:
        return frozenset()
    if participant == state.presider_id:
        return permissions_of(seat.participant.role, state.held)
    granted = permissions_of(seat.participant.role)
    if seat.participant.role is Role.CLERK and seat.admitted:
        return granted & (PARTICIPATING | {Permission.ADMIT})
    return granted & PARTICIPATING


@dataclass(frozen=True, slots=True)
class Scene:
    """The room and the sitting as they are, read inside the transaction that will hold the decision."""

    state: RoomState
    session: Session
    now: datetime
    actor: str

    @property
    def me(self) -> SeatState:
        """The actor's seat."""
        return self.seat(self.actor)

    def seat(self, participant: str) -> SeatState:
        """Somebody's seat. Raises `NotFound` for an id that is not of this sitting, whatever it is elsewhere."""
        seat = self.state.seats.get(participant)
        if seat is None:
            raise NotFound("no_such_participant", field="participant")
        return seat

    def require(self, permission: Permission) -> None:
        """Raise `Refused("not_permitted")` unless the actor holds the permission and is connected."""
        seat = self.state.seats.get(self.actor)
        if seat is None or not seat.connected or permission not in permitted(self.state, self.actor):
            raise Refused("not_permitted")

    def about(self, participant: str) -> dict[str, object]:
        """Whom an event is about, and in which caucus: readers of the log must be able to leave that out."""
        inside = self.seat(participant).place is Place.CAUCUS
        return {"participant": participant, **({"caucus": self.state.caucus_id} if inside else {})}

    def other(self, participant: str) -> SeatState:
        """The seat of somebody else. Raises `Refused("not_yourself")` when it is the actor's own."""
        if participant == self.actor:
            raise Refused("not_yourself", field="participant")
        return self.seat(participant)


Rule = Callable[[Scene], Decision]


def foreseen(state: RoomState, drafts: Iterable[Draft], session_id: str, now: datetime) -> RoomState:
    """The room as it will be after these drafts; what is to be fenced before anything is written."""
    events = (
        SessionEvent(session_id, state.version + n, now, 0, SYSTEM, draft.kind, draft.payload, "", "")
        for n, draft in enumerate(drafts, start=1)
    )
    return folded(state, events)
