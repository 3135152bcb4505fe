"""Asking the parties whether they want to mediate (征询意愿): who has answered what, who was called, what they said.

A party answers itself after signing in (`consenting`); staff write down what was said on the phone, with their name
and a note, or that somebody cannot be reached (在线调解规则 art. 15).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from mediation_server.domain.consent import Consent, ConsentItem
from mediation_server.domain.consent_ledger import Standing, standings
from mediation_server.domain.consent_texts import TEXTS, ConsentText
from mediation_server.domain.diversion import MOST_NOTE, Contact, ContactChannel, ContactResult, reply_due
from mediation_server.domain.ids import is_id, new_id
from mediation_server.domain.letter import Letter
from mediation_server.domain.lifecycle import Command, CommandKind
from mediation_server.domain.listing import PAGE, Counted, Place
from mediation_server.domain.matter import Matter, MatterParty, MatterState
from mediation_server.domain.matter_log import MatterEvent, MatterEventKind
from mediation_server.domain.people import Role
from mediation_server.domain.users import User
from mediation_server.errors import BadInput, Conflict, NotFound
from mediation_server.services.access import court_matter, readable_matter
from mediation_server.services.consenting import Reply, Word, give
from mediation_server.services.context import Context
from mediation_server.services.procedure import Acted, act_on_matter
from mediation_server.services.triaging import staff_actor
from mediation_server.store import consents, desk, letters, matter_events, matter_work, matters, users
from mediation_server.store.database import Tx

__all__ = ["AskedParty", "Asking", "AskingPage", "asking", "asking_list", "cannot_reach", "note_contact", "write_down"]

_STARTS = (MatterEventKind.DIVERTED, MatterEventKind.CREATED, MatterEventKind.ADOPTED)


@dataclass(frozen=True, slots=True)
class AskedParty:
    """One party and how far asking it has come; `operator` wrote a spoken answer down."""

    party: MatterParty
    standing: Standing
    operator: User | None
    contacts: tuple[Contact, ...]
    letters: tuple[Letter, ...]

    @property
    def answered(self) -> bool:
        """Whether it has said yes or no, in whatever way."""
        return self.standing.last is not None


@dataclass(frozen=True, slots=True)
class Asking:
    """One matter in which parties are asked; `text` is what is read to them, `open` whether it is still asked."""

    matter: Matter
    parties: tuple[AskedParty, ...]
    text: ConsentText
    due: date
    open: bool
    operators: dict[str, User] = field(default_factory=dict)

    @property
    def missing(self) -> tuple[AskedParty, ...]:
        """Who has not answered."""
        return tuple(each for each in self.parties if not each.answered)


@dataclass(frozen=True, slots=True)
class AskingPage:
    """One page of matters in which parties are asked; `every` counts all, `after`: where the next page begins."""

    lines: tuple[Asking, ...]
    every: Counted
    after: Place | None = None


async def asking_list(ctx: Context, user: User, after: Place | None = None) -> AskingPage:
    """The matters of somebody's court in which parties are asked now, what came first comes first, behind a place.

    Without what only the page of one shows: calls, letters, who wrote an answer down.
    """
    async with ctx.db.reading() as tx:
        found, every = await matter_work.asked(tx, user.court or "", PAGE + 1, after)
        shown = found[:PAGE]
        lines = await _lines(tx, shown)
    return AskingPage(tuple(lines), every, Place(shown[-1].created_at, shown[-1].id) if len(found) > PAGE else None)


async def asking(ctx: Context, user: User, matter_id: str) -> Asking:
    """One matter with who answered what and who was called. Raises `NotFound` for anybody else's."""
    async with ctx.db.reading() as tx:
        return await _asking(tx, await _staff_matter(tx, user, matter_id))


async def note_contact(
    ctx: Context, user: User, party_id: str, channel: ContactChannel, result: ContactResult, note: str = ""
) -> Acted:
    """Write down one attempt to reach a party. Raises `NotFound`, `BadInput("too_long")`, as `lifecycle.decide`."""
    _check_note(note)
    matter_id = await _matter_of(ctx, user, party_id)

    async def beside(tx: Tx, _: Acted) -> None:
        at = ctx.clock.now()
        await desk.add_contact(tx, Contact(new_id(), matter_id, party_id, at, user.id, channel, result, note.strip()))

    command = Command(CommandKind.CONTACT, {"party": party_id, "channel": channel.value})
    return await act_on_matter(ctx, staff_actor(user), matter_id, command, beside=beside)


