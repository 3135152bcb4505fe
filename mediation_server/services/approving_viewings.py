"""Exceptions of the recording wall (例外查阅审批): asked for with their basis, decided by the head of a division.

Domain rule §3.6: the law wants it, a complaint is open, or a letter of a superior court or the procuratorate asks for
it.  The rule itself stands in `domain.access`; whoever asked never approves, and what was approved can be taken back at
any moment, which ends a viewing that goes by it at its next range.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from mediation_server.domain.access import Viewer, grounds_for
from mediation_server.domain.audit import AuditAction
from mediation_server.domain.calendar import local_date
from mediation_server.domain.ids import is_id, new_id
from mediation_server.domain.matter import Matter
from mediation_server.domain.recording import Recording, RecordingState
from mediation_server.domain.rights import claim_on
from mediation_server.domain.session import Session
from mediation_server.domain.users import User
from mediation_server.domain.viewing_approval import ApprovalState, ExceptionGround, Stated, ViewingApproval
from mediation_server.errors import BadInput, Conflict, MediationError, NotFound, Refused
from mediation_server.services.access import readable_matter
from mediation_server.services.auditing import audited
from mediation_server.services.context import Context
from mediation_server.store import matters, recordings, sessions, users, viewing_approvals
from mediation_server.store.database import Tx

__all__ = [
    "AskedApproval",
    "AskingPage",
    "answer",
    "ask",
    "asked_about",
    "asked_at",
    "asked_one",
    "asking_page",
    "barred",
    "end",
    "revoke",
    "waiting_for",
]

_MOST = 200  # on the page of a head
_MOST_ASKED = 20  # by one person about one recording
_STANDING = (ApprovalState.ASKED, ApprovalState.APPROVED)


@dataclass(frozen=True, slots=True)
class AskingPage:
    """What somebody may ask for about a recording, and what they asked for, newest first."""

    recording: Recording
    matter: Matter
    grounds: tuple[ExceptionGround, ...]
    asked: tuple[ViewingApproval, ...]


@dataclass(frozen=True, slots=True)
class AskedApproval:
    """One exception as whoever decides sees it: no party's name, for deciding needs none."""

    approval: ViewingApproval
    matter: Matter
    session: Session
    by: User


async def asking_page(ctx: Context, user: User, recording_id: str) -> AskingPage:
    """The page of somebody who may ask. Raises `NotFound` to whoever has no ground at all."""
    async with ctx.db.reading() as tx:
        page = await _asking(tx, user, recording_id)
    if not page.grounds and not page.asked:
        raise NotFound
    return page


async def ask(ctx: Context, user: User, recording_id: str, typed: Mapping[str, str]) -> ViewingApproval:
    """Ask, on a `ground` with its basis; an ask that is refused is written down, too, of whoever reads the matter.

    Raises `NotFound`, `Refused("no_right")` for a ground that is not this person's whatever else was typed, `BadInput`
    naming the field, `Conflict`: `recording_not_sealed`, `approval_asked` twice, `approval_asked_often`.
    """
    refusal: MediationError | None = None
    now, ground = ctx.clock.now(), _ground(typed.get("ground", ""))
    async with ctx.db.transaction() as tx:
        page = await _asking(tx, user, recording_id)
        if ground not in page.grounds and (ground or not page.grounds):
            refusal = Refused("no_right")
            await _audit_groundless(ctx, tx, user, page, ground, refusal)
        else:
            asked = _asked(user, page, ground, typed, now)
            refusal = _refusal(page, asked, local_date(now))
            if refusal is None:
                await viewing_approvals.save(tx, asked)
            await _audit(ctx, tx, AuditAction.APPROVAL_ASKED, user, asked, refusal)
    if refusal is not None:
        raise refusal
    return asked


async def end(ctx: Context, user: User, approval_id: str) -> ViewingApproval:
    """Whoever asked needs it no more; a viewing that goes by it ends. Raises `NotFound`, `Conflict`."""
    async with ctx.db.transaction() as tx:
        found = await _approval(tx, approval_id, locked=True)
        if found.asked_by != user.id:
            raise NotFound
        done = found.ended()
        await viewing_approvals.save(tx, done)
        await _audit(ctx, tx, AuditAction.APPROVAL_ENDED, user, done)
    return done


