"""Caucus (背对背): a private room of the presider and one side; opened, closed, and closed by the clock."""

from __future__ import annotations

from datetime import datetime, timedelta

from mediation_server.domain.ids import new_id
from mediation_server.domain.log import EventKind, instant
from mediation_server.domain.people import Permission, Side
from mediation_server.domain.session import Session, SessionEventKind, SessionKind, SessionState
from mediation_server.errors import BadInput, Conflict
from mediation_server.rooms.decision import Decision, Draft, Scene
from mediation_server.rooms.room import Room
from mediation_server.rooms.state import Place, RoomState
from mediation_server.services.acting import act
from mediation_server.services.context import Context

__all__ = ["LONGEST_CAUCUS", "close_caucus", "closed", "extend_promise", "open_caucus"]

LONGEST_CAUCUS = timedelta(minutes=45)  # then it closes by itself; the page prompts when the promised time is over


async def open_caucus(ctx: Context, room: Room, actor: str, side: Side, minutes: int) -> None:
    """Speak with one side alone; the others are told when the presider means to be back.

    Raises `Conflict("nobody_there")` when nobody of that side is in the joint room, `Conflict("session_state")`
    unless the sitting is live, `Conflict("no_caucus_here")` in the court's own review (民诉解释 art. 356).
    """

    def rule(scene: Scene) -> Decision:
        scene.require(Permission.CAUCUS)
        return _opened(scene, side, minutes)

    await act(ctx, room, actor, rule)


async def close_caucus(ctx: Context, room: Room, actor: str) -> None:
    """Bring everybody together again. Raises `Conflict("session_state")` when there is no caucus."""

    def rule(scene: Scene) -> Decision:
        scene.require(Permission.CAUCUS)
        return closed(scene)

    await act(ctx, room, actor, rule)


async def extend_promise(ctx: Context, room: Room, actor: str, minutes: int) -> None:
    """Promise the waiting side to be back so many minutes later, counted from now once the time is over.

    Raises `Conflict("session_state")` when there is no caucus, `Conflict("caucus_at_limit")` when the time promised is
    the one at which it closes by itself.
    """

    def rule(scene: Scene) -> Decision:
        scene.require(Permission.CAUCUS)
        return _extended(scene, minutes)

    await act(ctx, room, actor, rule)


def closed(scene: Scene) -> Decision:
    """The decision to close the caucus."""
    session = _moved(scene, SessionEventKind.CLOSE_CAUCUS)
    return Decision((Draft(EventKind.CAUCUS_CLOSED, {"caucus": scene.state.caucus_id}),), session)


def _opened(scene: Scene, side: Side, minutes: int) -> Decision:
    if side is Side.NEUTRAL:
        raise BadInput("bad_input", field="side")
    if scene.session.kind not in (SessionKind.MEDIATION, SessionKind.PREP):
        raise Conflict("no_caucus_here")
    session = _moved(scene, SessionEventKind.OPEN_CAUCUS)
    invited = _of_side(scene.state, side)
    if not any(scene.state.seats[each].connected for each in invited):
        raise Conflict("nobody_there", field="side")
    payload = {
        "caucus": new_id(),
        "side": side.value,
        "participants": [scene.actor, *invited],
        "until": instant(scene.now + timedelta(minutes=minutes)),
    }
    return Decision((Draft(EventKind.CAUCUS_OPENED, payload),), session)


def _extended(scene: Scene, minutes: int) -> Decision:
    state = scene.state
    if state.caucus_at is None:
        raise Conflict("session_state")
    last = datetime.fromisoformat(state.caucus_at) + LONGEST_CAUCUS
    promised = datetime.fromisoformat(state.caucus_until) if state.caucus_until else scene.now
    until = min(max(promised, scene.now) + timedelta(minutes=minutes), last)
    if until <= promised:
        raise Conflict("caucus_at_limit")
    return Decision((Draft(EventKind.PROMISE_CHANGED, {"caucus": state.caucus_id, "until": instant(until)}),))


def _moved(scene: Scene, event: SessionEventKind) -> Session:
    """The sitting with a caucus opened or closed; in safety mode there is one before the start too."""
    before_start = scene.session.state is SessionState.LOBBY and scene.state.safety
    if not before_start:
        return scene.session.moved_by(event)
    if (scene.state.caucus_id is None) is not (event is SessionEventKind.OPEN_CAUCUS):
        raise Conflict("session_state", state=scene.session.state.value, event=event.value)
    return scene.session


def _of_side(state: RoomState, side: Side) -> list[str]:
    """Everybody of the side who has a place in the room; a lost line comes back into the caucus."""
    places = (Place.MAIN, Place.WAITING) if state.safety else (Place.MAIN,)
    return sorted(key for key, seat in state.seats.items() if seat.participant.side is side and seat.place in places)
