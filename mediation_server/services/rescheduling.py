"""Moving a sitting to another time (改期): by whoever presides, asked for by a party, approved by filing staff."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from mediation_server.domain.audit import AuditAction
from mediation_server.domain.ids import is_id
from mediation_server.domain.log import EventKind, SessionEvent
from mediation_server.domain.matter import Matter
from mediation_server.domain.people import Role, Side
from mediation_server.domain.session import Participant, Session, SessionEventKind, SessionKind, SessionState
from mediation_server.domain.sitting import NoticeAbout, Plan, RequestKind
from mediation_server.domain.sitting_clock import WAITS
from mediation_server.domain.users import User
from mediation_server.errors import BadInput, Conflict, NotFound
from mediation_server.services.access import presided
from mediation_server.services.announcing import announce
from mediation_server.services.auditing import audited, noted
from mediation_server.services.context import Context
from mediation_server.services.inviting import expiry_of
from mediation_server.services.posting import deliver
from mediation_server.services.scheduling import checked_reason, close_room, leave_free
from mediation_server.services.sitting_letters import Announcement
from mediation_server.store import events, invitations, matters, seats, sessions, sittings
from mediation_server.store.database import Tx

__all__ = ["Change", "Moving", "approve", "awaiting_approval", "hold_on", "reschedule", "to_approve"]

_FREELY = 2  # a side has a sitting moved so often; the next time filing staff must agree (domain rule, §3.2)
_MOVED = "rescheduled"
_MOST_SHOWN = 50  # requests looked at; a court has fewer in a day
_HELD = (SessionState.SCHEDULED, SessionState.LOBBY)


@dataclass(frozen=True, slots=True)
class Change:
    """A new time for a sitting; `asked_by` is the side that wanted it, None for the presider's own doing."""

    starts_at: datetime
    minutes: int
    reason: str
    asked_by: Side | None = None
    waived: frozenset[str] = frozenset()
    despite: bool = False


async def reschedule(ctx: Context, user: User, session_id: str, change: Change) -> Session:
    """Move a sitting that has not begun; links stay valid, everybody is told, its revision grows.

    Raises `NotFound`, `BadInput` with the field, `Conflict("session_state")`, `Conflict("presider_busy")`,
    `Conflict("rescheduling_needs_approval")` for the third time that one side asks for it.
    """
    why = checked_reason(change.reason, required=True)
    async with ctx.db.transaction() as tx:
        matter, session = await presided(tx, user, session_id)
        before, now = session.starts_at, ctx.clock.now()
        moved = session.moved_by(SessionEventKind.RESCHEDULE)
        named = await sessions.participants_of(tx, session_id)
        await _checked(tx, session, named, change, now)
        despite = change.despite or session.kind is SessionKind.ASYNC
        await leave_free(tx, user, change.starts_at, change.minutes, despite=despite, but=session_id)
        await _may_move_again(tx, session_id, change.asked_by)
        revision = session.revision + 1
        moved = replace(moved, starts_at=change.starts_at, minutes=change.minutes, revision=revision, held_until=None)
        await sessions.save(tx, moved)
        await _keep_links(ctx, tx, moved, named, change.starts_at - before)
        await sittings.settle(tx, session_id, RequestKind.ANOTHER_TIME, now)
        await noted(ctx, tx, moved, EventKind.RESCHEDULED, named[0].id, **_said(session, moved, change, why))
        await announce(ctx, tx, Announcement(matter, moved, NoticeAbout.CHANGED, why))
        about = f"session:{session_id}"
        await audited(ctx, tx, AuditAction.SESSION_RESCHEDULED, actor=user.id, about=about, revision=revision)
    await deliver(ctx)
    await close_room(ctx, session_id, _MOVED)
    return moved


async def hold_on(ctx: Context, user: User, session_id: str) -> Session:
    """Wait half an hour longer for whoever has not come. Raises `NotFound`, `Conflict("session_state")`."""
    async with ctx.db.transaction() as tx:
        _, session = await presided(tx, user, session_id)
        if session.state not in _HELD or session.kind is SessionKind.ASYNC:
            raise Conflict("session_state", state=session.state.value, event=SessionEventKind.MISS.value)
        held = replace(session, held_until=ctx.clock.now() + WAITS)
        await sessions.save(tx, held)
        actor = (await sessions.participants_of(tx, session_id))[0].id
        await noted(ctx, tx, held, EventKind.HELD_ON, actor, until=held.held_until and held.held_until.isoformat())
        await audited(ctx, tx, AuditAction.SESSION_HELD_ON, actor=user.id, about=f"session:{session_id}")
    return held


