"""What happens in a room by the clock: lost people, long caucuses, sittings nobody ends, words, line quality, sync.

The rules and their times are in `rooms.deadlines` and `caucusing`; this is the one place that asks them.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from mediation_server.domain.log import EventKind
from mediation_server.rooms.deadlines import lapse_of, lost_of, presider_overdue
from mediation_server.rooms.decision import SYSTEM, Decision, Draft, Rule, Scene
from mediation_server.rooms.room import Room
from mediation_server.rooms.state import Place, RoomState
from mediation_server.services.acting import act, nothing
from mediation_server.services.attending import gone_drafts
from mediation_server.services.caucusing import LONGEST_CAUCUS, closed
from mediation_server.services.context import Context
from mediation_server.services.lapsing import end_overdue
from mediation_server.services.listening import tell_asked, tell_missed
from mediation_server.services.suspending import suspended
from mediation_server.services.syncing import sync_state

__all__ = ["keep"]

_SPOKEN_AFTER_MS = 5_000  # utterances wait at most this long for a transaction of somebody else's
_IDLE_MS = 10 * 60_000  # a room nobody is connected to is forgotten after this, unless its sitting is under way
_OVER_MS = 15_000  # after the end it only stays for whoever still looks


async def keep(ctx: Context, room: Room) -> None:
    """One round for one room; called about once a second."""
    if room.state.ended:
        await _tell_sync(ctx, room)
    else:
        await _act_on_time(ctx, room)
        await room.announce_quality()
        await _note_pictures(ctx, room)
        await tell_missed(room)
        await tell_asked(room)
    if _is_idle(ctx, room):
        await ctx.rooms.retire(room)


async def _act_on_time(ctx: Context, room: Room) -> None:
    if lapse_of(room.state, room.session, ctx.clock.now()) is not None:
        await end_overdue(ctx, room)
        return
    rule = _owed(room) or _due(ctx, room)
    if rule is not None:
        await act(ctx, room, SYSTEM, rule)


async def _note_pictures(ctx: Context, room: Room) -> None:
    """Write down from when to when somebody's line carried voices only: they did not see what others saw."""
    if room.voices_only == room.voices_only_noted or not room.state.started:
        return
    held, before = room.voices_only, room.voices_only_noted

    def rule(scene: Scene) -> Decision:
        changes = [(EventKind.PICTURES_HELD, held - before), (EventKind.PICTURES_BACK, before - held)]
        return Decision(tuple(Draft(kind, scene.about(who)) for kind, people in changes for who in sorted(people)))

    await act(ctx, room, SYSTEM, rule)
    room.voices_only_noted = held


def _owed(room: Room) -> Rule | None:
    """What the log does not say yet of media that the room lost."""
    return (lambda _scene: Decision(room.outage.pending())) if room.outage.pending() else None


def _due(ctx: Context, room: Room) -> Rule | None:
    """What the clock demands now; looked at again inside the turn, for the room may have moved meanwhile."""
    now = ctx.clock.now()
    grace = timedelta(seconds=ctx.settings.presider_grace_seconds)
    state = room.state
    if any(seat.connected and room.links.find(key) is None for key, seat in state.seats.items()):
        return lambda scene: _without_link(scene, room)
    if lost_of(state, room.session, now, grace) is not None:
        return lambda scene: _suspended_for(scene, grace)
    if _left_alone(state, now, grace):
        return lambda scene: _back_to_lobby(scene) if _left_alone(scene.state, scene.now, grace) else nothing(scene)
    if _caucus_overdue(state, now):
        return lambda scene: closed(scene) if _caucus_overdue(scene.state, scene.now) else nothing(scene)
    return nothing if _waits_for_the_log(room) else None


def _waits_for_the_log(room: Room) -> bool:
    """Whether something was missed that the log does not say yet, or words have waited long enough."""
    room.listen()
    oldest = room.speaking.oldest_ms
    return room.fairness.pending or (oldest is not None and room.offset_ms - oldest > _SPOKEN_AFTER_MS)


def _without_link(scene: Scene, room: Room) -> Decision:
    """Whoever the log calls connected and is not: writing it down failed when the line was lost."""
    drafts: list[Draft] = []
    for key, seat in scene.state.seats.items():
        if seat.connected and room.links.find(key) is None:
            drafts += gone_drafts(scene, key, "lost")
    return Decision(tuple(drafts))


def _suspended_for(scene: Scene, grace: timedelta) -> Decision:
    lost = lost_of(scene.state, scene.session, scene.now, grace)
    return nothing(scene) if lost is None else suspended(scene, reason=lost.reason, side=lost.side)


def _left_alone(state: RoomState, now: datetime, grace: timedelta) -> bool:
    """Before the start, people sit together without their presider."""
    return not state.started and bool(_admitted(state)) and presider_overdue(state, now, grace)


def _back_to_lobby(scene: Scene) -> Decision:
    """Everybody waits in the lobby again, sides apart."""
    alone = scene.state.caucus_id
    closed_first = [Draft(EventKind.CAUCUS_CLOSED, {"caucus": alone})] if alone else []
    back = [Draft(EventKind.RETURNED_TO_LOBBY, {"participant": each}) for each in _admitted(scene.state)]
    return Decision((*closed_first, *back))


def _admitted(state: RoomState) -> list[str]:
    inside = (Place.MAIN, Place.CAUCUS, Place.WAITING)  # before the start only safety mode knows the last two
    return [key for key, seat in state.seats.items() if seat.place in inside and key != state.presider_id]


def _caucus_overdue(state: RoomState, now: datetime) -> bool:
    return state.caucus_at is not None and now - datetime.fromisoformat(state.caucus_at) >= LONGEST_CAUCUS


async def _tell_sync(ctx: Context, room: Room) -> None:
    """The presider sees how the outcome travels to the court."""
    link = room.links.find(room.state.presider_id)
    if link is None or link.sync == "synced":
        return
    state = await sync_state(ctx, room.id)
    if state is not None and state.value != link.sync:
        link.sync = state.value
        await room.links.emit(link, "sync", {"state": state.value})


def _is_idle(ctx: Context, room: Room) -> bool:
    empty_since = room.links.empty_since_ms
    if empty_since is None or (room.state.started and not room.state.ended):
        return False
    return ctx.clock.monotonic_ms() - empty_since > (_OVER_MS if room.state.ended else _IDLE_MS)
