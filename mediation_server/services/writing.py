"""A sitting in writing (异步调解): statements, questions and answers within its period; each an event of its log.

What is written for the presider alone reaches nobody else, ever; what is meant for all waits until it is relayed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from mediation_server.domain.audit import AuditAction
from mediation_server.domain.ids import is_id, new_id
from mediation_server.domain.log import EventKind
from mediation_server.domain.material import Material
from mediation_server.domain.matter import Matter, MatterParty
from mediation_server.domain.people import Side
from mediation_server.domain.safety import OTHER_PARTY, OTHER_PARTY_EN, shown_to
from mediation_server.domain.session import Participant, Session, SessionEventKind, SessionKind
from mediation_server.domain.users import User
from mediation_server.domain.writing import (
    LONGEST_WRITING,
    Alone,
    Writing,
    WritingAudience,
    WritingKind,
    alone,
    may_read,
    sha256_of,
)
from mediation_server.errors import BadInput, Conflict, NotFound, Refused, TooMany
from mediation_server.rooms.chat import cleaned
from mediation_server.services.access import own_matter, presided
from mediation_server.services.attaching import attachments_of, relay_attachments
from mediation_server.services.auditing import audited, noted
from mediation_server.services.context import Context
from mediation_server.store import matters, sessions, writings
from mediation_server.store.database import Tx

__all__ = [
    "Correspondence",
    "Entry",
    "Word",
    "close",
    "correspondence",
    "is_written",
    "own_seat",
    "presider_seat",
    "relay",
    "write",
]

_MOST_ENTRIES = 200  # of one person in one sitting


@dataclass(frozen=True, slots=True)
class Word:
    """What somebody writes; `to` is one participant, for the presider who answers one party alone."""

    kind: WritingKind
    audience: WritingAudience
    text: str
    to: str | None = None
    answers: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry as one reader sees it, with its author (nameless to the other side in safety mode).

    `alone`: who else than the presider reads what is for one party alone.
    """

    writing: Writing
    author: Participant
    alone: Alone | None
    mine: bool
    attachments: tuple[Material, ...] = ()


@dataclass(frozen=True, slots=True)
class Correspondence:
    """The page of a sitting in writing for one reader; `others`: each party the presider may write to alone, once."""

    matter: Matter
    session: Session
    parties: tuple[MatterParty, ...]
    reader: Participant
    entries: tuple[Entry, ...]
    others: tuple[Alone, ...]
    open: bool


async def presider_seat(ctx: Context, user: User, session_id: str) -> Participant:
    """The seat of whoever presides over a sitting in writing. Raises `NotFound`."""
    async with ctx.db.reading() as tx:
        _, session = await presided(tx, user, session_id)
        _written(session)
        return (await sessions.participants_of(tx, session_id))[0]


async def own_seat(ctx: Context, user: User, session_id: str) -> Participant:
    """The seat of the party for whom an account speaks, in a sitting of any kind. Raises `NotFound`."""
    if not is_id(session_id):
        raise NotFound
    async with ctx.db.reading() as tx:
        session = await sessions.session(tx, session_id)
        mine = await own_matter(tx, user, session.matter_id)
        named = await sessions.participants_of(tx, session_id)
    found = mine.seat_in(named)
    if found is None:
        raise NotFound
    return found


async def is_written(ctx: Context, seat: Participant) -> bool:
    """Whether a seat is in a sitting in writing, which has no room."""
    async with ctx.db.reading() as tx:
        return (await sessions.session(tx, seat.session_id)).kind is SessionKind.ASYNC


async def correspondence(ctx: Context, reader: Participant) -> Correspondence:
    """What this participant may read; the caller knows that they are who they say. Raises `NotFound`."""
    async with ctx.db.reading() as tx:
        session = _written(await sessions.session(tx, reader.session_id))
        matter = await matters.matter(tx, session.matter_id)
        named = {each.id: each for each in await sessions.participants_of(tx, session.id)}
        parties = await matters.parties_of(tx, matter.id)
        found = await writings.writings_of(tx, session.id)
        read = [each for each in found if may_read(each, named, reader)]
        attached = await attachments_of(tx, matter.id, read, named, reader)
    by_id = {each.id: each for each in parties}
    alone_of = {each.id: alone(each, named, by_id) for each in named.values() if each.side is not Side.NEUTRAL}
    entries = [
        Entry(
            each,
            _shown(named[each.participant_id], reader, matter),
            alone_of.get(each.addressee_id or ""),
            each.participant_id == reader.id,
            tuple(attached.get(each.id, ())),
        )
        for each in read
    ]
    to_each = {each.seat.id: each for each in alone_of.values()} if reader.side is Side.NEUTRAL else {}
    return Correspondence(
        matter=matter,
        session=session,
        parties=shown_to(parties, reader.side, safety=matter.safety),
        reader=reader,
        entries=tuple(entries),
        others=tuple(to_each.values()),
        open=session.is_written_at(ctx.clock.now()),
    )


