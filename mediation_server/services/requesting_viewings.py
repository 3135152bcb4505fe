"""A party applies to see a recording and the court answers (当事人申请查阅): what it attended, at the court only.

Domain rule §3.6: on application, supervised; nothing is watched on a device of one's own. 录音录像规定 arts. 10-11.
"""

from __future__ import annotations

from dataclasses import dataclass

from mediation_server.domain.audit import AuditAction
from mediation_server.domain.ids import is_id, new_id
from mediation_server.domain.log import EventKind
from mediation_server.domain.matter import Matter, MatterParty
from mediation_server.domain.people import Role
from mediation_server.domain.recording import Recording, RecordingState
from mediation_server.domain.rights import Action, Claim, Condition, Holder, may
from mediation_server.domain.session import Session
from mediation_server.domain.users import User
from mediation_server.domain.viewing_request import REASON_CHARACTERS, RequestState, ViewingRequest
from mediation_server.errors import BadInput, Conflict, NotFound, Refused
from mediation_server.services.access import OwnMatter, own_matter
from mediation_server.services.auditing import audited
from mediation_server.services.context import Context
from mediation_server.store import events, matters, recordings, sessions, viewing_requests
from mediation_server.store.database import Tx

__all__ = [
    "AskedViewing",
    "OwnRecording",
    "OwnRecordings",
    "answer",
    "ask",
    "asked_at",
    "asked_one",
    "own",
    "revoke",
    "withdraw",
]

_MOST = 200  # applications on the clerk's page
_MOST_ASKED = 20  # by one party about one recording


@dataclass(frozen=True, slots=True)
class OwnRecording:
    """A recording of a sitting that a party attended, and its newest application for it."""

    recording: Recording
    session: Session
    request: ViewingRequest | None


@dataclass(frozen=True, slots=True)
class OwnRecordings:
    """A party's page."""

    matter: Matter
    party: MatterParty
    recordings: tuple[OwnRecording, ...]


@dataclass(frozen=True, slots=True)
class AskedViewing:
    """One application as the court sees it."""

    request: ViewingRequest
    matter: Matter
    party: MatterParty
    parties: tuple[MatterParty, ...]
    session: Session


async def own(ctx: Context, user: User, matter_id: str) -> OwnRecordings:
    """What a party may apply for, newest first. Raises `NotFound`."""
    async with ctx.db.reading() as tx:
        mine = await own_matter(tx, user, matter_id)
        asked = await viewing_requests.of_party(tx, mine.party.id)
        held = {each.id: each for each in await sessions.sessions_of(tx, mine.matter.id)}
        found = []
        for recording in await recordings.recordings_of(tx, held):
            if recording.state is RecordingState.SEALED and await _attended(tx, mine.party, recording):
                newest = next((each for each in asked if each.recording_id == recording.id), None)
                found.append(OwnRecording(recording, held[recording.session_id], newest))
    found.sort(key=lambda each: each.recording.started_at, reverse=True)
    return OwnRecordings(mine.matter, mine.party, tuple(found))


async def ask(ctx: Context, user: User, matter_id: str, recording_id: str, reason_text: str) -> ViewingRequest:
    """Apply. Raises `NotFound` for what the party did not attend, `BadInput`, `Conflict("viewing_asked")` twice."""
    reason = reason_text.strip()
    if not reason:
        raise BadInput("required", field="reason")
    if len(reason) > REASON_CHARACTERS:
        raise BadInput("too_long", field="reason", most=REASON_CHARACTERS)
    async with ctx.db.transaction() as tx:
        mine = await own_matter(tx, user, matter_id)
        recording = await _own_recording(tx, mine, recording_id)
        asked = await viewing_requests.of_party(tx, mine.party.id)
        before = [each for each in asked if each.recording_id == recording.id]
        if any(each.open for each in before):
            raise Conflict("viewing_asked")
        if len(before) >= _MOST_ASKED:
            raise Conflict("viewing_asked_often", most=_MOST_ASKED)
        request = ViewingRequest(
            new_id(), recording.id, mine.party.id, user.id, reason, RequestState.ASKED, ctx.clock.now()
        )
        await viewing_requests.save(tx, request)
        await _audit(ctx, tx, AuditAction.VIEWING_ASKED, user, request)
    return request


