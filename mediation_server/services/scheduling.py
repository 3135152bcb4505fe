"""Scheduling and cancelling sittings (排期): who is named for them follows from the matter and the plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from mediation_server.domain.audit import AuditAction
from mediation_server.domain.checks.texts import reason as reason_of
from mediation_server.domain.consent import ConsentItem
from mediation_server.domain.consent_ledger import standings
from mediation_server.domain.ids import new_id
from mediation_server.domain.lifecycle import may_sit
from mediation_server.domain.log import EventKind
from mediation_server.domain.matter import Matter, MatterParty
from mediation_server.domain.people import Role, Side
from mediation_server.domain.rights import Action, Condition, Holder, claim_on, may
from mediation_server.domain.session import (
    REVIEWS,
    Attendance,
    Participant,
    Session,
    SessionEventKind,
    SessionKind,
    SessionState,
)
from mediation_server.domain.sitting import LONGEST_TEXT, MAX_MINUTES, MIN_MINUTES, NoticeAbout, Plan, apart_in_time
from mediation_server.domain.users import User
from mediation_server.errors import Conflict, NotFound
from mediation_server.services.access import presided, readable_matter
from mediation_server.services.agent_seats import agent_seats
from mediation_server.services.announcing import announce_all, tell_uninvited
from mediation_server.services.auditing import audited, audited_all, noted, noted_all
from mediation_server.services.context import Context
from mediation_server.services.posting import deliver
from mediation_server.services.sitting_letters import Announcement
from mediation_server.store import consents, invitations, matters, seats, sessions, sittings
from mediation_server.store.database import Tx

__all__ = [
    "CANCELLED",
    "MAX_MINUTES",
    "MIN_MINUTES",
    "agreed_apart",
    "busy_with",
    "cancel",
    "cancelled",
    "cancelled_all",
    "checked_reason",
    "close_room",
    "kinds_for",
    "leave_free",
    "may_schedule",
    "named_for",
    "schedule",
    "scheduled",
]

_OPEN_SITTINGS = 20
CANCELLED = "cancelled"


async def schedule(ctx: Context, user: User, matter_id: str, plan: Plan) -> Session:
    """Schedule a sitting of a matter somebody may hold sittings in; the presider and whom the plan invites are named.

    Raises `NotFound`, `BadInput` with the field, `Conflict("matter_state")`, `Conflict("too_many_sittings")`,
    `Conflict("presider_busy")` unless the plan says `despite`, `Conflict("consent_c7_missing")` when the sides are not
    to attend together and not all have agreed to it.
    """
    now = ctx.clock.now()
    async with ctx.db.transaction() as tx:
        matter = await readable_matter(tx, user, matter_id)
        if not _may_hold(matter, user, plan.kind):
            raise NotFound
        parties = await matters.parties_of(tx, matter.id)
        plan.check(parties, now)
        if not may_sit(plan.kind, matter.state, consent_pending=matter.consent_pending):
            raise Conflict("matter_state", state=matter.state.value)
        standing = [each for each in await sessions.sessions_of(tx, matter_id) if each.is_open]
        if len(standing) >= _OPEN_SITTINGS:
            raise Conflict("too_many_sittings", limit=_OPEN_SITTINGS)
        await agreed_apart(tx, plan, parties)
        await leave_free(tx, user, plan.starts_at, plan.minutes, despite=plan.despite or plan.kind is SessionKind.ASYNC)
        session = _session(matter, user, plan)
        invited = [each for each in parties if plan.invites(each)]
        named = named_for(session, user, invited, plan)
        named += await agent_seats(tx, session, matter.cause, invited)
        await scheduled(ctx, tx, session, named, waived=sorted(plan.waived & {each.id for each in parties}))
        if matter.safety:
            await noted(ctx, tx, session, EventKind.SAFETY_CHANGED, named[0].id, on=True)
        others = [each for each in parties if not plan.invites(each)]
        await tell_uninvited(ctx, tx, Announcement(matter, session, NoticeAbout.TOLD), others)
    await deliver(ctx)
    return session


async def scheduled(
    ctx: Context, tx: Tx, session: Session, named: list[Participant], waived: Sequence[str] = ()
) -> None:
    """Write a new sitting, its first event and the audit entry."""
    await sessions.add(tx, session, named)
    said: dict[str, object] = {"starts_at": session.starts_at.isoformat(), "minutes": session.minutes}
    if session.kind is not SessionKind.MEDIATION:
        said["sitting"] = session.kind.value
    if waived:
        said["waived"] = list(waived)
    await noted(ctx, tx, session, EventKind.SESSION_SCHEDULED, named[0].id, **said)
    await audited(ctx, tx, AuditAction.SESSION_SCHEDULED, actor=session.presider_id, about=f"session:{session.id}")


async def cancel(ctx: Context, user: User, session_id: str, reason: str = "") -> Session:
    """Cancel a sitting before it starts; every link and seat of it closes, and everybody is told.

    Raises `NotFound`, `BadInput` for a reason that is too long, `Conflict("session_state")`.
    """
    why = checked_reason(reason)
    async with ctx.db.transaction() as tx:
        _, session = await presided(tx, user, session_id)
        session = await cancelled(ctx, tx, session, user.id, why)
    await close_room(ctx, session_id, CANCELLED)
    await deliver(ctx)
    return session


async def cancelled(ctx: Context, tx: Tx, session: Session, by: str, why: str = "") -> Session:
    """Cancel inside the caller's transaction, who then calls `posting.deliver` and `close_room`.

    Raises `Conflict("session_state")`.
    """
    return (await cancelled_all(ctx, tx, [session], by, why))[0]


async def cancelled_all(ctx: Context, tx: Tx, planned: Sequence[Session], by: str, why: str = "") -> list[Session]:
    """The same for several sittings."""
    now = ctx.clock.now()
    over = [replace(each.moved_by(SessionEventKind.CANCEL), ended_at=now) for each in planned]
    if not over:
        return []
    await sessions.save_over_all(tx, list(zip(planned, over, strict=True)))
    named = await sessions.participants_of_all(tx, [each.id for each in over])
    await invitations.revoke_all_of(tx, [each.id for each in named], now)
    await seats.revoke_all_of(tx, [each.id for each in named], now)
    about = {each.id: each for each in await matters.matters_named(tx, {each.matter_id for each in over})}
    told = [Announcement(about[each.matter_id], each, NoticeAbout.CANCELLED, why) for each in over]
    await announce_all(ctx, tx, told)
    first = {each.session_id: each.id for each in reversed(named)}
    said = {"result": CANCELLED, **({"reason": why} if why else {})}
    await noted_all(ctx, tx, EventKind.ENDED, [(each, first[each.id], said) for each in over])
    about_all = [f"session:{each.id}" for each in over]
    await audited_all(ctx, tx, AuditAction.SESSION_CANCELLED, actor=by, about=about_all)
    return over


async def close_room(ctx: Context, session_id: str, outcome: str) -> None:
    """Whoever waits in the room of a sitting that does not take place is told so and leaves."""
    room = ctx.rooms.find(session_id)
    if room is not None:
        for participant, _ in room.links.all():
            await room.links.dismiss(participant, "ended", {"outcome": outcome})
        await ctx.rooms.drop(session_id, outcome)


def checked_reason(reason: str, *, required: bool = False) -> str:
    """A reason as it may be written down and sent. Raises `BadInput` when it is missing or too long."""
    text = " ".join(reason.split())
    return reason_of(text, most=LONGEST_TEXT) if text or required else ""


async def busy_with(
    tx: Tx, presider_id: str, starts_at: datetime, minutes: int, *, but: str | None = None
) -> list[Session]:
    """The sittings of the same presider that a new one at this time would meet, earliest first."""
    ends_at, longest = starts_at + timedelta(minutes=minutes), timedelta(minutes=MAX_MINUTES)
    near = await sittings.overlapping(tx, presider_id, starts_at - longest, ends_at)
    held = [each for each in near if each.id != but and each.kind is not SessionKind.ASYNC]
    return [each for each in held if each.ends_at > starts_at]


async def leave_free(
    tx: Tx, user: User, starts_at: datetime, minutes: int, *, despite: bool, but: str | None = None
) -> None:
    """Raise `Conflict("presider_busy")` when the presider has another sitting then and did not say to go on."""
    if not despite and await busy_with(tx, user.id, starts_at, minutes, but=but):
        raise Conflict("presider_busy", field="despite")


async def agreed_apart(tx: Tx, plan: Plan, parties: Sequence[MatterParty]) -> None:
    """Raise `Conflict("consent_c7_missing")` unless all agree not to attend together, where the plan wants that."""
    if not apart_in_time(plan):
        return
    for each in parties:
        if not standings(await consents.ledger_of(tx, each.id))[ConsentItem.NOT_TOGETHER].holds:
            raise Conflict("consent_c7_missing", field="kind" if plan.kind is SessionKind.ASYNC else f"way-{each.id}")


def may_schedule(matter: Matter) -> bool:
    """Whether the matter is in a state in which its mediator may hold a sitting."""
    return may_sit(SessionKind.MEDIATION, matter.state, consent_pending=matter.consent_pending)


def kinds_for(user: User, matter: Matter) -> tuple[SessionKind, ...]:
    """The kinds of sitting this person may schedule in the matter now, the ordinary one first."""
    pending = matter.consent_pending
    return tuple(
        kind
        for kind in SessionKind
        if _may_hold(matter, user, kind) and may_sit(kind, matter.state, consent_pending=pending)
    )


def _may_hold(matter: Matter, user: User, kind: SessionKind) -> bool:
    """Whether somebody presides over sittings of this kind: a mediator mediates, a judge examines (§3.2)."""
    claim = claim_on(matter, user.id, user.role)
    if claim is None or not may(claim, Action.RUN_SITTING):
        return False
    leads = claim.holder is Holder.TRIAL_JUDGE and Condition.COURT_LED in claim.held
    if kind in REVIEWS:
        return claim.holder is Holder.CONFIRMING_JUDGE or (leads and kind is SessionKind.JUDGMENT_CHECK)
    return claim.holder is Holder.MEDIATOR or leads


def named_for(
    session: Session, presider: User, parties: Sequence[MatterParty], plan: Plan | None = None
) -> list[Participant]:
    """Who is named for a sitting: the presider first, then every party or whoever comes for it."""
    first = Participant(
        new_id(), session.id, presider.role, Side.NEUTRAL, presider.name, presider.name_en, user_id=presider.id
    )
    return [first, *(_party(session, each, plan) for each in parties)]


def _session(matter: Matter, user: User, plan: Plan) -> Session:
    return Session(
        id=new_id(),
        matter_id=matter.id,
        kind=plan.kind,
        state=SessionState.SCHEDULED,
        starts_at=plan.starts_at,
        minutes=plan.minutes,
        presider_id=user.id,
        place=plan.place.strip(),
        note=plan.note.strip(),
    )


def _party(session: Session, party: MatterParty, plan: Plan | None) -> Participant:
    name, name_en = party.name, party.name_en
    if party.attends_as:
        name, name_en = f"{party.attends_as}（{party.name}）", f"{party.attends_as_en} ({party.name_en})"
    named = Participant(new_id(), session.id, Role(party.role), party.side, name, name_en, party_id=party.id)
    if plan is None:
        return named
    way = plan.way_of(party.id)
    at = way.at if way.attendance is Attendance.SEPARATE else None
    where = way.where.strip() if way.attendance is Attendance.COURT_ROOM else ""
    return replace(named, attendance=way.attendance, attends_at=at, attends_where=where)
