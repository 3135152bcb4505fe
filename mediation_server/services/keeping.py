"""What happens in a room by the clock: lost presiders, long caucuses, words, line quality, the court's answer."""

from __future__ import annotations

from datetime import datetime, timedelta

from mediation_server.domain.log import EventKind
from mediation_server.domain.session import SessionState
from mediation_server.rooms.decision import SYSTEM, Decision, Draft, Rule, Scene
from mediation_server.rooms.room import Room
from mediation_server.rooms.state import Place, RoomState
from mediation_server.services.acting import act, nothing
from mediation_server.services.attending import PRESIDER_LOST, gone_drafts
from mediation_server.services.caucusing import LONGEST_CAUCUS, closed
from mediation_server.services.context import Context
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
        rule = _due(ctx, room)
        if rule is not None:
            await act(ctx, room, SYSTEM, rule)
        await room.announce_quality()
    if _is_idle(ctx, room):
        await ctx.rooms.retire(room)


def _due(ctx: Context, room: Room) -> Rule | None:
    """What the clock demands now; looked at again inside the turn, for the room may have moved meanwhile."""
    now = ctx.clock.now()
    grace = timedelta(seconds=ctx.settings.presider_grace_seconds)
    state = room.state
    if any(seat.connected and room.links.find(key) is None for key, seat in state.seats.items()):
        return lambda scene: _without_link(scene, room)
    if _presider_gone_since(state) is not None and _presider_overdue(state, now, grace):
        return lambda scene: _presider_given_up(scene, grace)
    if _caucus_overdue(state, now):
        return lambda scene: closed(scene) if _caucus_overdue(scene.state, scene.now) else nothing(scene)
    oldest = room.speaking.oldest_ms
    if oldest is not None and room.offset_ms - oldest > _SPOKEN_AFTER_MS:
        return nothing
    return None


def _without_link(scene: Scene, room: Room) -> Decision:
    """Whoever the log calls connected and is not: writing it down failed when the line was lost."""
    drafts: list[Draft] = []
    for key, seat in scene.state.seats.items():
        if seat.connected and room.links.find(key) is None:
            drafts += gone_drafts(scene, key, "lost")
    return Decision(tuple(drafts))


def _presider_gone_since(state: RoomState) -> datetime | None:
    seat = state.seats[state.presider_id]
    return datetime.fromisoformat(seat.disconnected_at) if seat.disconnected_at and not seat.connected else None


def _presider_overdue(state: RoomState, now: datetime, grace: timedelta) -> bool:
    since = _presider_gone_since(state)
    if since is None or now - since < grace or state.suspended is not None:
        return False
    return state.started or bool(_admitted(state))


def _presider_given_up(scene: Scene, grace: timedelta) -> Decision:
    """Live: suspended. Before the start: everybody waits in the lobby again, sides apart."""
    if not _presider_overdue(scene.state, scene.now, grace):
        return nothing(scene)
    if scene.session.state in (SessionState.LIVE, SessionState.CAUCUS):
        return suspended(scene, reason=PRESIDER_LOST)
    return Decision(tuple(Draft(EventKind.RETURNED_TO_LOBBY, {"participant": each}) for each in _admitted(scene.state)))


def _admitted(state: RoomState) -> list[str]:
    return [key for key, seat in state.seats.items() if seat.place is Place.MAIN and key != state.presider_id]


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
