"""What keeps a sitting from starting: the opening checklist, who is not there, who is not verified; pure."""

from __future__ import annotations

from mediation_server.domain.people import Side
from mediation_server.rooms.state import Place, RoomState, SeatState

__all__ = ["missing_to_start"]

_ESSENTIAL = (Side.APPLICANT, Side.RESPONDENT)


def missing_to_start(state: RoomState) -> tuple[str, ...]:
    """As codes: items of the checklist, sides nobody came for, `nobody` when no party is there, `unverified`.

    Those who come on site or at a time of their own are not waited for here (在线调解规则 art. 16). An agent who may
    not settle does not stand in for their side (民诉解释 art. 147).
    """
    missing = [item.value for item in state.required if item.value not in state.checklist]
    parties = [seat for seat in state.seats.values() if seat.participant.side is not Side.NEUTRAL]
    present = [seat for seat in parties if _is_in(state, seat)]
    expected = [seat for seat in parties if seat.participant.attendance.is_seen_online]
    for side in _ESSENTIAL:
        named = any(seat.participant.side is side for seat in expected)
        if named and not any(seat.participant.side is side and seat.participant.stands_in for seat in present):
            missing.append(side.value)
    if parties and not expected and not present:
        missing.append("nobody")
    if any(not seat.verified for seat in present):
        missing.append("unverified")
    return tuple(missing)


def _is_in(state: RoomState, seat: SeatState) -> bool:
    """Whether somebody was let in and has a line; in safety mode they wait by themselves, or are spoken with alone."""
    places = (Place.MAIN, Place.WAITING, Place.CAUCUS) if state.safety else (Place.MAIN,)
    return seat.place in places and seat.connected