async def asked_about(ctx: Context, user: User, approval_id: str) -> str:
    """The id of the recording that somebody asked to see. Raises `NotFound` for what they did not ask for."""
    async with ctx.db.reading() as tx:
        found = await _approval(tx, approval_id)
    if found.asked_by != user.id:
        raise NotFound
    return found.recording_id


async def asked_at(ctx: Context, user: User) -> list[AskedApproval]:
    """What waits at a head's court or opens something still, the waiting first. Raises `NotFound` to anybody else."""
    court = _court_of(user)
    async with ctx.db.reading() as tx:
        found = await viewing_approvals.at_court(tx, court, _STANDING, local_date(ctx.clock.now()), _MOST)
        return await _told(tx, found)


async def waiting_for(ctx: Context, user: User) -> int:
    """How many of the first on their page wait for this head to decide, not for another; none for anybody else."""
    if not user.heads_division or not user.court:
        return 0
    today = local_date(ctx.clock.now())
    async with ctx.db.reading() as tx:
        found = await viewing_approvals.at_court(tx, user.court, (ApprovalState.ASKED,), today, _MOST)
        return sum(not barred(user, each) for each in await _told(tx, found))


async def asked_one(ctx: Context, user: User, approval_id: str) -> AskedApproval:
    """One at a head's court, however it stands. Raises `NotFound`."""
    async with ctx.db.reading() as tx:
        return await _at_court(tx, user, approval_id)


async def answer(ctx: Context, user: User, approval_id: str, *, approved: bool | None, words: str) -> None:
    """Decide. Raises `NotFound`, `BadInput`, `Conflict`; `Refused`, which is written down whatever was typed.

    `own_approval` to whoever asked, `own_matter` to whoever tries, leads or reviews the case or held that sitting.
    """
    now = ctx.clock.now()
    await _decide(ctx, user, approval_id, lambda asked: asked.answered(user.id, now, approved=approved, words=words))


async def revoke(ctx: Context, user: User, approval_id: str, words: str) -> None:
    """Take an approval back; a viewing that goes by it ends within seconds. Raises as `answer`."""
    now = ctx.clock.now()
    await _decide(ctx, user, approval_id, lambda asked: asked.revoked(user.id, now, words))


async def _decide(
    ctx: Context, user: User, approval_id: str, step: Callable[[ViewingApproval], ViewingApproval]
) -> None:
    refusal = None
    async with ctx.db.transaction() as tx:
        found = await _at_court(tx, user, approval_id, locked=True)
        try:
            _require_unbarred(user, found)  # first: a try of theirs is written down whatever was typed
            done = step(found.approval)
            await viewing_approvals.save(tx, done)
        except Refused as no:
            done, refusal = found.approval, no
        await _audit(ctx, tx, AuditAction.APPROVAL_ANSWERED, user, done, refusal)
    if refusal is not None:
        raise refusal


def barred(user: User, asked: AskedApproval) -> str:
    """The code of why a head may not decide; empty where they may. Nobody decides who sees how they worked themselves.

    `own_approval` to whoever asked, while it waits; `own_matter` to whoever tries, leads or reviews the case or held
    that sitting.
    """
    if asked.approval.state is ApprovalState.ASKED and asked.approval.asked_by == user.id:
        return "own_approval"
    involved = asked.session.presider_id == user.id or claim_on(asked.matter, user.id, user.role) is not None
    return "own_matter" if involved else ""


def _require_unbarred(user: User, asked: AskedApproval) -> None:
    if code := barred(user, asked):
        raise Refused(code)


def _ground(text: str) -> ExceptionGround | None:
    try:
        return ExceptionGround(text)
    except ValueError:
        return None