async def withdraw(ctx: Context, user: User, matter_id: str, request_id: str) -> None:
    """The party takes its application back; a viewing that serves it ends. Raises `NotFound`, `Conflict`."""
    async with ctx.db.transaction() as tx:
        mine = await own_matter(tx, user, matter_id)
        request = await _request(tx, request_id, locked=True)
        if request.party_id != mine.party.id:
            raise NotFound
        gone = request.withdrawn()
        await viewing_requests.save(tx, gone)
        await _audit(ctx, tx, AuditAction.VIEWING_WITHDRAWN, user, gone)


async def asked_at(ctx: Context, user: User) -> list[AskedViewing]:
    """The applications at a clerk's court that wait or were granted, the waiting first. Raises `NotFound`."""
    court = _court_of(user)
    async with ctx.db.reading() as tx:
        found = await viewing_requests.at_court(tx, court, (RequestState.ASKED, RequestState.GRANTED), _MOST)
        return [await _asked(tx, each) for each in found]


async def asked_one(ctx: Context, user: User, request_id: str) -> AskedViewing:
    """One application at a clerk's court, however it stands. Raises `NotFound`."""
    async with ctx.db.reading() as tx:
        return await _asked(tx, await _at_court(tx, user, request_id))


async def answer(ctx: Context, user: User, request_id: str, *, granted: bool, words: str) -> None:
    """Say when and where to come, or why not. Raises `NotFound` at another court, `BadInput`, `Conflict`, `Refused`."""
    async with ctx.db.transaction() as tx:
        request = await _at_court(tx, user, request_id, locked=True)
        done = request.answered(user.id, ctx.clock.now(), granted=granted, words=words)
        if granted and not may(_CLAIM, Action.WATCH_RECORDING):
            raise Refused("no_right")
        await viewing_requests.save(tx, done)
        await _audit(ctx, tx, AuditAction.VIEWING_ANSWERED, user, done)


async def revoke(ctx: Context, user: User, request_id: str, words: str) -> None:
    """Take the yes back; a viewing that serves it ends within seconds. Raises as `answer`."""
    async with ctx.db.transaction() as tx:
        request = await _at_court(tx, user, request_id, locked=True)
        done = request.revoked(user.id, ctx.clock.now(), words)
        await viewing_requests.save(tx, done)
        await _audit(ctx, tx, AuditAction.VIEWING_ANSWERED, user, done)


_CLAIM = Claim(Holder.PARTY, frozenset({Condition.OWN_SIDE, Condition.ON_REQUEST}))


def _court_of(user: User) -> str:
    if user.role is not Role.CLERK or not user.court:
        raise NotFound
    return user.court


async def _at_court(tx: Tx, user: User, request_id: str, *, locked: bool = False) -> ViewingRequest:
    court, request = _court_of(user), await _request(tx, request_id, locked=locked)
    party = await matters.party(tx, request.party_id)
    if (await matters.matter(tx, party.matter_id)).court != court:
        raise NotFound
    return request


async def _request(tx: Tx, request_id: str, *, locked: bool = False) -> ViewingRequest:
    if not is_id(request_id):
        raise NotFound
    return await viewing_requests.request(tx, request_id, locked=locked)


async def _own_recording(tx: Tx, mine: OwnMatter, recording_id: str) -> Recording:
    recording = await recordings.recording(tx, recording_id) if is_id(recording_id) else None
    if recording is None or recording.state is not RecordingState.SEALED:
        raise NotFound
    session = await sessions.session(tx, recording.session_id)
    if session.matter_id != mine.matter.id or not await _attended(tx, mine.party, recording):
        raise NotFound
    return recording


async def _attended(tx: Tx, party: MatterParty, recording: Recording) -> bool:
    """Whether somebody of this party was in the sitting, by its log."""
    named = {each.id for each in await sessions.participants_of(tx, recording.session_id) if each.party_id == party.id}
    log = await events.events_of(tx, recording.session_id) if named else ()
    return any(each.kind is EventKind.CONNECTED and each.payload.get("participant") in named for each in log)


async def _asked(tx: Tx, request: ViewingRequest) -> AskedViewing:
    party = await matters.party(tx, request.party_id)
    recording = await recordings.recording(tx, request.recording_id)
    return AskedViewing(
        request,
        await matters.matter(tx, party.matter_id),
        party,
        tuple(await matters.parties_of(tx, party.matter_id)),
        await sessions.session(tx, recording.session_id),
    )


async def _audit(ctx: Context, tx: Tx, action: AuditAction, user: User, request: ViewingRequest) -> None:
    about = f"recording:{request.recording_id}"
    await audited(ctx, tx, action, actor=user.id, about=about, request=request.id, state=request.state.value)
