"""Scheduling and cancelling sittings (排期): who is named for them follows from the matter."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from mediation_server.domain.audit import AuditAction
from mediation_server.domain.ids import new_id
from mediation_server.domain.lifecycle import may_sit
from mediation_server.domain.log import EventKind
from mediation_server.domain.matter import Matter, MatterParty
from mediation_server.domain.people import Role, Side
from mediation_server.domain.rights import Action, claim_on, may
from mediation_server.domain.session import Participant, Session, SessionEventKind, SessionKind, SessionState
from mediation_server.domain.users import User
from mediation_server.errors import BadInput, Conflict, NotFound
from mediation_server.services.access import presided, readable_matter
from mediation_server.services.auditing import audited, noted
from mediation_server.services.context import Context
from mediation_server.store import invitations, matters, seats, sessions
from mediation_server.store.database import Tx

__all__ = [
    "MAX_MINUTES",
    "MIN_MINUTES",
    "cancel",
    "cancelled",
    "emptied",
    "may_schedule",
    "named_for",
    "schedule",
    "scheduled",
]

MIN_MINUTES, MAX_MINUTES = 15, 240
_LATE = timedelta(minutes=5)  # "now" in a form that took a while to fill in
_FAR = timedelta(days=180)
_OPEN_SITTINGS = 20
_CANCELLED = "cancelled"


async def schedule(ctx: Context, user: User, matter_id: str, starts_at: datetime, minutes: int) -> Session:
    """Schedule a sitting of a matter somebody may hold sittings in; the presider and every party are named for it.

    `starts_at` is UTC. Raises `NotFound`, `BadInput` with the field, or `Conflict("matter_state")`.
    """
    if not MIN_MINUTES <= minutes <= MAX_MINUTES:
        raise BadInput("minutes_out_of_range", field="minutes", least=MIN_MINUTES, most=MAX_MINUTES)
    now = ctx.clock.now()
    if starts_at < now - _LATE:
        raise BadInput("starts_in_the_past", field="starts_at")
    if starts_at > now + _FAR:
        raise BadInput("starts_too_late", field="starts_at", days=_FAR.days)
    async with ctx.db.transaction() as tx:
        matter = await readable_matter(tx, user, matter_id)
        if not may(claim_on(matter, user.id, user.role), Action.RUN_SITTING):
            raise NotFound
        if not may_schedule(matter):
            raise Conflict("matter_state", state=matter.state.value)
        standing = [each for each in await sessions.sessions_of(tx, matter_id) if each.is_open]
        if len(standing) >= _OPEN_SITTINGS:
            raise Conflict("too_many_sittings", limit=_OPEN_SITTINGS)
        session = Session(
            new_id(), matter.id, SessionKind.MEDIATION, SessionState.SCHEDULED, starts_at, minutes, user.id
        )
        named = named_for(session, user, await matters.parties_of(tx, matter.id))
        await scheduled(ctx, tx, session, named)
        return session


async def scheduled(ctx: Context, tx: Tx, session: Session, named: list[Participant]) -> None:
    """Write a new sitting, its first event and the audit entry."""
    await sessions.add(tx, session, named)
    await noted(
        ctx,
        tx,
        session,
        EventKind.SESSION_SCHEDULED,
        named[0].id,
        starts_at=session.starts_at.isoformat(),
        minutes=session.minutes,
    )
    await audited(ctx, tx, AuditAction.SESSION_SCHEDULED, actor=session.presider_id, about=f"session:{session.id}")


async def cancel(ctx: Context, user: User, session_id: str) -> Session:
    """Cancel a sitting before it starts; every link and seat of it closes. Raises `NotFound` or `Conflict`."""
    async with ctx.db.transaction() as tx:
        _, session = await presided(tx, user, session_id)
        session = await cancelled(ctx, tx, session, user.id)
    await emptied(ctx, session_id)
    return session


async def cancelled(ctx: Context, tx: Tx, session: Session, by: str) -> Session:
    """Cancel inside the caller's transaction, who then calls `emptied`. Raises `Conflict("session_state")`."""
    now = ctx.clock.now()
    session = replace(session.moved_by(SessionEventKind.CANCEL), ended_at=now)
    await sessions.save(tx, session)
    named = await sessions.participants_of(tx, session.id)
    for each in named:
        await invitations.revoke_all_of(tx, each.id, now)
        await seats.revoke_all_of(tx, each.id, now)
    await noted(ctx, tx, session, EventKind.ENDED, named[0].id, result=_CANCELLED)
    await audited(ctx, tx, AuditAction.SESSION_CANCELLED, actor=by, about=f"session:{session.id}")
    return session


async def emptied(ctx: Context, session_id: str) -> None:
    """Whoever is in the room of a sitting that was cancelled leaves it."""
    room = ctx.rooms.find(session_id)
    if room is not None:
        for participant, _ in room.links.all():
            await room.links.dismiss(participant, "ended", {"outcome": _CANCELLED})
        await ctx.rooms.drop(session_id)


def may_schedule(matter: Matter) -> bool:
    """Whether the matter is in a state in which its mediator may hold a sitting."""
    return may_sit(SessionKind.MEDIATION, matter.state, consent_pending=matter.consent_pending)


def named_for(session: Session, presider: User, parties: list[MatterParty]) -> list[Participant]:
    """Who is named for a sitting: the presider first, then every party or whoever comes for it."""
    first = Participant(
        new_id(), session.id, presider.role, Side.NEUTRAL, presider.name, presider.name_en, user_id=presider.id
    )
    return [first, *(_party(session, each) for each in parties)]


def _party(session: Session, party: MatterParty) -> Participant:
    name, name_en = party.name, party.name_en
    if party.attends_as:
        name, name_en = f"{party.attends_as}（{party.name}）", f"{party.attends_as_en} ({party.name_en})"
    return Participant(new_id(), session.id, Role(party.role), party.side, name, name_en, party_id=party.id)