def _asked(
    user: User, page: AskingPage, ground: ExceptionGround | None, typed: Mapping[str, str], now: datetime
) -> ViewingApproval:
    """Raises `BadInput` naming the field."""
    if ground is None:
        raise BadInput("decision_missing", field="ground")
    stated = Stated.of(ground, dict(typed), local_date(now))
    return ViewingApproval(
        new_id(), page.recording.id, user.id, now, ground, stated.reason, stated.until,
        stated.interest, stated.number, stated.authority,
    )  # fmt: skip


def _refusal(page: AskingPage, asked: ViewingApproval, today: date) -> MediationError | None:
    if page.recording.state is not RecordingState.SEALED:
        return Conflict("recording_not_sealed")
    if any(each.open_on(today) and (each.ground, each.number) == (asked.ground, asked.number) for each in page.asked):
        return Conflict("approval_asked")
    if len(page.asked) >= _MOST_ASKED:
        return Conflict("approval_asked_often", most=_MOST_ASKED)
    return None


async def _asking(tx: Tx, user: User, recording_id: str) -> AskingPage:
    if not is_id(recording_id):
        raise NotFound
    recording = await recordings.recording(tx, recording_id)
    session = await sessions.session(tx, recording.session_id)
    matter = await readable_matter(tx, user, session.matter_id)
    grounds = grounds_for(Viewer(user.id, user.role, user.court), matter)
    asked = tuple(await viewing_approvals.asked_by(tx, user.id, recording.id))
    return AskingPage(recording, matter, grounds, asked)


def _court_of(user: User) -> str:
    if not user.heads_division or not user.court:
        raise NotFound
    return user.court


async def _at_court(tx: Tx, user: User, approval_id: str, *, locked: bool = False) -> AskedApproval:
    court = _court_of(user)
    (found,) = await _told(tx, [await _approval(tx, approval_id, locked=locked)])
    if found.matter.court != court:
        raise NotFound
    return found


async def _approval(tx: Tx, approval_id: str, *, locked: bool = False) -> ViewingApproval:
    if not is_id(approval_id):
        raise NotFound
    return await viewing_approvals.approval(tx, approval_id, locked=locked)


async def _told(tx: Tx, found: Sequence[ViewingApproval]) -> list[AskedApproval]:
    of = {each.id: each.session_id for each in await recordings.recordings_named(tx, [a.recording_id for a in found])}
    held = {each.id: each for each in await sessions.sessions_named(tx, of.values())}
    about = {each.id: each for each in await matters.matters_named(tx, [each.matter_id for each in held.values()])}
    by = await users.users_named(tx, [each.asked_by for each in found])
    return [
        AskedApproval(each, about[session.matter_id], session, by[each.asked_by])
        for each in found
        for session in (held[of[each.recording_id]],)
    ]


async def _audit_groundless(
    ctx: Context, tx: Tx, user: User, page: AskingPage, ground: ExceptionGround | None, refusal: MediationError
) -> None:
    """The try alone: what somebody without a ground typed for a basis was never checked and is not kept."""
    await audited(
        ctx,
        tx,
        AuditAction.APPROVAL_ASKED,
        actor=user.id,
        about=f"recording:{page.recording.id}",
        allowed=False,
        basis=refusal.code,
        purpose=ground.value if ground else "",
    )


async def _audit(
    ctx: Context,
    tx: Tx,
    action: AuditAction,
    user: User,
    about: ViewingApproval,
    refusal: MediationError | None = None,
) -> None:
    """The basis stands in the audit log itself, but for who complained: that is a person's name."""
    names = ("number", "interest", "answer", *(("authority",) if about.ground is ExceptionGround.LETTER else ()))
    said = {name: getattr(about, name) for name in names if getattr(about, name)}
    await audited(
        ctx,
        tx,
        action,
        actor=user.id,
        about=f"recording:{about.recording_id}",
        allowed=refusal is None,
        basis=refusal.code if refusal else "",
        purpose=about.ground.value,
        reason=about.reason,
        approval=about.id,
        state=about.state.value,
        until=about.until.isoformat(),
        **said,
    )
