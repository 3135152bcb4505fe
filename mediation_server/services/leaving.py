"""When somebody may leave their place after a sitting (错峰离开): in safety mode, told to them alone."""

from __future__ import annotations

from datetime import datetime

from mediation_server.domain.log import instant
from mediation_server.domain.people import Side
from mediation_server.domain.safety import exits
from mediation_server.rooms.state import RoomState

__all__ = ["leave_at"]


def leave_at(state: RoomState, participant: str, ended_at: datetime) -> dict[str, object]:
    """What is added to the word that the sitting is over: nothing for staff and for whoever may go at once."""
    side = state.seats[participant].participant.side
    if not state.safety or side is Side.NEUTRAL:
        return {}
    first = Side(state.safety_first) if state.safety_first else Side.APPLICANT
    sides = {seat.participant.side for seat in state.seats.values()}
    at = exits(sides, first, ended_at)[side]
    return {"leave_at": instant(at)} if at > ended_at else {}