async def write(ctx: Context, author: Participant, word: Word) -> Writing:
    """One more entry; its hash goes into the session log, its text into a table of its own.

    Raises `BadInput` naming the field, `Conflict("not_writing_time")` outside the period, `TooMany`, `NotFound`.
    """
    text = cleaned(word.text, longest=LONGEST_WRITING)
    now = ctx.clock.now()
    async with ctx.db.transaction() as tx:
        session = _written(await sessions.locked(tx, author.session_id))
        if not session.is_written_at(now):
            raise Conflict("not_writing_time")
        if await writings.count_of(tx, session.id, author.id) >= _MOST_ENTRIES:
            raise TooMany("too_many_writings")
        await _check(tx, author, word)
        relayed = now if author.side is Side.NEUTRAL and word.audience is WritingAudience.ALL else None
        entry = Writing(
            id=new_id(),
            session_id=session.id,
            participant_id=author.id,
            kind=word.kind,
            audience=word.audience,
            text=text,
            sha256=sha256_of(text),
            written_at=now,
            addressee_id=word.to,
            answers=word.answers,
            relayed_at=relayed,
        )
        await writings.add(tx, entry)
        said = {"participant": author.id, "entry": entry.id, "sha256": entry.sha256, "audience": entry.audience.value}
        await noted(ctx, tx, session, EventKind.WRITTEN, author.id, **said)
    return entry


async def relay(ctx: Context, user: User, session_id: str, entry_id: str) -> None:
    """Pass on to all what its author meant for all; once, and never what was for the presider alone.

    Raises `NotFound`, `Refused("for_presider_only")`.
    """
    async with ctx.db.transaction() as tx:
        _, session = await presided(tx, user, session_id)
        entry = await writings.writing(tx, entry_id) if is_id(entry_id) else None
        if entry is None or entry.session_id != _written(session).id:
            raise NotFound
        if entry.audience is not WritingAudience.ALL:
            raise Refused("for_presider_only")
        if entry.relayed_at is not None:
            return
        await writings.relay(tx, entry.id, ctx.clock.now())
        await relay_attachments(ctx, tx, session.matter_id, entry, user.id)
        actor = (await sessions.participants_of(tx, session_id))[0].id
        await noted(ctx, tx, session, EventKind.RELAYED, actor, entry=entry.id)


async def close(ctx: Context, user: User, session_id: str) -> None:
    """End a sitting in writing before its period does. Raises `NotFound`, `Conflict("session_state")`."""
    async with ctx.db.transaction() as tx:
        _, session = await presided(tx, user, session_id)
        closed = replace(_written(session).moved_by(SessionEventKind.CLOSE), ended_at=ctx.clock.now())
        await sessions.save(tx, closed)
        actor = (await sessions.participants_of(tx, session_id))[0].id
        await noted(ctx, tx, closed, EventKind.ENDED, actor, result="closed")
        await audited(ctx, tx, AuditAction.SESSION_CONCLUDED, actor=user.id, about=f"session:{session_id}")


async def _check(tx: Tx, author: Participant, word: Word) -> None:
    """To whom somebody may write, and what they may answer: only what they can read."""
    presides = author.side is Side.NEUTRAL
    allowed = (
        (WritingAudience.ALL, WritingAudience.ONE) if presides else (WritingAudience.ALL, WritingAudience.PRESIDER)
    )
    if word.audience not in allowed:
        raise BadInput("audience_unknown", field="audience")
    named = {each.id: each for each in await sessions.participants_of(tx, author.session_id)}
    addressee = named.get(word.to or "")
    to_one = word.audience is WritingAudience.ONE
    if to_one is (addressee is None or addressee.side is Side.NEUTRAL) or (word.to and not to_one):
        raise BadInput("audience_unknown", field="audience")
    if word.answers is not None:
        asked = await writings.writing(tx, word.answers) if is_id(word.answers) else None
        if asked is None or asked.session_id != author.session_id or not may_read(asked, named, author):
            raise NotFound


def _shown(author: Participant, reader: Participant, matter: Matter) -> Participant:
    apart = matter.safety and Side.NEUTRAL not in (author.side, reader.side) and author.side is not reader.side
    return replace(author, name=OTHER_PARTY, name_en=OTHER_PARTY_EN) if apart else author


def _written(session: Session) -> Session:
    if session.kind is not SessionKind.ASYNC:
        raise NotFound
    return session
