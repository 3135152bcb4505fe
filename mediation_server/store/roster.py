"""The roster: bodies, mediators with their accounts, and which body has which matter."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, delete, func, insert, or_, select, update

from mediation_server.domain.matter import MatterState
from mediation_server.domain.roster import (
    Mediator,
    Organisation,
    RosterStatus,
    Speciality,
    Tongue,
    specialities_named,
)
from mediation_server.domain.users import User
from mediation_server.errors import NotFound
from mediation_server.store.database import Tx
from mediation_server.store.mapping import Mapper
from mediation_server.store.roster_tables import matter_organisations, mediators, organisations
from mediation_server.store.tables import matters, users

__all__ = [
    "Listing",
    "Search",
    "certificate_holder",
    "count_refusal",
    "courts_listed",
    "entries_of",
    "give_matter",
    "is_kept",
    "listed",
    "mediator",
    "open_matters",
    "organisation",
    "organisation_named",
    "organisation_of",
    "organisations_of",
    "save_mediator",
    "save_organisation",
    "taken_by",
    "to_be_named",
]

_mediators = Mapper(Mediator, mediators, key="user_id")
_organisations = Mapper(Organisation, organisations)
_users = Mapper(User, users)

# What a mediator is busy with; afterwards the matter waits for others.
_OPEN = (
    MatterState.AWAITING_ACCEPT,
    MatterState.MEDIATING,
    MatterState.PAUSED,
    MatterState.PROPOSAL_SERVED,
    MatterState.SIGNING,
)


class Listing(NamedTuple):
    """A line of the roster: the account, the entry, the body if there is one."""

    user: User
    entry: Mediator
    organisation: Organisation | None


@dataclass(frozen=True, slots=True)
class Search:
    """What somebody looks for in the public roster on a day; empty texts and None do not matter.

    `words`: part of a name, of a body's name, of what is said of somebody, or of a field; `after`: the last line of
    the page before, as name and account.
    """

    on: date
    words: str = ""
    speciality: Speciality | None = None
    courts: Collection[str] = ()
    tongue: Tongue | None = None
    free: bool | None = None
    organisation_id: str | None = None
    after: tuple[str, str] | None = None


async def mediator(tx: Tx, user_id: str, *, locked: bool = False) -> Mediator | None:
    """Somebody's entry, or None."""
    return await _mediators.by_key(tx, user_id, locked=locked)


async def certificate_holder(tx: Tx, certificate_no: str) -> str | None:
    """The account of whoever has this certificate."""
    query = select(mediators.c.user_id).where(mediators.c.certificate_no == certificate_no)
    found: str | None = await tx.scalar(query)
    return found


async def save_mediator(tx: Tx, value: Mediator) -> None:
    """Write an entry as it is now."""
    await _mediators.save(tx, value)


async def count_refusal(tx: Tx, user_id: str) -> None:
    """One more matter refused without a reason that counts, or never answered; nothing for who has no entry."""
    mine = mediators.c.user_id == user_id
    await tx.execute(update(mediators).where(mine).values(refusals=mediators.c.refusals + 1))


async def organisation(tx: Tx, organisation_id: str) -> Organisation:
    """A body. Raises `NotFound`."""
    found = await _organisations.by_key(tx, organisation_id)
    if found is None:
        raise NotFound
    return found


async def organisation_named(tx: Tx, name: str) -> Organisation | None:
    """The body with this name, or None."""
    return await _organisations.first(tx, _organisations.selecting().where(organisations.c.name == name))


async def organisations_of(tx: Tx, ids: Iterable[str] | None = None) -> list[Organisation]:
    """Bodies by their ids, or all, in the order of their names."""
    query = _organisations.selecting().order_by(organisations.c.name)
    return await _organisations.all(tx, query if ids is None else query.where(organisations.c.id.in_(sorted(set(ids)))))


async def save_organisation(tx: Tx, value: Organisation) -> None:
    """Write a body as it is now."""
    await _organisations.save(tx, value)


async def entries_of(tx: Tx, *, organisation_id: str | None = None, courts: Collection[str] = ()) -> list[Listing]:
    """Every entry whatever its status, by name; or those of one body, or on the roster of one of these courts."""
    query = _mediators.selecting().join(users, users.c.id == mediators.c.user_id).order_by(users.c.name, users.c.id)
    if organisation_id is not None:
        query = query.where(mediators.c.organisation_id == organisation_id)
    if courts:
        query = query.where(_any_of(mediators.c.courts, courts))
    return await _listings(tx, query)


async def listed(tx: Tx, search: Search, limit: int) -> list[Listing]:
    """Who is on the public roster on that day and fits the search, by name, at most `limit`."""
    query = (
        _mediators.selecting()
        .join(users, users.c.id == mediators.c.user_id)
        .outerjoin(organisations, organisations.c.id == mediators.c.organisation_id)
        .where(*_public(search), *_wanted(search))
        .order_by(users.c.name, users.c.id)
        .limit(limit)
    )
    return await _listings(tx, query)


async def is_kept(tx: Tx, courts: Collection[str]) -> bool:
    """Whether anybody at all is on the roster of one of these courts."""
    return await tx.scalar(select(mediators.c.user_id).where(_any_of(mediators.c.courts, courts)).limit(1)) is not None


