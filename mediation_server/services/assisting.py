"""Mediating beside another (辅助调解员; 特邀规定 art. 13): one's matters, a seat in their sittings; presides over none.

One mediator is the rule. In a matter that is major, complex or special there are more, of whom one presides.
"""

from __future__ import annotations

from dataclasses import dataclass

from mediation_server.domain.audit import AuditAction
from mediation_server.domain.ids import is_id, new_id
from mediation_server.domain.matter import Matter, MatterParty
from mediation_server.domain.people import Role, Side
from mediation_server.domain.session import Participant, Session, SessionKind
from mediation_server.domain.users import User
from mediation_server.errors import Conflict, NotFound
from mediation_server.services.access import assists
from mediation_server.services.auditing import audited
from mediation_server.services.context import Context
from mediation_server.services.seating import add_seat, show_seats
from mediation_server.store import co_mediators, matters, sessions
from mediation_server.store.database import Tx

__all__ = ["Assisted", "assisted", "assisted_in", "sit_beside"]

_MOST = 50  # matters of one person; nobody assists in more at once
_SAT_IN = (SessionKind.MEDIATION, SessionKind.PREP)


@dataclass(frozen=True, slots=True)
class Assisted:
    """A matter somebody mediates beside another, with its sittings that are still to come or going on."""

    matter: Matter
    parties: tuple[MatterParty, ...]
    sittings: tuple[Session, ...]


async def assisted(ctx: Context, user: User) -> list[Assisted]:
    """Everything somebody mediates beside another, the soonest sitting first."""
    async with ctx.db.reading() as tx:
        return await assisted_in(tx, user)


async def assisted_in(tx: Tx, user: User) -> list[Assisted]:
    """The same within the caller's transaction."""
    named = await co_mediators.matters_of(tx, user.id, _MOST) if user.role is Role.MEDIATOR else []
    parties, held = await matters.parties_of_all(tx, named), await sessions.sessions_of_all(tx, named)
    found = [
        Assisted(
            each,
            tuple(party for party in parties if party.matter_id == each.id),
            tuple(sitting for sitting in held if sitting.matter_id == each.id and _sits_in(sitting)),
        )
        for each in await matters.matters_named(tx, named)
    ]
    return sorted(
        found, key=lambda each: (not each.sittings, each.sittings[:1] and each.sittings[0].starts_at.isoformat())
    )


async def sit_beside(ctx: Context, user: User, session_id: str) -> str:
    """The seat of who mediates beside the presider, taken if they have none; they wait there to be let in.

    Raises `NotFound` for a sitting of any other matter, in writing or of a judge, `Conflict("session_over")`.
    """
    if not is_id(session_id):
        raise NotFound
    async with ctx.db.transaction() as tx:
        session = await sessions.locked(tx, session_id)
        if session.kind not in _SAT_IN or not await assists(tx, user, await matters.matter(tx, session.matter_id)):
            raise NotFound
        known = await _seat_of(tx, user, session_id)
        if known is not None:
            return known
        if not session.is_open:
            raise Conflict("session_over")
        seat = Participant(new_id(), session.id, Role.MEDIATOR, Side.NEUTRAL, user.name, user.name_en, user_id=user.id)
        await add_seat(ctx, tx, session, seat)
        await audited(ctx, tx, AuditAction.SEAT_ADDED, actor=user.id, about=f"session:{session.id}", seat=seat.id)
    await show_seats(ctx, session_id)
    return seat.id


def _sits_in(sitting: Session) -> bool:
    return sitting.is_open and sitting.kind in _SAT_IN


async def _seat_of(tx: Tx, user: User, session_id: str) -> str | None:
    named = await sessions.participants_of(tx, session_id)
    return next((each.id for each in named if each.user_id == user.id), None)
