"""Personal links (入会链接): issued, sent, revoked; the token leaves this module once and is stored nowhere."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from mediation_server.domain.audit import AuditAction
from mediation_server.domain.ids import is_id, new_id
from mediation_server.domain.invitation import Invitation, InvitationState
from mediation_server.domain.log import EventKind, SessionEvent
from mediation_server.domain.notice import Notice
from mediation_server.domain.people import Side
from mediation_server.domain.session import Participant, Session, SessionKind
from mediation_server.domain.sitting import NoticeAbout
from mediation_server.domain.tokens import hash_of, new_token
from mediation_server.domain.users import User
from mediation_server.errors import Conflict, Gone, NotFound, Refused, TooMany, Unavailable
from mediation_server.rooms.decision import Decision, Draft, Scene
from mediation_server.services.access import OwnMatter, Presided, own_matter, presided
from mediation_server.services.acting import act
from mediation_server.services.announcing import invite
from mediation_server.services.auditing import audited, noted
from mediation_server.services.context import Context
from mediation_server.services.posting import hand_over
from mediation_server.services.sitting_letters import Announcement
from mediation_server.services.throttle import Limit
from mediation_server.store import events, invitations, seats, sessions
from mediation_server.store.database import Tx

__all__ = [
    "InvitationStatus",
    "bar",
    "expiry_of",
    "invitations_of",
    "issue",
    "issue_all",
    "issue_own",
    "leave",
    "path_of",
    "revoke",
    "statuses",
    "statuses_of_all",
]

_PER_SESSION = Limit(200, 60 * 60 * 1000)  # each link is a message to somebody, which costs money and patience
_PER_SEAT = Limit(20, 60 * 60 * 1000)  # of links somebody asks for with an account: nobody goes in more often
_REVOKED = "link_revoked"
_SHUT_OUT = (EventKind.REMOVED, EventKind.REFUSED)


@dataclass(frozen=True, slots=True)
class InvitationStatus:
    """What the mediator sees of one person's link; the link itself can be read only in the moment it is issued."""

    participant: Participant
    state: InvitationState
    issued_at: datetime | None = None
    expires_at: datetime | None = None
    first_used_at: datetime | None = None


def path_of(token: str) -> str:
    """Where a link leads, below the server's public address."""
    return f"/join/{token}"


async def issue(ctx: Context, user: User, session_id: str, participant_id: str) -> str:
    """A fresh link for one person, whose former links close; the token. It is sent to them as well.

    Raises `NotFound`, `Conflict("session_over")` or `TooMany("too_many_links")`.
    """
    tokens = await _issued(ctx, user, session_id, only=participant_id)
    return tokens[participant_id]


async def issue_all(ctx: Context, user: User, session_id: str) -> dict[str, str]:
    """Fresh links for every party; tokens by participant id. Raises as `issue`."""
    return await _issued(ctx, user, session_id)


async def issue_own(ctx: Context, user: User, matter_id: str, session_id: str) -> tuple[str, str]:
    """The seat of a party with an account in a sitting, and a link into it for this person; nothing is sent.

    It is the seat the link in the message leads to, and that link stays good. Raises `NotFound` for anybody else's
    sitting, `Conflict("session_over")`, `TooMany`, and `Refused("seat_barred")` for whom the presider has shut out: an
    account must not undo that.
    """
    async with ctx.db.transaction() as tx:
        own = await own_matter(tx, user, matter_id)
        session = await _sitting(tx, own, session_id)
        named = await sessions.participants_of(tx, session.id)
        seat = own.seat_in(named)
        if seat is None:
            raise NotFound
        if _is_shut_out(await events.events_of(tx, session.id), seat.id):
            raise Refused("seat_barred")
        if not ctx.throttle.admit(ctx.clock, f"own-links:{seat.id}", _PER_SEAT):
            raise TooMany("too_many_links")
        now, token = ctx.clock.now(), new_token()
        await invitations.add(tx, Invitation(new_id(), session.id, seat.id, hash_of(token), now, _end(ctx, session)))
        await noted(ctx, tx, session, EventKind.INVITATION_ISSUED, seat.id, participant=seat.id)
        await audited(ctx, tx, AuditAction.INVITATION_ISSUED, actor=user.id, about=f"participant:{seat.id}")
    return seat.id, token