async def write_down(ctx: Context, user: User, party_id: str, reply: Reply, word: Word) -> Consent:
    """What a party said on the phone or at the counter, with the operator's name; a no ends it the same day.

    Raises `NotFound`, and what `consenting.give` raises.
    """
    await _matter_of(ctx, user, party_id)
    return await give(ctx, staff_actor(user), party_id, reply, word)


async def cannot_reach(ctx: Context, user: User, party_id: str, reason: str) -> Acted:
    """A party cannot be reached: the mediation ends, and the file goes back the same day, with the reason.

    Raises `NotFound`, `BadInput("reason_required")`, `Conflict("not_tried_yet")` before somebody has tried, and what
    `lifecycle.decide` raises.
    """
    if not reason.strip():
        raise BadInput("reason_required", field="reason")
    _check_note(reason, "reason")
    matter_id = await _matter_of(ctx, user, party_id)

    async def before(tx: Tx) -> None:
        tried = [each for each in await desk.contacts_of(tx, matter_id) if each.party_id == party_id]
        if not tried:
            raise Conflict("not_tried_yet")

    command = Command(CommandKind.UNREACHABLE, {"party": party_id, "reason": reason.strip()})
    return await act_on_matter(ctx, staff_actor(user), matter_id, command, before=before)


def _check_note(note: str, field_name: str = "note") -> None:
    if len(note) > MOST_NOTE:
        raise BadInput("too_long", field=field_name, most=MOST_NOTE)


def _is_asked(matter: Matter) -> bool:
    return matter.state is MatterState.CONSENTING or matter.consent_pending


async def _staff_matter(tx: Tx, user: User, matter_id: str) -> Matter:
    """The court's own staff, and who mediates it: a mediator may help to ask the other side."""
    if user.role is Role.MEDIATOR:
        return await readable_matter(tx, user, matter_id)
    return await court_matter(tx, user, matter_id)


async def _matter_of(ctx: Context, user: User, party_id: str) -> str:
    if not is_id(party_id):
        raise NotFound
    async with ctx.db.reading() as tx:
        party = await matters.party(tx, party_id)
        return (await _staff_matter(tx, user, party.matter_id)).id


async def _lines(tx: Tx, found: Sequence[Matter]) -> list[Asking]:
    """The lines of a list, each table asked once."""
    ids = [each.id for each in found]
    parties: dict[str, list[MatterParty]] = defaultdict(list)
    for party in await matters.parties_of_all(tx, ids):
        parties[party.matter_id].append(party)
    entries = await consents.ledger_of_matters(tx, ids, ConsentItem.MEDIATION)
    starts = await matter_events.of_kinds(tx, ids, _STARTS)
    return [_line(each, parties[each.id], entries, starts.get(each.id, [])) for each in found]


def _line(
    matter: Matter, parties: Sequence[MatterParty], entries: Sequence[Consent], starts: Sequence[MatterEvent]
) -> Asking:
    mine = [each for each in entries if each.matter_id == matter.id]
    asked = tuple(_asked(each, mine, (), (), {}) for each in parties)
    since = _asked_since(starts) or matter.created_at
    return Asking(matter, asked, TEXTS[ConsentItem.MEDIATION][-1], reply_due(since), _is_asked(matter))


async def _asking(tx: Tx, matter: Matter) -> Asking:
    parties = await matters.parties_of(tx, matter.id)
    entries, tried = await consents.ledger_of_matter(tx, matter.id), await desk.contacts_of(tx, matter.id)
    written = await letters.letters_of(tx, matter.id)
    staff = {each.operator_id for each in entries} | {each.operator_id for each in tried}
    operators = await users.users_named(tx, [each for each in staff if each])
    asked = tuple(_asked(each, entries, tried, written, operators) for each in parties)
    since = _asked_since(await matter_events.events_of(tx, matter.id)) or matter.created_at
    return Asking(matter, asked, TEXTS[ConsentItem.MEDIATION][-1], reply_due(since), _is_asked(matter), operators)


def _asked(
    party: MatterParty,
    entries: Sequence[Consent],
    tried: Sequence[Contact],
    written: Sequence[Letter],
    operators: dict[str, User],
) -> AskedParty:
    mine = standings(each for each in entries if each.party_id == party.id)[ConsentItem.MEDIATION]
    return AskedParty(
        party,
        mine,
        operators.get(mine.last.operator_id or "") if mine.last else None,
        tuple(each for each in tried if each.party_id == party.id),
        tuple(each for each in written if each.party_id == party.id),
    )


def _asked_since(log: Sequence[MatterEvent]) -> datetime | None:
    return next((each.at for kind in _STARTS for each in log if each.kind is kind), None)
