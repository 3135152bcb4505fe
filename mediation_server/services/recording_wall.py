"""The recording wall (录音录像查阅): the one way to watch a recording, for everybody; sends no byte itself.

`domain.access` decides; here the facts are gathered, the answer is written down before anything else happens, and the
same question is asked again at every range.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta

from mediation_server.domain.access import PURPOSE_OF, Decision, Facts, Purpose, Viewer, grounds_for, may_watch
from mediation_server.domain.audit import AuditAction
from mediation_server.domain.calendar import SHANGHAI, local_date
from mediation_server.domain.checks.texts import reason as reason_of
from mediation_server.domain.consent import Consent, ConsentItem
from mediation_server.domain.consent_ledger import standings
from mediation_server.domain.ids import is_id, new_id
from mediation_server.domain.matter import Matter, MatterParty
from mediation_server.domain.people import Side
from mediation_server.domain.recording import Recording, RecordingState
from mediation_server.domain.session import Session
from mediation_server.domain.users import User
from mediation_server.domain.viewing import Viewing
from mediation_server.domain.viewing_approval import ExceptionGround, ViewingApproval
from mediation_server.domain.viewing_request import ViewingRequest
from mediation_server.errors import Conflict, Gone, NotFound, Refused
from mediation_server.services.access import readable_matter
from mediation_server.services.auditing import audited
from mediation_server.services.context import Context
from mediation_server.store import (
    consents,
    matters,
    recordings,
    sessions,
    viewing_approvals,
    viewing_requests,
    viewings,
)
from mediation_server.store.database import Tx

__all__ = [
    "RecordingItem",
    "check_viewing",
    "end_viewing",
    "open_approved",
    "open_supervised",
    "open_viewing",
    "purposes_for",
    "recording_item",
    "recordings_for",
]

_VIEWING_LASTS = timedelta(hours=2)
_MOST_RECORDINGS = 40  # of the newest; nobody reads further on a home page


@dataclass(frozen=True, slots=True)
class RecordingItem:
    """One line of a list of recordings; `purposes` are those for which this person may watch now, perhaps none."""

    recording: Recording
    session: Session
    matter: Matter
    purposes: tuple[Purpose, ...]
    parties: tuple[MatterParty, ...] = ()  # of its matter, in a list
    grounds: tuple[ExceptionGround, ...] = ()  # on which this person may ask for an exception


async def recordings_for(ctx: Context, user: User) -> list[RecordingItem]:
    """Recordings in the matters somebody works on, newest first, each with what it may be watched for; no archived."""
    async with ctx.db.reading() as tx:
        found = await recordings.recordings_at_work(tx, user.id, _MOST_RECORDINGS)
        held = {each.id: each for each in await sessions.sessions_named(tx, [each.session_id for each in found])}
        mine = {each.id: each for each in await matters.matters_named(tx, [each.matter_id for each in held.values()])}
        parties = defaultdict[str, list[MatterParty]](list)
        for party in await matters.parties_of_all(tx, mine):
            parties[party.matter_id].append(party)
        agreed = await _all_consent(tx, mine)
    purposes = {key: _purposes(user, matter, agreed) for key, matter in mine.items()}
    items = []
    for each in found:
        session = held[each.session_id]
        matter = mine[session.matter_id]
        named = tuple(parties[matter.id])
        items.append(RecordingItem(each, session, matter, purposes[matter.id], named))
    return items


async def recording_item(ctx: Context, user: User, recording_id: str) -> RecordingItem:
    """One recording for the page that asks for the purpose. Raises `NotFound` to whoever has nothing to do with it."""
    async with ctx.db.reading() as tx:
        recording = await _recording(tx, recording_id)
        session = await sessions.session(tx, recording.session_id)
        matter = await readable_matter(tx, user, session.matter_id)
        agreed = await _all_consent(tx, [matter.id])
    purposes, grounds = _purposes(user, matter, agreed), grounds_for(_viewer(user), matter)
    return RecordingItem(recording, session, matter, purposes, grounds=grounds)


async def open_viewing(ctx: Context, user: User, recording_id: str, purpose: Purpose, reason_text: str) -> Viewing:
    """Decide, and write the answer down before a byte is sent, yes or no.

    Raises `NotFound`, `BadInput` for a reason that is empty or too long, `Refused(<basis of the rule>)`, or
    `Conflict("recording_not_sealed")`.
    """
    reason = reason_of(reason_text)
    viewing = _viewing(ctx, user.id, purpose, user.name)
    return await _opened(ctx, user, replace(viewing, recording_id=recording_id), reason)


async def open_supervised(ctx: Context, user: User, request_id: str) -> Viewing:
    """A clerk shows a party what it applied for; the watermark names both. Raises as `open_viewing`."""
    async with ctx.db.reading() as tx:
        request = await viewing_requests.request(tx, request_id) if is_id(request_id) else None
        if request is None:
            raise NotFound
        party = await matters.party(tx, request.party_id)
    viewing = _viewing(ctx, user.id, Purpose.SUPERVISED, f"{party.name}·{user.name}")
    viewing = replace(viewing, recording_id=request.recording_id, request_id=request.id)
    return await _opened(ctx, user, viewing, request.reason)


async def open_approved(ctx: Context, user: User, approval_id: str) -> Viewing:
    """Whoever asked for an exception goes by it; a letter's watermark names who wrote it. Raises as `open_viewing`.

    To anybody else it is not there (`NotFound`), and that they tried is written down.
    """
    async with ctx.db.reading() as tx:
        approval = await viewing_approvals.approval(tx, approval_id) if is_id(approval_id) else None
    if approval is None:
        raise NotFound
    of_letter = approval.ground is ExceptionGround.LETTER
    viewing = _viewing(
        ctx, user.id, PURPOSE_OF[approval.ground], f"{approval.authority}·{user.name}" if of_letter else user.name
    )
    viewing = replace(viewing, recording_id=approval.recording_id, approval_id=approval.id)
    if approval.asked_by != user.id:
        async with ctx.db.transaction() as tx:
            await _audit_opening(ctx, tx, viewing, "", "no_right", allowed=False)
        raise NotFound
    return await _opened(ctx, user, viewing, approval.reason)


async def check_viewing(ctx: Context, user: User, viewing_id: str) -> Viewing:
    """The rights behind a viewing once more, at every range that is asked for: a right that is gone ends it at once.

    Raises `NotFound` for somebody else's, `Gone("viewing_expired")`, `Gone("file_disposed")`, or `Refused(<basis>)`,
    which is logged once and ends it: whoever asks again is told why, not that it has ended.
    """
    async with ctx.db.reading() as tx:
        viewing = await _own_viewing(tx, user, viewing_id)
        over = ctx.clock.now() >= viewing.expires_at
        recording = await recordings.recording(tx, viewing.recording_id)
        if recording.state is RecordingState.DISPOSED:
            raise Gone("file_disposed")
        decision = await _decided(ctx, tx, user, viewing, recording)
    if not decision.allowed:
        if not over:
            await _ended(ctx, viewing, decision)
        raise Refused(decision.basis)
    if over:
        raise Gone("viewing_expired")
    return viewing


async def end_viewing(ctx: Context, user: User, viewing_id: str) -> Viewing:
    """Whoever watches has seen enough; the viewing opens nothing from now on. Idempotent. Raises `NotFound`."""
    async with ctx.db.transaction() as tx:
        viewing = await _own_viewing(tx, user, viewing_id)
        if ctx.clock.now() >= viewing.expires_at:
            return viewing
        ended = replace(viewing, expires_at=ctx.clock.now())
        await viewings.save(tx, ended)
        about = f"recording:{viewing.recording_id}"
        await audited(ctx, tx, AuditAction.VIEWING_ENDED, actor=user.id, about=about, viewing=viewing.id)
        return ended


async def _opened(ctx: Context, user: User, asked: Viewing, reason: str) -> Viewing:
    async with ctx.db.transaction() as tx:
        recording = await _recording(tx, asked.recording_id)
        decision = await _decided(ctx, tx, user, asked, recording)
        sealed = recording.state is RecordingState.SEALED
        granted = decision.allowed and sealed
        viewing = replace(asked, basis=decision.basis)
        if granted:
            await viewings.save(tx, viewing)
        # A yes that meets an unsealed recording shows nothing, so it is written down as a no.
        basis = "recording_not_sealed" if decision.allowed and not sealed else decision.basis
        await _audit_opening(ctx, tx, viewing, reason, basis, allowed=granted)
    if not decision.allowed:
        raise Refused(decision.basis)
    if not sealed:
        raise Conflict("recording_not_sealed")
    return viewing


# --- facts ------------------------------------------------------------------------------------------------


async def _decided(ctx: Context, tx: Tx, user: User, viewing: Viewing, recording: Recording) -> Decision:
    session = await sessions.session(tx, recording.session_id)
    matter = await matters.matter(tx, session.matter_id)
    facts = Facts(
        all_consent=viewing.purpose is Purpose.TRIAL and matter.id in await _all_consent(tx, [matter.id]),
        request=await _served(tx, viewing),
        approval=await _gone_by(tx, viewing),
        today=local_date(ctx.clock.now()),
    )
    return may_watch(_viewer(user), matter, viewing.purpose, facts)


async def _served(tx: Tx, viewing: Viewing) -> ViewingRequest | None:
    """The application that a viewing serves, if it is one for this recording."""
    if viewing.request_id is None:
        return None
    request = await viewing_requests.request(tx, viewing.request_id)
    return request if request.recording_id == viewing.recording_id else None


async def _gone_by(tx: Tx, viewing: Viewing) -> ViewingApproval | None:
    """The exception that a viewing goes by, if it is one for this recording."""
    if viewing.approval_id is None:
        return None
    approval = await viewing_approvals.approval(tx, viewing.approval_id)
    return approval if approval.recording_id == viewing.recording_id else None


async def _all_consent(tx: Tx, matter_ids: Iterable[str]) -> frozenset[str]:
    """The matters in which every party allows, now, that its concessions are used (c11)."""
    ids = list(matter_ids)
    said: dict[str | None, list[Consent]] = {}
    for entry in await consents.ledger_of_matters(tx, ids, ConsentItem.CONCESSIONS):
        said.setdefault(entry.party_id, []).append(entry)
    parties: dict[str, list[MatterParty]] = {}
    for party in await matters.parties_of_all(tx, ids) if said else ():
        if party.side is not Side.NEUTRAL:
            parties.setdefault(party.matter_id, []).append(party)
    agree = {each for each, entries in said.items() if standings(entries)[ConsentItem.CONCESSIONS].holds}
    return frozenset(matter for matter, named in parties.items() if all(each.id in agree for each in named))


async def _own_viewing(tx: Tx, user: User, viewing_id: str) -> Viewing:
    viewing = await viewings.viewing(tx, viewing_id) if is_id(viewing_id) else None
    if viewing is None or viewing.user_id != user.id:
        raise NotFound
    return viewing


async def _recording(tx: Tx, recording_id: str) -> Recording:
    if not is_id(recording_id):
        raise NotFound
    return await recordings.recording(tx, recording_id)


def _viewer(user: User) -> Viewer:
    return Viewer(user.id, user.role, user.court)


async def purposes_for(tx: Tx, user: User, matter: Matter) -> tuple[Purpose, ...]:
    """For what somebody may watch the recordings of a matter now; perhaps for nothing."""
    return _purposes(user, matter, await _all_consent(tx, [matter.id]))


def _purposes(user: User, matter: Matter, agreed: frozenset[str]) -> tuple[Purpose, ...]:
    facts = Facts(all_consent=matter.id in agreed)
    return tuple(each for each in Purpose if may_watch(_viewer(user), matter, each, facts).allowed)


def _viewing(ctx: Context, user_id: str, purpose: Purpose, named: str) -> Viewing:
    """A viewing from now on, of nothing yet."""
    now, viewing_id = ctx.clock.now(), new_id()
    when = now.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")
    watermark = f"{named} {when} {viewing_id[-6:].upper()}"
    return Viewing(viewing_id, "", user_id, purpose, "", watermark, now, now + _VIEWING_LASTS)


# --- what is written down ---------------------------------------------------------------------------------


async def _audit_opening(ctx: Context, tx: Tx, viewing: Viewing, reason: str, basis: str, *, allowed: bool) -> None:
    await audited(
        ctx,
        tx,
        AuditAction.VIEWING_OPENED,
        actor=viewing.user_id,
        about=f"recording:{viewing.recording_id}",
        allowed=allowed,
        purpose=viewing.purpose.value,
        basis=basis,
        reason=reason,
        **({"viewing": viewing.id, "watermark": viewing.watermark} if allowed else {}),
        **({"request": viewing.request_id} if viewing.request_id else {}),
        **({"approval": viewing.approval_id} if viewing.approval_id else {}),
    )


async def _ended(ctx: Context, viewing: Viewing, decision: Decision) -> None:
    async with ctx.db.transaction() as tx:
        await viewings.save(tx, replace(viewing, expires_at=ctx.clock.now()))
        await audited(
            ctx,
            tx,
            AuditAction.VIEWING_CONTINUED,
            actor=viewing.user_id,
            about=f"recording:{viewing.recording_id}",
            allowed=False,
            purpose=viewing.purpose.value,
            basis=decision.basis,
            viewing=viewing.id,
        )
