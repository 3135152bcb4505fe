"""`RoomState`: what a sitting's room is, as `state_folds` makes it of the session log; knows no event."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from mediation_server.domain.people import Side
from mediation_server.domain.rights import Condition
from mediation_server.domain.session import CHECKLIST, ChecklistItem, Participant
from mediation_server.media.engine import Source
from mediation_server.rooms.documents import Documents
from mediation_server.rooms.ledger import Ledger
from mediation_server.rooms.signals import Signals

__all__ = ["KNOWN_DEVICE", "OTHER_DEVICE", "Place", "RoomState", "SeatState"]

OTHER_DEVICE = "other_device"  # why a seat goes back to the lobby by itself: its link was used elsewhere
KNOWN_DEVICE = "known_device"  # why it comes out again by itself: the device the presider let in is back


class Place(StrEnum):
    """Where somebody is; only two places carry media, and never from one to the other."""

    OUTSIDE = "outside"  # not connected yet, or left
    LOBBY = "lobby"  # 候场
    MAIN = "main"  # 面对面
    CAUCUS = "caucus"  # 背对背
    WAITING = "waiting"  # admitted, while the presider is with the other side; in safety mode whenever not in caucus
    REMOVED = "removed"

    @property
    def carries_media(self) -> bool:
        """Whether whoever is here may be heard and seen at all."""
        return self in (Place.MAIN, Place.CAUCUS)


@dataclass(frozen=True, slots=True)
class SeatState:
    """One participant's seat; `place` is where the server says they are, whatever the browser believes."""

    participant: Participant
    place: Place = Place.OUTSIDE
    since: str | None = None  # UTC instant of coming to that place, ISO
    connected: bool = False
    admitted: bool = False
    verified: bool = False
    arrived_at: str | None = None  # UTC instant of the first arrival, ISO
    disconnected_at: str | None = None
    device: Mapping[str, object] = field(default_factory=dict)
    microphone: bool = False  # whether it is on
    camera: bool = False
    screen: bool = False
    microphone_locked: bool = False  # muted by the presider; cannot unmute
    camera_locked: bool = False
    hand_at: str | None = None
    signals: Signals = field(default_factory=dict)  # what they tell the presider while they wait
    device_id: str | None = None  # the browser the seat is used on, as a digest
    trusted: frozenset[str] = frozenset()  # the browsers the presider let in
    again: bool = False  # the link was used on a device the presider has not let in
    displaced: bool = False  # in the lobby for that reason alone

    @property
    def comes_by_link(self) -> bool:
        """Whether whoever sits here proves it by a link: parties and agents do, also those with an account."""
        return self.participant.user_id is None or self.participant.side is not Side.NEUTRAL

    def is_strange(self, device: str) -> bool:
        """Whether this browser may not have the admitted seat before the presider lets it in (threat T26).

        Only for those who come by a link: an account is proven by its password.
        """
        return self.comes_by_link and self.admitted and bool(self.trusted) and device not in self.trusted

    def is_on(self, source: Source) -> bool:
        """Whether a source is switched on."""
        return {Source.MICROPHONE: self.microphone, Source.CAMERA: self.camera, Source.SCREEN: self.screen}[source]

    def is_locked(self, source: Source) -> bool:
        """Whether the presider keeps a source off."""
        return {Source.MICROPHONE: self.microphone_locked, Source.CAMERA: self.camera_locked}.get(source, False)


@dataclass(frozen=True, slots=True)
class RoomState:
    """The room of one sitting; `version` is the seq of the last event folded in."""

    session_id: str
    presider_id: str
    seats: Mapping[str, SeatState]
    version: int = 0
    started: bool = False
    ended: bool = False
    suspended: str | None = None  # the reason
    suspended_at: str | None = None
    resumed_at: str | None = None  # the last time
    locked: bool = False
    lock_reason: str | None = None
    caucus_id: str | None = None
    caucus_side: str | None = None
    caucus_at: str | None = None
    caucus_until: str | None = None  # when the presider promised to be back
    caucus_until_was: str | None = None  # what was promised before that
    caucus_known: frozenset[str] = frozenset()  # who was in the room when it opened: all that outsiders may know
    ledger: Ledger = field(default_factory=dict)  # who was with whom so far
    required: tuple[ChecklistItem, ...] = CHECKLIST  # what must be ticked before it may start
    checklist: Mapping[str, str] = field(default_factory=dict)  # what was, and at which UTC instant
    safety: bool = False  # 安全模式: the sides are kept apart, the joint room never opens
    safety_first: str | None = None  # the side that leaves first
    documents: Documents = field(default_factory=Documents)
    recorded: bool = False  # whether a recording of this sitting was begun
    recalled_until: str | None = None  # the court took the matter back: the sitting is ended then
    held: frozenset[Condition] = frozenset()  # what holds for whoever presides: rights may depend on it

    def seat(self, participant: str) -> SeatState:
        """The seat of a participant. Raises `KeyError` for a stranger."""
        return self.seats[participant]

    @property
    def in_caucus(self) -> frozenset[str]:
        """Who is in the caucus now."""
        return frozenset(key for key, seat in self.seats.items() if seat.place is Place.CAUCUS)

    @property
    def media_flows(self) -> bool:
        """Whether anything may be forwarded at all; before the start too, so that identities can be verified."""
        return not self.ended and self.suspended is None
