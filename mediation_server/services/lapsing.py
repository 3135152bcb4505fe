"""Sittings that nobody ends (无人结束的场次): the house ends them when their time is over, and invents no outcome.

The matter stays as it is: its mediator schedules another sitting, or concludes there.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from mediation_server.domain.audit import AuditAction
from mediation_server.domain.log import EventKind
from mediation_server.domain.people import Side
from mediation_server.domain.session import Lapse, Session, SessionEventKind, SessionState
from mediation_server.rooms.deadlines import lapse_of
from mediation_server.rooms.decision import SYSTEM, Decision, Draft, Scene
from mediation_server.rooms.room import Room
from mediation_server.services.acting import act, hush, nothing
from mediation_server.services.auditing import audited
from mediation_server.services.context import Context
from mediation_server.services.leaving import HELD, hold_exits, is_held
from mediation_server.services.reporting import TECHNICAL, report_held
from mediation_server.store import events, sessions
from mediation_server.store.database import Tx

__all__ = ["end_overdue", "lapses_of"]


async def end_overdue(ctx: Context, room: Room) -> None:
    """End a sitting whose time is over: events, audit and state commit together, then everybody is told why.

    Looked at again inside the room's turn: whoever resumed or ended it a moment before was in time. The recorder
    finishes with the room, as after any end.
    """
    lapse: Lapse | None = None

    def rule(scene: Scene) -> Decision:
        nonlocal lapse
        lapse = lapse_of(scene.state, scene.session, scene.now)
        if lapse is None:
            return nothing(scene)
        hush(room)
        return _ended(scene, lapse)

    async def also(tx: Tx, scene: Scene) -> None:
        if lapse is not None:
            about = f"session:{scene.session.id}"
            await audited(ctx, tx, AuditAction.SESSION_LAPSED, actor=SYSTEM, about=about, basis=lapse.value)
            await report_held(tx, await sessions.session(tx, scene.session.id), TECHNICAL, scene.now)
            await hold_exits(ctx, tx, scene.state, scene.session.matter_id, scene.now)

    async def then(scene: Scene) -> None:
        if lapse is not None:
            ctx.outbox_filled.set()
            await _tell(room, lapse, scene.now)

    await act(ctx, room, SYSTEM, rule, also=also, then=then)


async def lapses_of(tx: Tx, held: Iterable[Session]) -> dict[str, Lapse]:
    """Why the house ended those of these sittings that it ended, by session."""
    over = [each.id for each in held if each.state is SessionState.ENDED]
    causes = {each.session_id: each.payload.get("cause") for each in await events.of_kind(tx, over, EventKind.ENDED)}
    return {session_id: Lapse(str(cause)) for session_id, cause in causes.items() if cause}


def _ended(scene: Scene, lapse: Lapse) -> Decision:
    session, drafts = scene.session, [Draft(EventKind.ENDED, {"result": TECHNICAL, "cause": lapse.value})]
    if scene.state.caucus_id is not None:
        session = session.moved_by(SessionEventKind.CLOSE_CAUCUS)
        drafts.insert(0, Draft(EventKind.CAUCUS_CLOSED, {"caucus": scene.state.caucus_id}))
    return Decision(tuple(drafts), replace(session.moved_by(SessionEventKind.END), ended_at=scene.now))


async def _tell(room: Room, lapse: Lapse, at: datetime) -> None:
    """Everybody learns why, unless they stay for now; staff also where the record is."""
    for participant, link in room.links.all():
        staff = room.state.seats[participant].participant.side is Side.NEUTRAL
        record = {"session": room.id, "matter": room.session.matter_id} if staff else {}
        outcome = HELD if is_held(room.state, participant, at) else lapse.value
        await room.links.emit(link, "ended", {"outcome": outcome, **record})
