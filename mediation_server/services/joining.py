"""How a party comes in (入会): the letter behind a link, the consents, the seat; opening the letter changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from mediation_server.domain.audit import AuditAction
from mediation_server.domain.consent import REQUIRED_TO_ENTER, Consent, ConsentItem, GivenBy
from mediation_server.domain.consent_texts import TEXT_VERSIONS
from mediation_server.domain.ids import is_id, new_id
from mediation_server.domain.invitation import Invitation
from mediation_server.domain.log import EventKind
from mediation_server.domain.matter import Matter
from mediation_server.domain.people import Role, Side
from mediation_server.domain.safety import OTHER_PARTY, OTHER_PARTY_EN
from mediation_server.domain.session import Participant, Session, SessionEventKind, SessionKind, SessionState
from mediation_server.domain.tokens import hash_of, is_token, new_token
from mediation_server.domain.users import User
from mediation_server.errors import BadInput, Gone, NotFound, NotSignedIn, TooMany, Unavailable
from mediation_server.rooms.decision import SYSTEM
from mediation_server.services.acting import act, nothing
from mediation_server.services.auditing import audited, offset_ms
from mediation_server.services.context import Context
from mediation_server.services.throttle import Limit
from mediation_server.store import consents as consent_rows
from mediation_server.store import events, invitations, matters, seats, sessions, users
from mediation_server.store.database import Tx

__all__ = [
    "DEVICES",
    "Entry",
    "Letter",
    "court_of",
    "enter",
    "invitation_letter",
    "invited",
    "needed_for",
    "seat_of",
    "staff_seat",
]

DEVICES = ("camera", "microphone", "speaker", "network")
_CHECKS = ("ok", "problem", "unknown")
_KEYS_KEPT = 5
_Said = tuple[EventKind, Mapping[str, object]]  # an event of whoever enters, and its payload
_PER_PERSON = Limit(30, 10 * 60 * 1000)

# What follows when somebody says no: an alternative, never a dead end (在线调解规则 art. 16).
_ALTERNATIVES = {
    ConsentItem.MEDIATION: "mediation_declined",
    ConsentItem.ONLINE: "on_site",
    ConsentItem.RECORDING_NOTICE: "mediator_calls",
}


@dataclass(frozen=True, slots=True)
class Letter:
    """Who invites whom to what and when; `others` stand on other sides, `entered`: a device came in before."""

    session: Session
    matter: Matter
    mediator: User
    participant: Participant
    others: tuple[Participant, ...]
    consents: tuple[ConsentItem, ...]
    entered: bool
    invitation: Invitation


@dataclass(frozen=True, slots=True)
class Entry:
    """The seat that was taken: `seat_token` goes into the cookie and exists nowhere else.

    When a required consent was refused there is no seat, and `alternative` says what follows: `mediation_declined`,
    `on_site` or `mediator_calls`.
    """

    participant: Participant
    seat_token: str | None
    refused: ConsentItem | None = None
    alternative: str | None = None


async def invitation_letter(ctx: Context, token: str) -> Letter:
    """What a link says; changes nothing, for mail scanners open links.

    Raises `NotFound("link_invalid")` for an unknown, expired or revoked link, `Gone("session_over")` after the end.
    """
    async with ctx.db.reading() as tx:
        invitation = await _opened(ctx, tx, token)
        session = await sessions.session(tx, invitation.session_id)
        _require_open(session)
        matter = await matters.matter(tx, session.matter_id)
        named = await sessions.participants_of(tx, session.id)
        me = next(each for each in named if each.id == invitation.participant_id)
        return Letter(
            session=session,
            matter=matter,
            mediator=await users.user(tx, session.presider_id),
            participant=me,
            others=tuple(
                replace(each, name=OTHER_PARTY, name_en=OTHER_PARTY_EN) if matter.safety else each
                for each in named
                if each.side not in (me.side, Side.NEUTRAL)
            ),
            consents=needed_for(session.kind),
            entered=bool(await seats.keys_of(tx, me.id, ctx.clock.now())),
            invitation=invitation,
        )


def needed_for(kind: SessionKind) -> tuple[ConsentItem, ...]:
    """What is asked before somebody enters; in writing nothing is recorded."""
    return (ConsentItem.ONLINE,) if kind is SessionKind.ASYNC else REQUIRED_TO_ENTER


async def invited(ctx: Context, token: str) -> Participant:
    """Whose link this is; changes nothing. Raises as `invitation_letter`."""
    async with ctx.db.reading() as tx:
        invitation = await _opened(ctx, tx, token)
        _require_open(await sessions.session(tx, invitation.session_id))
        return await sessions.participant(tx, invitation.participant_id)


async def enter(
    ctx: Context,
    token: str,
    consents: Mapping[ConsentItem, bool],
    device_report: Mapping[str, str] | None = None,
    held: Callable[[str], str] | None = None,
) -> Entry:
    """Come in: consents, arrival and seat in one transaction; keys of the same seat on other devices stay valid.

    `held` gives the token this browser holds for a participant's seat: a browser that comes by the link again keeps
    its key, and is the same device to the presider. Another one gets a key of its own, and the presider is told.
    Raises as `invitation_letter`, and `BadInput("consent_required")`, `BadInput("device_report")`, `TooMany`.
    """
    refused = next((item for item in _ALTERNATIVES if consents.get(item) is False), None)
    report = _checked(device_report or {})
    async with ctx.db.transaction() as tx:
        invitation = await _opened(ctx, tx, token)
        session = await sessions.locked(tx, invitation.session_id)
        _require_open(session)
        missing = next((item for item in needed_for(session.kind) if item not in consents), None)
        if missing is not None and refused is None:  # whoever has said no to one thing need not answer the others
            raise BadInput("consent_required", field=f"consents.{missing.value}")
        me = await sessions.participant(tx, invitation.participant_id)
        if not ctx.throttle.admit(ctx.clock, f"enter:{me.id}", _PER_PERSON):
            raise TooMany("too_many_entries")
        said = await _keep_consents(ctx, tx, session, me, consents)
        if refused is not None:
            await _log(ctx, tx, session, me, said)
            return Entry(me, None, refused, _ALTERNATIVES[refused])
        if invitation.first_used_at is None:
            await invitations.mark_used(tx, invitation.id, ctx.clock.now())
        token, arrived = await _seated(ctx, tx, session, invitation, held)
        reported: list[_Said] = [(EventKind.DEVICE_REPORTED, {"participant": me.id, **report})] if report else []
        await _log(ctx, tx, session, me, [*said, arrived, *reported])
        await audited(ctx, tx, AuditAction.SEAT_ENTERED, actor=me.id, about=f"session:{session.id}")
        entry = Entry(me, token)
    if arrived[1]["again"]:  # nothing else is to be seen of it before the seat is taken
        await _show(ctx, me)
    return entry


async def seat_of(ctx: Context, participant_id: str, seat_token: str | None) -> Participant:
    """Whose seat a cookie opens. Raises `NotSignedIn("seat_invalid")`: unknown, expired, revoked and foreign alike."""
    if is_id(participant_id) and is_token(seat_token):
        async with ctx.db.reading() as tx:
            if await seats.opens(tx, hash_of(str(seat_token)), participant_id, ctx.clock.now()):
                return await sessions.participant(tx, participant_id)
    raise NotSignedIn("seat_invalid")


async def staff_seat(ctx: Context, user: User, participant_id: str) -> Participant:
    """The seat of somebody with an account. Raises `NotFound` for anybody else's."""
    if not is_id(participant_id):
        raise NotFound
    async with ctx.db.reading() as tx:
        found = await sessions.participant(tx, participant_id)
    if found.user_id != user.id or found.side is not Side.NEUTRAL:  # an agent comes in as their party does
        raise NotFound
    return found


