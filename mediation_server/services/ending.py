"""Ending a live sitting with its outcome: the room's part; what it means for the matter is in `concluding`."""

from __future__ import annotations

from mediation_server.domain.log import EventKind, SessionEvent
from mediation_server.domain.matter import Conclusion
from mediation_server.domain.people import Permission, Side
from mediation_server.domain.session import Session
from mediation_server.rooms.decision import Decision, Draft, Scene, foreseen
from mediation_server.rooms.room import Room
from mediation_server.services.acting import act_in_turn, carried_through, hush, nothing
from mediation_server.services.concluding import Closing, conclude_in
from mediation_server.services.context import Context
from mediation_server.services.leaving import HELD, hold_exits, is_held
from mediation_server.store import events, sessions

__all__ = ["end"]


async def end(ctx: Context, room: Room, actor: str, closing: Closing) -> Conclusion:
    """Conclude and end: outcome, events, audit and messages to the court commit together; then all media is over.

    Raises what `concluding.conclude_in` raises; then everything is as it was.
    """
    return await carried_through(_ended(ctx, room, actor, closing))


async def _ended(ctx: Context, room: Room, actor: str, closing: Closing) -> Conclusion:
    async with room.turn:
        hush(room)
        await act_in_turn(ctx, room, actor, _may_conclude)  # writes who spoke last, before the log is closed
        try:
            conclusion, session, logged = await _concluded(ctx, room, actor, closing)
        except BaseException:
            await room.restore()
            raise
        ctx.outbox_filled.set()
        await _tell(room, conclusion)
        await room.advance(logged, session)
    return conclusion


async def _concluded(
    ctx: Context, room: Room, actor: str, closing: Closing
) -> tuple[Conclusion, Session, list[SessionEvent]]:
    async with ctx.db.transaction() as tx:
        session = await sessions.locked(tx, room.id)
        room.catch_up(await events.events_of(tx, room.id, after=room.state.version), session)
        who = room.state.seat(actor).participant
        await room.tighten(foreseen(room.state, [Draft(EventKind.ENDED)], room.id, ctx.clock.now()))
        now, offset_ms = ctx.clock.now(), room.offset_ms  # one instant; until the fence held, people were recorded
        conclusion, logged = await conclude_in(tx, room.id, who, closing, at=now, offset_ms=offset_ms)
        await hold_exits(ctx, tx, room.state, session.matter_id, now)
        return conclusion, await sessions.session(tx, room.id), logged


def _may_conclude(scene: Scene) -> Decision:
    scene.require(Permission.CONCLUDE)
    return nothing(scene)


async def _tell(room: Room, conclusion: Conclusion) -> None:
    """Parties learn that and how it ended, unless they stay for now; staff also where the record is."""
    for participant, link in room.links.all():
        staff = room.state.seats[participant].participant.side is Side.NEUTRAL
        record = {"session": conclusion.session_id, "matter": conclusion.matter_id} if staff else {}
        outcome = HELD if is_held(room.state, participant, conclusion.concluded_at) else conclusion.outcome.value
        await room.links.emit(link, "ended", {"outcome": outcome, **record})