async def revoke(ctx: Context, user: User, session_id: str, participant_id: str) -> None:
    """Close somebody's link and every seat that was entered by it; whoever sits there leaves. Idempotent.

    Raises `NotFound`.
    """
    async with ctx.db.transaction() as tx:
        found = await presided(tx, user, session_id)
        guest = await _guest(tx, found.session, participant_id)
        now = ctx.clock.now()
        closed = await invitations.revoke_all_of(tx, [guest.id], now) + await seats.revoke_all_of(tx, [guest.id], now)
        if not closed:
            return
        actor = await _presider(tx, session_id)
        await noted(ctx, tx, found.session, EventKind.INVITATION_REVOKED, actor, participant=guest.id)
        await audited(ctx, tx, AuditAction.INVITATION_REVOKED, actor=user.id, about=f"participant:{guest.id}")
    await leave(ctx, session_id, actor, guest.id)


async def bar(ctx: Context, tx: Tx, participant_id: str, actor: str) -> None:
    """Shut out whoever was removed or refused, within the transaction of that decision: no link or key opens any more.

    Only a fresh link by the presider lets them into the lobby again.
    """
    now = ctx.clock.now()
    await invitations.revoke_all_of(tx, [participant_id], now)
    await seats.revoke_all_of(tx, [participant_id], now)
    await audited(ctx, tx, AuditAction.SEAT_BARRED, actor=actor, about=f"participant:{participant_id}")


async def invitations_of(ctx: Context, user: User, session_id: str) -> list[InvitationStatus]:
    """How the links of a sitting stand, for its presider. Raises `NotFound`."""
    async with ctx.db.reading() as tx:
        await presided(tx, user, session_id)
        return await statuses(ctx, tx, session_id)


async def statuses(ctx: Context, tx: Tx, session_id: str) -> list[InvitationStatus]:
    """How the link of each party stands, in their order; the newest link counts."""
    return (await statuses_of_all(ctx, tx, [session_id]))[session_id]


async def statuses_of_all(ctx: Context, tx: Tx, session_ids: Sequence[str]) -> dict[str, list[InvitationStatus]]:
    """The same for several sittings."""
    issued = await invitations.invitations_of_all(tx, session_ids)
    newest = {each.participant_id: each for each in issued}
    found: dict[str, list[InvitationStatus]] = {each: [] for each in session_ids}
    for who in await sessions.participants_of_all(tx, session_ids):
        if who.side is not Side.NEUTRAL:
            found[who.session_id].append(_status(ctx, who, newest.get(who.id)))
    return found


async def _issued(ctx: Context, user: User, session_id: str, only: str | None = None) -> dict[str, str]:
    tokens: dict[str, str] = {}
    letters: list[Notice] = []
    async with ctx.db.transaction() as tx:
        found = await presided(tx, user, session_id)
        guests = [each for each in await sessions.participants_of(tx, session_id) if each.side is not Side.NEUTRAL]
        if only is not None:
            guests = [await _guest(tx, found.session, only)]
        for guest in guests:
            tokens[guest.id] = token = await _fresh(ctx, tx, found.session, guest, user)
            letters += await _letter(ctx, tx, found, guest, token)
    for letter in letters:
        await hand_over(ctx, letter)  # whoever asked has the links, also when no message goes out
    return tokens


def expiry_of(ctx: Context, session: Session) -> datetime:
    """Until when a link into this sitting opens the door; in writing, for the whole period."""
    latest = session.ends_at if session.kind is SessionKind.ASYNC else session.starts_at
    return latest + timedelta(hours=ctx.settings.invitation_hours_after)


