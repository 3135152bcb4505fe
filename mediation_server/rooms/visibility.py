"""Who may receive whom: the one rule of the house, pure; media, chat, indicators and the recorder all obey it."""

from __future__ import annotations

from mediation_server.domain.people import Side
from mediation_server.media.engine import Audience
from mediation_server.rooms.recording_port import RECORDER
from mediation_server.rooms.state import Place, RoomState

__all__ = [
    "audience_of",
    "ear_in",
    "in_one_place",
    "kept_apart",
    "ledger_of",
    "may_receive",
    "place_of",
    "places_of",
    "with_captions",
]

_EAR = "captions:"  # the member id of what writes captions begins so; no participant's does


def place_of(state: RoomState, member: str) -> Place:
    """Where a member is. The recorder comes with the start and sits only in the joint room; a stranger is outside."""
    if member == RECORDER:
        return Place.MAIN if state.started else Place.OUTSIDE
    seat = state.seats.get(member)
    return seat.place if seat else Place.OUTSIDE


def in_one_place(state: RoomState, sender: str, receiver: str) -> bool:
    """Whether two members sit together where people talk; says nothing about their lines. Whoever is unknown: no."""
    if sender in (receiver, RECORDER) or not state.media_flows or kept_apart(state, sender, receiver):
        return False
    here = place_of(state, sender)
    return here.carries_media and here is place_of(state, receiver)


def kept_apart(state: RoomState, one: str, other: str) -> bool:
    """Whether safety mode (安全模式) keeps two members apart: neither may even know that the other is there."""
    if not state.safety or one not in state.seats or other not in state.seats:
        return False
    sides = {state.seats[one].participant.side, state.seats[other].participant.side}
    return len(sides) > 1 and Side.NEUTRAL not in sides


def may_receive(state: RoomState, sender: str, receiver: str) -> bool:
    """Whether `receiver` may receive anything `sender` says, shows or types now; both must be there to do so."""
    return in_one_place(state, sender, receiver) and _here(state, sender) and _here(state, receiver)


def audience_of(state: RoomState) -> Audience:
    """The whole rule as a table for the media engine: each sender and who may receive what it publishes."""
    members = [*state.seats, RECORDER]
    return {
        sender: frozenset(receiver for receiver in members if may_receive(state, sender, receiver))
        for sender in state.seats
    }


def ear_in(place: Place) -> str:
    """The member id of the machine that writes captions (机器字幕) in this place, and hears no other."""
    return _EAR + place.value


def with_captions(audience: Audience, state: RoomState, wanting: frozenset[str]) -> Audience:
    """The same with the machines in it: each hears, in its place, whoever is recorded or heard by who wants to read.

    It follows from the rule and is none of its own: of whom nobody may receive anything, no machine does.
    """
    readers = wanting | {RECORDER}
    return {
        sender: receivers | {ear_in(place_of(state, sender))} if receivers & readers else receivers
        for sender, receivers in audience.items()
    }


def places_of(state: RoomState) -> dict[str, object]:
    """Where everybody is as far as media are concerned; whoever comes back to the same place has not moved."""
    return {member: (place_of(state, member), state.media_flows) for member in [*state.seats, RECORDER]}


def ledger_of(audience: Audience) -> dict[str, list[str]]:
    """An audience as it enters the session log: only who is heard by somebody, in a fixed order.

    A machine that writes captions is no receiver in it: like the forwarder it keeps nothing, and whatever it writes
    reaches whoever stands here anyway (ADR 0025).
    """
    known = {
        sender: sorted(each for each in receivers if not each.startswith(_EAR))
        for sender, receivers in audience.items()
    }
    return {sender: receivers for sender, receivers in sorted(known.items()) if receivers}


def _here(state: RoomState, member: str) -> bool:
    return member == RECORDER or state.seats[member].connected