async def courts_listed(tx: Tx) -> list[str]:
    """The courts whose rosters somebody is on, by name."""
    rows = (await tx.execute(select(mediators.c.courts).distinct())).scalars()
    return sorted({court for courts in rows for court in courts})


async def open_matters(tx: Tx, user_ids: Iterable[str]) -> dict[str, int]:
    """How many matters each of these mediators has, or is asked to take, now; none for who is missing."""
    busy = and_(matters.c.mediator_id.in_(sorted(set(user_ids))), matters.c.state.in_([each.value for each in _OPEN]))
    rows = await tx.execute(select(matters.c.mediator_id, func.count()).where(busy).group_by(matters.c.mediator_id))
    return {row[0]: row[1] for row in rows}


async def organisation_of(tx: Tx, matter_id: str) -> str | None:
    """The body a matter was given to, or None."""
    query = select(matter_organisations.c.organisation_id).where(matter_organisations.c.matter_id == matter_id)
    found: str | None = await tx.scalar(query)
    return found


async def give_matter(tx: Tx, matter_id: str, organisation_id: str | None, at: datetime) -> None:
    """A matter belongs to this body from now on, or to none."""
    await tx.execute(delete(matter_organisations).where(matter_organisations.c.matter_id == matter_id))
    if organisation_id is not None:
        values = {"matter_id": matter_id, "organisation_id": organisation_id, "since": at}
        await tx.execute(insert(matter_organisations).values(**values))


async def taken_by(tx: Tx, organisation_id: str, states: Iterable[MatterState], limit: int) -> list[str]:
    """The ids of a body's matters in some states, the oldest first, at most `limit`."""
    query = (
        select(matters.c.id)
        .join(matter_organisations, matter_organisations.c.matter_id == matters.c.id)
        .where(matter_organisations.c.organisation_id == organisation_id)
        .where(matters.c.state.in_([each.value for each in states]))
        .order_by(matters.c.created_at, matters.c.id)
        .limit(limit)
    )
    return list((await tx.execute(query)).scalars())


async def to_be_named(tx: Tx, court: str, asked_by: date, limit: int) -> list[str]:
    """Matters of a court that no body has: whose mediator is to be found, then those in which another is asked for.

    The soonest first, so many of each; `asked_by` is the last day that T14 can have now, which keeps the search short.
    """
    alone = matters.c.id.not_in(select(matter_organisations.c.matter_id))
    looking = matters.c.state == MatterState.APPOINTING
    asked = and_(
        matters.c.state == MatterState.MEDIATING, matters.c.next_due <= asked_by, matters.c.next_clock == "T14"
    )
    found: list[str] = []
    for which in (looking, asked):
        query = select(matters.c.id).where(matters.c.court == court, which, alone)
        found += (await tx.execute(query.order_by(matters.c.next_due, matters.c.id).limit(limit))).scalars()
    return found


async def _listings(tx: Tx, query: Any) -> list[Listing]:
    entries = await _mediators.all(tx, query)
    named = users.c.id.in_([each.user_id for each in entries])
    people = {each.id: each for each in await _users.all(tx, _users.selecting().where(named))}
    bodies = {each.id: each for each in await organisations_of(tx, {each.organisation_id or "" for each in entries})}
    return [Listing(people[each.user_id], each, bodies.get(each.organisation_id or "")) for each in entries]


def _public(search: Search) -> list[ColumnElement[bool]]:
    """Who is shown at all: listed, within the term, with an account and a body that are active."""
    return [
        users.c.active,
        mediators.c.status == RosterStatus.LISTED,
        mediators.c.valid_from <= search.on,
        or_(mediators.c.valid_to.is_(None), mediators.c.valid_to >= search.on),
        or_(organisations.c.id.is_(None), organisations.c.active),
    ]


def _wanted(search: Search) -> list[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = []
    if search.words:
        wanted.append(_mentions(search.words))
    if search.speciality:
        wanted.append(_any_of(mediators.c.specialities, [search.speciality.value]))
    if search.courts:
        wanted.append(_any_of(mediators.c.courts, search.courts))
    if search.tongue:
        wanted.append(_any_of(mediators.c.tongues, [search.tongue.value]))
    if search.organisation_id:
        wanted.append(mediators.c.organisation_id == search.organisation_id)
    if search.free is not None:
        nothing = and_(mediators.c.charges == "", func.coalesce(organisations.c.charges, "") == "")
        wanted.append(nothing if search.free else ~nothing)
    if search.after:
        name, user_id = search.after
        wanted.append(or_(users.c.name > name, and_(users.c.name == name, users.c.id > user_id)))
    return wanted


def _mentions(words: str) -> ColumnElement[bool]:
    said = (users.c.name, mediators.c.bio, organisations.c.name)
    said_en = (users.c.name_en, mediators.c.bio_en, organisations.c.name_en)
    fields = [each.value for each in specialities_named(words)]
    found = [each.contains(words, autoescape=True) for each in said]
    found += [each.icontains(words, autoescape=True) for each in said_en]
    return or_(*found, *([_any_of(mediators.c.specialities, fields)] if fields else []))


def _any_of(column: Any, words: Collection[str]) -> ColumnElement[bool]:
    """Whether a list of words holds one of these; the bars around each make it a whole word."""
    return or_(*(column.contains(f"|{each}|", autoescape=True) for each in words))