async def court_of(ctx: Context, seat: Participant) -> tuple[str, str]:
    """The court of whoever holds this seat, in Chinese and English; the seat was asked for first."""
    async with ctx.db.reading() as tx:
        session = await sessions.session(tx, seat.session_id)
        matter = await matters.matter(tx, session.matter_id)
    return matter.court, matter.court_en


async def _opened(ctx: Context, tx: Tx, token: str) -> Invitation:
    found = await invitations.by_token(tx, hash_of(token)) if is_token(token) else None
    if found is None or not found.opens(ctx.clock.now()):
        raise NotFound("link_invalid")
    return found


def _require_open(session: Session) -> None:
    if not session.is_open:
        raise Gone("session_over")


def _checked(report: Mapping[str, str]) -> dict[str, str]:
    for device, check in report.items():
        if device not in DEVICES or check not in _CHECKS:
            raise BadInput("device_report", field="device_report")
    return {device: report.get(device, "unknown") for device in DEVICES} if report else {}


async def _keep_consents(
    ctx: Context, tx: Tx, session: Session, me: Participant, answers: Mapping[ConsentItem, bool]
) -> list[_Said]:
    """One row and one event per answer; the same answer to the same text again says nothing new."""
    said: list[_Said] = []
    standing = {each.item: each for each in await consent_rows.consents_of(tx, me.id)}
    for item, answer in answers.items():
        version, known = TEXT_VERSIONS[item], standing.get(item)
        if known and (known.answer, known.text_version) == (answer, version):
            continue
        await consent_rows.add(tx, _answered(ctx, session, me, item, answer=answer))
        given = {"participant": me.id, "item": item.value, "answer": answer, "text_version": version}
        said.append((EventKind.CONSENT_GIVEN, given))
    return said


