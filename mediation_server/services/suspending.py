"""Suspending and resuming (暂停与恢复): by the presider, or by the house when the presider or the recording is lost."""

from __future__ import annotations

import logging
from functools import partial

from mediation_server.domain.log import EventKind
from mediation_server.domain.people import Permission, Side
from mediation_server.domain.session import Session, SessionEventKind
from mediation_server.errors import Conflict, Refused, Unavailable
from mediation_server.rooms.chat import cleaned
from mediation_server.rooms.decision import SYSTEM, Decision, Draft, Scene, permitted
from mediation_server.rooms.room import Room
from mediation_server.services.acting import act
from mediation_server.services.context import Context

__all__ = ["MAX_REASON", "go_on_unrecorded", "resume", "start_recording", "suspend", "suspend_unrecorded", "suspended"]

_LOG = logging.getLogger(__name__)
MAX_REASON = 200  # characters


async def suspend(ctx: Context, room: Room, actor: str, reason: str) -> None:
    """All media stops, a caucus closes, the clock of the suspension runs. Raises `Conflict("session_state")`."""
    said = cleaned(reason, field="reason", longest=MAX_REASON)

    def rule(scene: Scene) -> Decision:
        scene.require(Permission.SUSPEND)
        return suspended(scene, reason=said)

    await act(ctx, room, actor, rule)


async def resume(ctx: Context, room: Room, actor: str) -> None:
    """Go on where it stopped, everybody in the joint room. Raises `Unavailable("recording_unavailable")` unrecorded."""

    def rule(scene: Scene) -> Decision:
        scene.require(Permission.SUSPEND)
        return Decision((Draft(EventKind.RESUMED),), scene.session.moved_by(SessionEventKind.RESUME))

    if Permission.SUSPEND not in permitted(room.state, actor):
        raise Refused("not_permitted")
    if room.state.suspended is None:
        raise Conflict("session_state", state=room.session.state.value, event="resume")
    if not await start_recording(room, room.session):
        raise Unavailable("recording_unavailable")
    await act(ctx, room, actor, rule)


def suspended(scene: Scene, reason: str, side: Side | None = None) -> Decision:
    """The decision to suspend, `side` being whose loss it was; a caucus that is open closes with it."""
    drafts = [Draft(EventKind.SUSPENDED, {"reason": reason, **({"side": side.value} if side else {})})]
    if scene.state.caucus_id is not None:
        drafts.insert(0, Draft(EventKind.CAUCUS_CLOSED, {"caucus": scene.state.caucus_id}))
    return Decision(tuple(drafts), scene.session.moved_by(SessionEventKind.SUSPEND))


async def go_on_unrecorded(ctx: Context, room: Room, actor: str, reason: str) -> None:
    """The disk refuses what is recorded, and the sitting goes on all the same: who says so and why is an event.

    Raises `Conflict("recording_goes_on")` when there is nothing to decide any more.
    """
    said = cleaned(reason, field="reason", longest=MAX_REASON)

    def rule(scene: Scene) -> Decision:
        scene.require(Permission.SUSPEND)
        if not room.taping.refused or room.taping.waived or not scene.state.media_flows:
            raise Conflict("recording_goes_on")
        return Decision((Draft(EventKind.WENT_ON_UNRECORDED, {"reason": said}),))

    await act(ctx, room, actor, rule)


async def start_recording(room: Room, session: Session) -> bool:
    """Attach a recorder to a started sitting unless there is one; whether there is one now."""
    if session.started_at is None:
        return False
    try:
        timeline = room.timeline_from(session.started_at)
        await room.taping.begin(session, timeline, resumed=room.state.recorded)
    except Exception:  # noqa: BLE001 - disk, database, whatever: nothing may go on unrecorded, and people are told
        _LOG.exception("the recording could not begin")
    return room.taping.is_on


async def suspend_unrecorded(ctx: Context, room: Room) -> None:
    """The house suspends a sitting that cannot be recorded."""
    await act(ctx, room, SYSTEM, partial(suspended, reason="recording_failed"))
