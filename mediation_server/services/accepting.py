"""A mediator's inbox (待确认接收): taking a matter with the disclosure the law wants, or declining it with a reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from mediation_server.domain.calendar import CHINA, local_date, working_days_after
from mediation_server.domain.checks.texts import reason as reason_of
from mediation_server.domain.checks.together import Together
from mediation_server.domain.conflicts import RelationKind
from mediation_server.domain.fitness import Decline
from mediation_server.domain.lifecycle import Actor, Capacity, Command, CommandKind
from mediation_server.domain.matter import Matter, MatterParty, MatterState
from mediation_server.domain.matter_folds import file_of
from mediation_server.domain.users import User
from mediation_server.errors import BadInput, NotFound
from mediation_server.services.access import assists, readable_matter
from mediation_server.services.context import Context
from mediation_server.services.following import relation_text
from mediation_server.services.moving import moving
from mediation_server.services.posting import deliver, post
from mediation_server.services.procedure import act_in
from mediation_server.services.roster_notices import ACCEPT_DAYS, named
from mediation_server.store import matter_events, matters
from mediation_server.store.database import Tx

__all__ = ["MOST_STATEMENT", "Disclosure", "InboxItem", "accept", "decline", "disclose_more", "inbox", "inbox_item"]

MOST_STATEMENT = 1_000


@dataclass(frozen=True, slots=True)
class Disclosure:
    """What a mediator discloses: by party the relation there is; none at all is said as well, by `nothing`."""

    nothing: bool
    relations: Mapping[str, RelationKind]
    statement: str = ""

    def checked(self, parties: frozenset[str]) -> Disclosure:
        """The same if it says one thing. Raises `BadInput` naming the field."""
        words = self.statement.strip()
        with Together() as checked:
            checked(self._check_words, words)
            checked(self._check_relations, parties)
        return Disclosure(self.nothing, self.relations, words)

    def _check_words(self, words: str) -> None:
        if len(words) > MOST_STATEMENT:
            raise BadInput("too_long", field="statement", most=MOST_STATEMENT)
        if self.relations and not self.nothing and not words:
            raise BadInput("disclosure_statement_required", field="statement")

    def _check_relations(self, parties: frozenset[str]) -> None:
        if self.nothing and self.relations:
            raise BadInput("disclosure_contradicts", field="nothing")
        if not self.nothing and not self.relations:
            raise BadInput("disclosure_incomplete", field="relations")
        if not set(self.relations) <= parties:
            raise BadInput("party_unknown", field="relations")


@dataclass(frozen=True, slots=True)
class InboxItem:
    """A matter that waits for a mediator's answer until the end of `due`; `how` it came: joint, court, organisation."""

    matter: Matter
    parties: tuple[MatterParty, ...]
    assigned_at: datetime
    due: date
    how: str


async def inbox(ctx: Context, user: User) -> list[InboxItem]:
    """What waits for this mediator, the one that runs out first on top."""
    async with ctx.db.reading() as tx:
        waiting = [
            each
            for each in await matters.matters_of(tx, user.id)
            if each.state is MatterState.AWAITING_ACCEPT and each.mediator_id == user.id
        ]
        found = [await _item(tx, each) for each in waiting]
    return sorted(found, key=lambda each: (each.due, each.assigned_at))


async def inbox_item(ctx: Context, user: User, matter_id: str) -> InboxItem:
    """One of them. Raises `NotFound` when nothing of that name waits for them."""
    async with ctx.db.reading() as tx:
        return await _item(tx, await _waiting(tx, user, matter_id))


async def accept(ctx: Context, user: User, matter_id: str, disclosure: Disclosure) -> Matter:
    """Take the matter: the period begins now (在线调解规则 art. 24), and the parties read what was disclosed.

    Raises `NotFound`, `BadInput` for a disclosure that is not whole, and what the life cycle says.
    """
    async with moving(ctx, user.id, matter_id, CommandKind.ACCEPT) as tx:
        matter = await _waiting(tx, user, matter_id)
        parties = await matters.parties_of(tx, matter.id)
        said = disclosure.checked(frozenset(each.id for each in parties))
        payload: dict[str, object] = {
            "relations": [relation_text(kind, party) for party, kind in said.relations.items()],
            "statement": said.statement or None,
        }
        command = Command(CommandKind.ACCEPT, payload)
        acted = await act_in(tx, _mediating(user), matter.id, command, at=ctx.clock.now())
        await post(tx, await named(ctx, tx, acted.matter, user.id))
    await deliver(ctx)
    return acted.matter


async def disclose_more(ctx: Context, user: User, matter_id: str, disclosure: Disclosure) -> None:
    """Disclose what turned up later (在线调解规则 art. 13): the parties read it, and may agree or ask for another.

    Raises `NotFound`, `BadInput` for a disclosure that is not whole or says nothing, and what the life cycle says.
    """
    async with moving(ctx, user.id, matter_id, CommandKind.DISCLOSE) as tx:
        matter = await readable_matter(tx, user, matter_id)
        if matter.mediator_id != user.id and not await assists(tx, user, matter):
            raise NotFound
        parties = await matters.parties_of(tx, matter.id)
        said = replace(disclosure, nothing=False).checked(frozenset(each.id for each in parties))
        relations = [relation_text(kind, party) for party, kind in said.relations.items()]
        payload: dict[str, object] = {"relations": relations, "statement": said.statement}
        await act_in(tx, _mediating(user), matter.id, Command(CommandKind.DISCLOSE, payload), at=ctx.clock.now())
        await post(tx, await named(ctx, tx, matter, user.id))
    await deliver(ctx)


async def decline(ctx: Context, user: User, matter_id: str, why: Decline, words: str) -> Matter:
    """Give the matter back, so that another mediator is chosen; whether the law knows the reason is written down.

    Raises `NotFound`, `BadInput` for words that are missing or too long, and what the life cycle says.
    """
    reason = reason_of(words, field="words")
    async with moving(ctx, user.id, matter_id, CommandKind.DECLINE) as tx:
        matter = await _waiting(tx, user, matter_id)
        payload: dict[str, object] = {"reason": f"{why.value}: {reason}", "justified": why.is_justified}
        command = Command(CommandKind.DECLINE, payload)
        acted = await act_in(tx, _mediating(user), matter.id, command, at=ctx.clock.now())
    return acted.matter


def _mediating(user: User) -> Actor:
    return Actor(user.id, Capacity.MEDIATOR)


async def _waiting(tx: Tx, user: User, matter_id: str) -> Matter:
    matter = await readable_matter(tx, user, matter_id)
    if matter.mediator_id != user.id or matter.state is not MatterState.AWAITING_ACCEPT:
        raise NotFound
    return matter


async def _item(tx: Tx, matter: Matter) -> InboxItem:
    log = await matter_events.events_of(tx, matter.id)
    assigned_at = file_of(matter.id, log).assigned_at or matter.created_at
    how = next((str(each.payload["by"]) for each in reversed(log) if each.kind.value == "assigned"), "court")
    due = working_days_after(local_date(assigned_at), ACCEPT_DAYS, CHINA)
    return InboxItem(matter, tuple(await matters.parties_of(tx, matter.id)), assigned_at, due, how)
