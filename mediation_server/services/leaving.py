"""Leaving after a sitting (错峰离开): in safety mode one side after the other, and nothing moves on for whoever waits.

Until a side may leave, its page leads nowhere, its matter says nothing of the outcome and no letter reaches it.
Whoever presided sees the time run, lets a side go at once, or keeps it longer while the other is still there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from mediation_server.domain.audit import AuditAction
from mediation_server.domain.people import Side
from mediation_server.domain.safety import EXITS_APART, ExitHold, exits
from mediation_server.domain.session import Participant
from mediation_server.domain.users import User
from mediation_server.errors import Conflict, NotFound
from mediation_server.rooms.decision import SYSTEM
from mediation_server.rooms.state import RoomState
from mediation_server.services.access import presided
from mediation_server.services.auditing import audited
from mediation_server.services.context import Context
from mediation_server.store import exit_holds
from mediation_server.store.database import Tx

__all__ = ["HELD", "hold_exits", "hold_longer", "hold_of", "holds_of", "is_held", "let_go"]

_Change = Callable[[ExitHold, datetime], ExitHold]
HELD = "held"  # told instead of the outcome to whoever stays where they are for now


async def hold_exits(ctx: Context, tx: Tx, state: RoomState, matter_id: str, ended_at: datetime) -> None:
    """Keep every side but the first where it is, in the transaction that ends the sitting; without safety mode none."""
    about = f"session:{state.session_id}"
    for side, until in _stays(state, ended_at).items():
        await exit_holds.add(tx, ExitHold(state.session_id, matter_id, side, ended_at, until))
        await audited(ctx, tx, AuditAction.EXIT_HELD, actor=SYSTEM, about=about, side=side.value)


def is_held(state: RoomState, participant: str, ended_at: datetime) -> bool:
    """Whether somebody stays for now when the sitting ends: the first side and whoever works there never do."""
    return state.seats[participant].participant.side in _stays(state, ended_at)


async def hold_of(ctx: Context, seat: Participant) -> ExitHold | None:
    """What keeps, or kept, the holder of a seat after its sitting; they have proven to hold it."""
    async with ctx.db.reading() as tx:
        return next((each for each in await exit_holds.of_session(tx, seat.session_id) if each.side is seat.side), None)


async def holds_of(ctx: Context, user: User, session_id: str) -> list[ExitHold]:
    """Which sides still wait after a sitting, for whoever presided; who goes next comes first. Raises `NotFound`."""
    now = ctx.clock.now()
    async with ctx.db.reading() as tx:
        await presided(tx, user, session_id)
        return [each for each in await exit_holds.of_session(tx, session_id) if each.holds(now)]


async def let_go(ctx: Context, user: User, session_id: str, side: Side) -> None:
    """The presider knows that the others have left. Raises `NotFound`, `Conflict("exit_over")`."""
    await _changed(ctx, user, session_id, side, AuditAction.EXIT_RELEASED, lambda hold, now: replace(hold, until=now))


async def hold_longer(ctx: Context, user: User, session_id: str, side: Side) -> None:
    """The others are still there. Raises `NotFound`, `Conflict("exit_over")`, `Conflict("exit_longest")`."""
    await _changed(ctx, user, session_id, side, AuditAction.EXIT_HELD, lambda hold, _: hold.longer(EXITS_APART))


async def _changed(ctx: Context, user: User, session_id: str, side: Side, action: AuditAction, change: _Change) -> None:
    now = ctx.clock.now()
    async with ctx.db.transaction() as tx:
        await presided(tx, user, session_id)
        hold = next((each for each in await exit_holds.of_session(tx, session_id) if each.side is side), None)
        if hold is None:
            raise NotFound
        if not hold.holds(now):
            raise Conflict("exit_over")
        await exit_holds.save(tx, change(hold, now))
        await audited(ctx, tx, action, actor=user.id, about=f"session:{session_id}", side=side.value)


def _stays(state: RoomState, ended_at: datetime) -> dict[Side, datetime]:
    """Until when each side stays, of those that came; whoever is there alone meets nobody on the way out."""
    if not state.safety:
        return {}
    first = Side(state.safety_first) if state.safety_first else Side.APPLICANT
    came = {seat.participant.side for seat in state.seats.values() if seat.arrived_at is not None}
    return {side: until for side, until in exits(came, first, ended_at).items() if until > ended_at}
