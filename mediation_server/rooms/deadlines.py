"""When the house itself acts on a sitting that began: who is lost for how long, what has lasted too long; pure.

Every such time of a sitting stands here (domain rule, §3.2); who is asked once a second is `services.keeping`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from mediation_server.domain.people import Side
from mediation_server.domain.session import Lapse, Session, SessionState
from mediation_server.rooms.state import Place, RoomState, SeatState

__all__ = [
    "LONGEST_SITTING",
    "LONGEST_SUSPENSION",
    "PARTY_GRACE",
    "PARTY_LOST",
    "PRESIDER_LOST",
    "Lost",
    "away",
    "lapse_of",
    "lost_of",
    "must_end_at",
    "presider_overdue",
]

PARTY_GRACE = timedelta(seconds=120)  # a side may be without a line this long; then the sitting is suspended
LONGEST_SUSPENSION = timedelta(minutes=30)  # then it is ended, unless resumed
LONGEST_SITTING = timedelta(hours=4)  # from its start, suspensions counted; then it is ended
PRESIDER_LOST = "presider_lost"
PARTY_LOST = "party_lost"
_ESSENTIAL = (Side.APPLICANT, Side.RESPONDENT)  # a third party may be away; the two sides may not
_UNDER_WAY = (SessionState.LIVE, SessionState.CAUCUS)


@dataclass(frozen=True, slots=True)
class Lost:
    """Why a sitting must be suspended: `reason` is `presider_lost`, or `party_lost` with the side."""

    reason: str
    side: Side | None = None


def lapse_of(state: RoomState, session: Session, now: datetime) -> Lapse | None:
    """Why the house must end this sitting now, or None."""
    if session.state not in (*_UNDER_WAY, SessionState.SUSPENDED) or session.started_at is None:
        return None
    last_word = _instant(state.recalled_until)
    if last_word is not None and now >= last_word:
        return Lapse.RECALLED
    if now - session.started_at >= LONGEST_SITTING:
        return Lapse.SITTING_TOO_LONG
    since = _instant(state.suspended_at)
    if session.state is SessionState.SUSPENDED and since is not None and now - since >= LONGEST_SUSPENSION:
        return Lapse.SUSPENDED_TOO_LONG
    return None


def lost_of(state: RoomState, session: Session, now: datetime, presider_grace: timedelta) -> Lost | None:
    """Why this sitting must be suspended now, or None; the presider counts before a side."""
    if session.state not in _UNDER_WAY:
        return None
    if presider_overdue(state, now, presider_grace):
        return Lost(PRESIDER_LOST)
    for side in _ESSENTIAL:
        since = _side_lost_since(state, side)
        if since is not None and now - since >= PARTY_GRACE:
            return Lost(PARTY_LOST, side)
    return None


def presider_overdue(state: RoomState, now: datetime, grace: timedelta) -> bool:
    """Whether the presider has had no line for longer than the grace."""
    seat = state.seats[state.presider_id]
    gone = _instant(seat.disconnected_at)
    return gone is not None and not seat.connected and now - gone >= grace


def must_end_at(state: RoomState, started_at: datetime | None) -> datetime | None:
    """When a suspended sitting will be ended if nobody resumes it; None while it is not suspended."""
    since = _instant(state.suspended_at)
    if since is None:
        return None
    latest = since + LONGEST_SUSPENSION
    return min(latest, started_at + LONGEST_SITTING) if started_at else latest


def away(state: RoomState) -> tuple[str, ...]:
    """Who is lost of those a sitting cannot go on without: the presider, and everybody of a side nobody is here of."""
    found = [] if state.seats[state.presider_id].connected else [state.presider_id]
    for side in _ESSENTIAL:
        found += [key for key, seat in _gone(state, side)]
    return tuple(found)


def _side_lost_since(state: RoomState, side: Side) -> datetime | None:
    """Since when nobody of a side has a line. Not while it waits outside the other side's caucus: it misses nothing."""
    if state.caucus_id is not None and state.caucus_side != side.value:
        return None
    moments = [max(_moments(state, seat)) for _, seat in _gone(state, side)]
    return max(moments) if moments else None


def _gone(state: RoomState, side: Side) -> list[tuple[str, SeatState]]:
    """The seats of a side that has nobody here any more; whoever the presider removed is gone by decision."""
    named = [(key, seat) for key, seat in state.seats.items() if seat.participant.side is side]
    if any(seat.connected for _, seat in named):
        return []
    return [(key, seat) for key, seat in named if seat.disconnected_at and seat.place is not Place.REMOVED]


def _moments(state: RoomState, seat: SeatState) -> list[datetime]:
    """What the time without a line is counted from: the loss, the last change of place, the last resumption."""
    found = (_instant(each) for each in (seat.disconnected_at, seat.since, state.resumed_at))
    return [each for each in found if each is not None]


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
