"""Clerks in sittings (书记员): a clerk of the court takes a seat of their own, lets people in, and is in no caucus."""

from __future__ import annotations

from mediation_server.domain.audit import AuditAction
from mediation_server.domain.ids import is_id, new_id
from mediation_server.domain.people import Role, Side
from mediation_server.domain.session import Participant, SessionKind
from mediation_server.domain.users import User
from mediation_server.errors import Conflict, NotFound
from mediation_server.services.access import court_matter
from mediation_server.services.auditing import audited
from mediation_server.services.context import Context
from mediation_server.services.seating import add_seat, show_seats
from mediation_server.store import sessions

__all__ = ["MOST_CLERKS", "sit_as_clerk"]

MOST_CLERKS = 2  # in one sitting: whoever records it and the judge's assistant


async def sit_as_clerk(ctx: Context, user: User, session_id: str) -> str:
    """The seat of a clerk in a sitting of their court, taken if they have none; they wait there to be let in.

    Raises `NotFound` for a sitting of another court or in writing, `Conflict("session_over")`,
    `Conflict("clerks_too_many")`.
    """
    if user.role is not Role.CLERK or not is_id(session_id):
        raise NotFound
    async with ctx.db.transaction() as tx:
        session = await sessions.locked(tx, session_id)
        await court_matter(tx, user, session.matter_id)
        if session.kind is SessionKind.ASYNC:
            raise NotFound
        named = await sessions.participants_of(tx, session_id)
        known = next((each for each in named if each.user_id == user.id), None)
        if known is not None:
            return known.id
        if not session.is_open:
            raise Conflict("session_over")
        if sum(each.role is Role.CLERK for each in named) >= MOST_CLERKS:
            raise Conflict("clerks_too_many", most=MOST_CLERKS)
        seat = Participant(new_id(), session.id, Role.CLERK, Side.NEUTRAL, user.name, user.name_en, user_id=user.id)
        await add_seat(ctx, tx, session, seat)
        await audited(ctx, tx, AuditAction.SEAT_ADDED, actor=user.id, about=f"session:{session.id}", seat=seat.id)
    await show_seats(ctx, session_id)
    return seat.id