async def _fresh(ctx: Context, tx: Tx, session: Session, guest: Participant, user: User) -> str:
    now, expires_at = ctx.clock.now(), _end(ctx, session)
    if not ctx.throttle.admit(ctx.clock, f"links:{session.id}", _PER_SESSION):
        raise TooMany("too_many_links")
    token, actor = new_token(), await _presider(tx, session.id)
    await invitations.revoke_all_of(tx, [guest.id], now)
    await invitations.add(tx, Invitation(new_id(), session.id, guest.id, hash_of(token), now, expires_at))
    await noted(ctx, tx, session, EventKind.INVITATION_ISSUED, actor, participant=guest.id)
    if _is_shut_out(await events.events_of(tx, session.id), guest.id):
        # A fresh link takes the removal back: without this the room would go on refusing them.
        await noted(ctx, tx, session, EventKind.RETURNED_TO_LOBBY, actor, participant=guest.id)
    await audited(ctx, tx, AuditAction.INVITATION_ISSUED, actor=user.id, about=f"participant:{guest.id}")
    return token


async def _sitting(tx: Tx, own: OwnMatter, session_id: str) -> Session:
    """A sitting of one's own matter, other writers kept waiting. Raises `NotFound`."""
    if not is_id(session_id):
        raise NotFound
    session = await sessions.locked(tx, session_id)
    if session.matter_id != own.matter.id:
        raise NotFound
    return session


def _end(ctx: Context, session: Session) -> datetime:
    """Until when a link into a sitting is good. Raises `Conflict("session_over")` when that has passed."""
    ends = expiry_of(ctx, session)
    if not session.is_open or ends <= ctx.clock.now():
        raise Conflict("session_over")
    return ends


async def leave(ctx: Context, session_id: str, actor: str, guest_id: str) -> None:
    """Take somebody out of the live room whose keys are void already."""
    room = ctx.rooms.find(session_id)
    if room is None:
        return

    def rule(scene: Scene) -> Decision:
        if not scene.seat(guest_id).connected:
            return Decision(())
        return Decision((Draft(EventKind.REMOVED, {"participant": guest_id, "reason": _REVOKED}),))

    async def then(_scene: Scene) -> None:
        await room.links.dismiss(guest_id, "removed", {"reason": _REVOKED})

    with suppress(Gone, Unavailable):  # a room that closes in this moment lets nobody stay either
        await act(ctx, room, actor, rule, then=then)


def _is_shut_out(log: list[SessionEvent], participant_id: str) -> bool:
    placed = [
        each.kind
        for each in log
        if each.kind in (*_SHUT_OUT, EventKind.RETURNED_TO_LOBBY) and each.payload.get("participant") == participant_id
    ]
    return bool(placed) and placed[-1] in _SHUT_OUT


async def _guest(tx: Tx, session: Session, participant_id: str) -> Participant:
    """A party of this sitting; a presider needs no link, a stranger gets none."""
    guest = await sessions.participant(tx, participant_id)
    if guest.session_id != session.id or guest.side is Side.NEUTRAL:
        raise NotFound
    return guest


async def _presider(tx: Tx, session_id: str) -> str:
    return (await sessions.participants_of(tx, session_id))[0].id


async def _letter(ctx: Context, tx: Tx, found: Presided, guest: Participant, token: str) -> list[Notice]:
    link = (ctx.url or ctx.settings.public_url).rstrip("/") + path_of(token)
    return await invite(ctx, tx, Announcement(found.matter, found.session, NoticeAbout.SCHEDULED), guest, link)


def _status(ctx: Context, guest: Participant, newest: Invitation | None) -> InvitationStatus:
    if newest is None:
        return InvitationStatus(guest, InvitationState.NONE)
    return InvitationStatus(
        guest, newest.state(ctx.clock.now()), newest.created_at, newest.expires_at, newest.first_used_at
    )