def _answered(ctx: Context, session: Session, me: Participant, item: ConsentItem, *, answer: bool) -> Consent:
    return Consent(
        id=new_id(),
        matter_id=session.matter_id,
        item=item,
        text_version=TEXT_VERSIONS[item],
        answer=answer,
        at=ctx.clock.now(),
        evidence=f"session:{session.id}",
        party_id=me.party_id,
        session_id=session.id,
        participant_id=me.id,
        given_by=GivenBy.AGENT if me.role is Role.AGENT else GivenBy.SELF,
    )


async def _log(ctx: Context, tx: Tx, session: Session, me: Participant, said: Sequence[_Said]) -> None:
    """Everything somebody did at the door, in one go; the sitting is locked."""
    offset = offset_ms(ctx, session)
    await events.append_all(tx, ctx.clock.now(), [events.Entry(session.id, offset, me.id, *each) for each in said])


async def _show(ctx: Context, me: Participant) -> None:
    """Let the live room see what was just written, so that its presider is told at once."""
    room = ctx.rooms.find(me.session_id)
    if room is not None:
        with suppress(Gone, Unavailable):
            await act(ctx, room, SYSTEM, nothing)


async def _seated(
    ctx: Context, tx: Tx, session: Session, invitation: Invitation, held: Callable[[str], str] | None
) -> tuple[str, _Said]:
    """The key of the seat, the one this browser holds if it still opens it, and what the log says of the arrival."""
    now, me = ctx.clock.now(), invitation.participant_id
    if session.state is SessionState.SCHEDULED and session.kind is not SessionKind.ASYNC:
        await sessions.save(tx, session.moved_by(SessionEventKind.JOIN))
    keys = await seats.keys_of(tx, me, now)
    token = held(me) if held is not None else ""
    if not is_token(token) or hash_of(token) not in keys:
        token = new_token()
        for oldest in keys[: -(_KEYS_KEPT - 1)]:
            await seats.revoke_key(tx, oldest, now)
        await seats.add_key(tx, hash_of(token), me, now, invitation.expires_at)
    # `again`: the link was used on one more device; the presider is told.
    again = bool(keys) and hash_of(token) not in keys
    return token, (EventKind.ARRIVED, {"participant": me, "again": again})