async def awaiting_approval(ctx: Context, user: User, session_id: str) -> tuple[Matter, Session, tuple[Side, ...]]:
    """A sitting for filing staff of its court, with the sides that may not have it moved again without them.

    Raises `NotFound` to anybody else.
    """
    async with ctx.db.reading() as tx:
        matter, session = await _of_own_court(tx, user, session_id)
        log = await events.events_of(tx, session_id)
    return matter, session, tuple(side for side in Side if side is not Side.NEUTRAL and _is_spent(log, side))


@dataclass(frozen=True, slots=True)
class Moving:
    """A sitting that a side asks to have moved once more, which filing staff must agree to; asked for at `at`."""

    matter: Matter
    session: Session
    side: Side
    at: datetime


async def to_approve(ctx: Context, user: User) -> list[Moving]:
    """What waits for filing staff of a court: sides that ask for another time and have had it moved twice."""
    if user.role is not Role.FILING or not user.court:
        return []
    found = list[Moving]()
    async with ctx.db.reading() as tx:
        for request in await sittings.open_at_court(tx, user.court, RequestKind.ANOTHER_TIME, _MOST_SHOWN):
            side = (await sessions.participant(tx, request.participant_id)).side
            if _is_spent(await events.events_of(tx, request.session_id), side):
                session = await sessions.session(tx, request.session_id)
                found.append(Moving(await matters.matter(tx, session.matter_id), session, side, request.asked_at))
    return found


async def approve(ctx: Context, user: User, session_id: str, side: Side) -> None:
    """Filing staff agree that a side has the sitting moved once more. Raises `NotFound`, `BadInput`, `Conflict`."""
    if side is Side.NEUTRAL:
        raise BadInput(field="side")
    async with ctx.db.transaction() as tx:
        _, session = await _of_own_court(tx, user, session_id)
        if session.state not in _HELD or not _is_spent(await events.events_of(tx, session_id), side):
            raise Conflict("nothing_to_approve")
        await noted(ctx, tx, session, EventKind.RESCHEDULING_APPROVED, user.id, side=side.value)
        about = f"session:{session_id}"
        await audited(ctx, tx, AuditAction.RESCHEDULING_APPROVED, actor=user.id, about=about, side=side.value)


async def _of_own_court(tx: Tx, user: User, session_id: str) -> tuple[Matter, Session]:
    if user.role is not Role.FILING or not is_id(session_id):
        raise NotFound
    session = await sessions.locked(tx, session_id)
    matter = await matters.matter(tx, session.matter_id)
    if user.court not in (None, matter.court):
        raise NotFound
    return matter, session


async def _checked(tx: Tx, session: Session, named: Sequence[Participant], change: Change, now: datetime) -> None:
    """The new time fits the plan the sitting was made by."""
    parties = [await matters.party(tx, each.party_id) for each in named if each.party_id]
    plan = Plan(change.starts_at, change.minutes, session.kind, side=_one_side(named), waived=change.waived)
    plan.check(parties, now)


async def _may_move_again(tx: Tx, session_id: str, side: Side | None) -> None:
    if side is not None and _is_spent(await events.events_of(tx, session_id), side):
        raise Conflict("rescheduling_needs_approval", field="asked_by")


def _is_spent(log: Collection[SessionEvent], side: Side) -> bool:
    """Whether a side has had the sitting moved twice, each approval of filing staff granting it once more."""
    mine = [each.kind for each in log if each.payload.get("side") == side.value]
    return mine.count(EventKind.RESCHEDULED) >= _FREELY + mine.count(EventKind.RESCHEDULING_APPROVED)


async def _keep_links(ctx: Context, tx: Tx, session: Session, named: Sequence[Participant], by: timedelta) -> None:
    """Everybody keeps the link they have; those with a time of their own keep their distance to the beginning."""
    expires_at = expiry_of(ctx, session)
    await invitations.prolong(tx, session.id, expires_at)
    for each in named:
        await seats.prolong(tx, each.id, expires_at)
        if each.attends_at is not None:
            await sessions.save_participant(tx, replace(each, attends_at=each.attends_at + by))


def _one_side(named: Sequence[Participant]) -> Side | None:
    sides = {each.side for each in named} - {Side.NEUTRAL}
    return next(iter(sides)) if len(sides) == 1 else None


def _said(before: Session, after: Session, change: Change, why: str) -> dict[str, object]:
    said: dict[str, object] = {
        "starts_at": after.starts_at.isoformat(),
        "minutes": after.minutes,
        "from": before.starts_at.isoformat(),
        "revision": after.revision,
        "reason": why,
    }
    if change.asked_by is not None:
        said["side"] = change.asked_by.value
    if change.waived:
        said["waived"] = sorted(change.waived)
    return said
