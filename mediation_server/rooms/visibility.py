"""Who may receive whom: the one rule of the house, pure; media, chat, indicators and the recorder all obey it."""

from __future__ import annotations

from mediation_server.media.engine import Audience
from mediation_server.rooms.recording_port import RECORDER
from mediation_server.rooms.state import Place, RoomState

__all__ = ["audience_of", "may_receive", "place_of"]


def place_of(state: RoomState, member: str) -> Place:
    """Where a member is. The recorder sits in the joint room and can be nowhere else; a stranger is outside."""
    if member == RECORDER:
        return Place.MAIN
    seat = state.seats.get(member)
    return seat.place if seat else Place.OUTSIDE


def may_receive(state: RoomState, sender: str, receiver: str) -> bool:
    """Whether `receiver` may receive anything `sender` says, shows or types now. Whoever is unknown: no."""
    if sender == receiver or sender == RECORDER or not state.media_flows:
        return False
    here = place_of(state, sender)
    return here.carries_media and here is place_of(state, receiver)


def audience_of(state: RoomState) -> Audience:
    """The whole rule as a table for the media engine: each sender and who may receive what it publishes."""
    members = [*state.seats, RECORDER]
    return {
        sender: frozenset(receiver for receiver in members if may_receive(state, sender, receiver))
        for sender in state.seats
    }
