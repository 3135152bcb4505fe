"""What a party sees of its matters (我的事项): where they stand, its own sittings, what was agreed; only reads.

Nothing of the other side's own is in here: no phone, no answer to a question, no sitting it has alone.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime

from mediation_server.domain.audit import AuditAction
from mediation_server.domain.matter import Conclusion, Matter, MatterParty, Outcome
from mediation_server.domain.matter_file import MatterFile
from mediation_server.domain.party_agent import PartyAgent
from mediation_server.domain.safety import shown_to
from mediation_server.domain.session import Participant, Session
from mediation_server.domain.users import User
from mediation_server.errors import NotFound
from mediation_server.services.access import OwnMatter, own_matter
from mediation_server.services.choosing import vote_due
from mediation_server.services.context import Context
from mediation_server.services.procedure import file_in
from mediation_server.store import audit, conclusions, exit_holds, matters, sessions, users
from mediation_server.store.database import Tx

__all__ = ["Look", "MyMatter", "MySitting", "looks", "my_matter", "my_matters"]

_AGREED = (Outcome.AGREED, Outcome.PARTIAL)
_LOOKS_SHOWN = 200
_SHOWN = 50  # of one person's matters; nobody has more under way


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
    stays_until: datetime | None = None  # after a sitting in safety mode: until then there is nothing else to see


@dataclass(frozen=True, slots=True)
class Look:
    """One look at one whole datum of a party: which (`Datum`) and what for (`RevealPurpose`)."""

    at: datetime
    who: User | None
    datum: str
    purpose: str


async def my_matters(ctx: Context, user: User) -> list[MyMatter]:
    """The matters in which an account speaks for a party, newest first."""
    async with ctx.db.reading() as tx:
        mine = await matters.matters_of_party(tx, user.id)
        return [each for matter in mine[:_SHOWN] if (each := await _told(ctx, tx, user, matter.id))]


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


async def _told(ctx: Context, tx: Tx, user: User, matter_id: str) -> MyMatter | None:
    with suppress(NotFound):  # the other side of an application nobody has examined yet
        return await _mine(ctx, tx, user, matter_id)
    return None


async def _mine(ctx: Context, tx: Tx, user: User, matter_id: str) -> MyMatter:
    own = await own_matter(tx, user, matter_id)
    matter, me = own.matter, own.party
    named = await users.users_named(tx, [matter.mediator_id] if matter.mediator_id else [])
    ended = {each.session_id: each for each in await conclusions.conclusions_of(tx, matter_id)}
    agreements = [each for each in ended.values() if each.outcome in _AGREED]
    return MyMatter(
        matter=matter,
        me=me,
        parties=shown_to(await matters.parties_of(tx, matter_id), me.side, safety=matter.safety),
        mediator=named.get(matter.mediator_id or ""),
        file=await file_in(tx, matter),
        sittings=tuple(await _sittings(tx, own, ended)),
        agreed=agreements[-1] if agreements else None,
        choose_until=await vote_due(ctx, tx, own),
        agent=own.agent,
        stays_until=await exit_holds.until(tx, matter_id, me.side, ctx.clock.now()),
    )


async def _sittings(tx: Tx, own: OwnMatter, ended: dict[str, Conclusion]) -> list[MySitting]:
    found = []
    for session in await sessions.sessions_of(tx, own.matter.id):
        seat = own.seat_in(await sessions.participants_of(tx, session.id))
        if seat is not None:
            conclusion = ended.get(session.id)
            found.append(MySitting(session, seat, conclusion.outcome if conclusion else None))
    return found
