"""What a party sees of its matters (我的事项): where they stand, its own sittings, what was agreed; only reads.

Nothing of the other side's own is in here: no phone, no answer to a question, no sitting it has alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from mediation_server.domain.audit import AuditAction
from mediation_server.domain.listing import Place
from mediation_server.domain.matter import Conclusion, Matter, MatterParty, Outcome
from mediation_server.domain.matter_file import MatterFile
from mediation_server.domain.matter_folds import file_of
from mediation_server.domain.party_agent import PartyAgent
from mediation_server.domain.safety import shown_to
from mediation_server.domain.session import Participant, Session
from mediation_server.domain.users import User
from mediation_server.services.access import OwnMatter, own_matter, own_of
from mediation_server.services.choosing import votes_due
from mediation_server.services.context import Context
from mediation_server.services.procedure import logs_in
from mediation_server.store import audit, co_mediators, conclusions, exit_holds, matter_work, matters, sessions, users
from mediation_server.store.database import Tx

__all__ = ["Look", "MyMatter", "MyPage", "MySitting", "looks", "my_matter", "my_matters"]

_AGREED = (Outcome.AGREED, Outcome.PARTIAL)
_LOOKS_SHOWN = 200
_ON_PAGE = 10  # of one person's matters: each is a card


@dataclass(frozen=True, slots=True)
class MySitting:
    """A sitting with this party's own seat in it, and what it came to."""

    session: Session
    seat: Participant
    outcome: Outcome | None


@dataclass(frozen=True, slots=True)
class MyMatter:
    """One matter for one of its parties; `agreed` is the last sitting's agreement, once there is one.

    `agent` when whoever looks is not the party but its agent.
    """

    matter: Matter
    me: MatterParty
    parties: tuple[MatterParty, ...]
    mediator: User | None
    file: MatterFile
    sittings: tuple[MySitting, ...]
    agreed: Conclusion | None
    choose_until: date | None = None  # the last day for this party's vote for a mediator, while it has not voted
    agent: PartyAgent | None = None
    beside: tuple[User, ...] = ()  # who mediates beside the mediator
    stays_until: datetime | None = None  # after a sitting in safety mode: until then there is nothing else to see


@dataclass(frozen=True, slots=True)
class MyPage:
    """One page of an account's matters; `after`: where the next one begins, None on the last."""

    lines: tuple[MyMatter, ...]
    after: Place | None


@dataclass(frozen=True, slots=True)
class Look:
    """One look at one whole datum of a party: which (`Datum`) and what for (`RevealPurpose`)."""

    at: datetime
    who: User | None
    datum: str
    purpose: str


async def my_matters(ctx: Context, user: User, after: Place | None = None) -> MyPage:
    """The matters in which an account speaks for a party, those not closed first, so many behind a place."""
    async with ctx.db.reading() as tx:
        mine = await matter_work.of_party(tx, user.id, _ON_PAGE + 1, after)
        shown = mine[:_ON_PAGE]
        # What is left out is the other side of an application nobody has examined yet.
        lines = await _told(ctx, tx, await own_of(tx, user, shown))
    return MyPage(tuple(lines), Place(shown[-1].created_at, shown[-1].id) if len(mine) > _ON_PAGE else None)


async def my_matter(ctx: Context, user: User, matter_id: str) -> MyMatter:
    """One of them. Raises `NotFound` for a matter in which the account speaks for nobody."""
    async with ctx.db.reading() as tx:
        return await _mine(ctx, tx, user, matter_id)


async def looks(ctx: Context, user: User, matter_id: str) -> tuple[MyMatter, list[Look]]:
    """Who saw data of this party whole, newest first (个保法 art. 44). Raises `NotFound` as `my_matter`."""
    async with ctx.db.reading() as tx:
        mine = await _mine(ctx, tx, user, matter_id)
        entries = [
            each
            for each in await audit.entries_about(tx, f"matter:{matter_id}")
            if each.action is AuditAction.DATUM_REVEALED and each.allowed and each.details.get("party") == mine.me.id
        ]
        people = await users.users_named(tx, {each.actor for each in entries})
    shown = reversed(entries[-_LOOKS_SHOWN:])
    return mine, [Look(each.at, people.get(each.actor), str(each.details.get("datum")), each.purpose) for each in shown]


async def _mine(ctx: Context, tx: Tx, user: User, matter_id: str) -> MyMatter:
    return (await _told(ctx, tx, [await own_matter(tx, user, matter_id)]))[0]


async def _told(ctx: Context, tx: Tx, mine: Sequence[OwnMatter]) -> list[MyMatter]:
    """What the party of each of these matters is told, each table asked once."""
    ids = [each.matter.id for each in mine]
    team = await co_mediators.of_matters(tx, ids)
    mediating = {each.matter.mediator_id for each in mine if each.matter.mediator_id}.union(*team.values())
    named = await users.users_named(tx, mediating)
    parties, logs = await matters.parties_of_all(tx, ids), await logs_in(tx, [each.matter for each in mine])
    ended, holds = await conclusions.conclusions_of_all(tx, ids), await exit_holds.until_all(tx, ids, ctx.clock.now())
    held, votes = await sessions.sessions_of_all(tx, ids), await votes_due(ctx, tx, mine, logs)
    seats = defaultdict[str, list[Participant]](list)
    for who in await sessions.participants_of_all(tx, [each.id for each in held]):
        seats[who.session_id].append(who)
    found = []
    for own in mine:
        matter, me = own.matter, own.party
        concluded = {each.session_id: each for each in ended if each.matter_id == matter.id}
        agreements = [each for each in concluded.values() if each.outcome in _AGREED]
        told = MyMatter(
            matter=matter,
            me=me,
            parties=shown_to([each for each in parties if each.matter_id == matter.id], me.side, safety=matter.safety),
            mediator=named.get(matter.mediator_id or ""),
            beside=tuple(named[key] for key in team.get(matter.id, ()) if key in named),
            file=file_of(matter.id, logs[matter.id]),
            sittings=_sittings(own, [each for each in held if each.matter_id == matter.id], seats, concluded),
            agreed=agreements[-1] if agreements else None,
            choose_until=votes.get(matter.id),
            agent=own.agent,
            stays_until=holds.get((matter.id, me.side)),
        )
        found.append(told)
    return found


def _sittings(
    own: OwnMatter, held: Iterable[Session], seats: Mapping[str, Sequence[Participant]], ended: Mapping[str, Conclusion]
) -> tuple[MySitting, ...]:
    found = []
    for session in held:
        seat = own.seat_in(seats.get(session.id, ()))
        if seat is not None:
            conclusion = ended.get(session.id)
            found.append(MySitting(session, seat, conclusion.outcome if conclusion else None))
    return tuple(found)
