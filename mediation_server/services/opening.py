"""Opens rooms from the session log, at the first connection or after a restart; whoever was there counts as gone."""

from __future__ import annotations

import logging
from functools import partial

from mediation_server.domain.session import SessionKind, SessionState
from mediation_server.errors import Gone, MediationError, NotFound
from mediation_server.rooms.decision import SYSTEM, Decision, Draft, Scene
from mediation_server.rooms.room import Room, RoomRecord
from mediation_server.services.acting import act
from mediation_server.services.attending import gone_drafts
from mediation_server.services.context import Context
from mediation_server.services.suspending import start_recording, suspend_unrecorded
from mediation_server.store import events, matters, sessions

__all__ = ["reopen", "room_of"]

_LOG = logging.getLogger(__name__)


async def room_of(ctx: Context, session_id: str) -> Room:
    """The live room of a sitting, opened if need be. Raises `NotFound`, `Gone("session_over")`, `Unavailable`."""
    found = ctx.rooms.find(session_id)
    if found is not None:
        return found
    return await ctx.rooms.open(session_id, partial(_record, ctx, session_id), partial(_wake, ctx))


async def reopen(ctx: Context) -> None:
    """At the start of the server: open the rooms of all sittings that had begun, so that recordings go on."""
    async with ctx.db.reading() as tx:
        unfinished = await sessions.open_sessions(tx)
    for session in unfinished:
        try:
            await room_of(ctx, session.id)
        except MediationError as refusal:
            _LOG.warning("a room stays closed: %s", refusal.code)


async def _record(ctx: Context, session_id: str) -> RoomRecord:
    async with ctx.db.reading() as tx:
        session = await sessions.session(tx, session_id)
        if not session.is_open:
            raise Gone("session_over")
        if session.kind is SessionKind.ASYNC:
            raise NotFound  # there is no room in which one writes
        return RoomRecord(
            session=session,
            matter=await matters.matter(tx, session.matter_id),
            parties=tuple(await matters.parties_of(tx, session.matter_id)),
            participants=tuple(await sessions.participants_of(tx, session_id)),
            events=tuple(await events.events_of(tx, session_id)),
        )


async def _wake(ctx: Context, room: Room) -> None:
    if any(seat.connected for seat in room.state.seats.values()):
        await act(ctx, room, SYSTEM, _all_lost)
    if room.state.started:
        await _record_on(ctx, room)


def _all_lost(scene: Scene) -> Decision:
    drafts: list[Draft] = []
    for key, seat in scene.state.seats.items():
        if seat.connected:
            drafts += gone_drafts(scene, key, "restart")
    return Decision(tuple(drafts))


async def _record_on(ctx: Context, room: Room) -> None:
    """The recording of a sitting that was interrupted goes on; if it cannot, the sitting does not go on unrecorded."""
    if await start_recording(room, room.session):
        await room.taping.follow(room.state)
    elif room.session.state in (SessionState.LIVE, SessionState.CAUCUS):
        await suspend_unrecorded(ctx, room)
