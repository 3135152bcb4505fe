"""Gathers what the rule of fitness asks of mediators in one matter; decides nothing, changes nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from mediation_server.domain.calendar import local_date
from mediation_server.domain.conflicts import CaseRole, Person, barring
from mediation_server.domain.fitness import Candidate, Need, reasons
from mediation_server.domain.matter import Matter
from mediation_server.domain.matter_folds import file_of
from mediation_server.domain.people import Role
from mediation_server.domain.roster import Mediator, Organisation, courts_above
from mediation_server.domain.users import User
from mediation_server.services.register import Part, parts_in, roles_of
from mediation_server.store import conflicts, matter_events, matters, roster, users
from mediation_server.store.database import Tx

__all__ = ["candidate_in", "candidates_in", "need_of", "unfit_reason"]

_MOST_LISTED = 2_000


async def need_of(tx: Tx, matter: Matter, at: datetime, organisation_id: str | None = None) -> Need:
    """What a matter asks of a mediator; `organisation_id` when a body names, for it has only its own members."""
    recused = file_of(matter.id, await matter_events.events_of(tx, matter.id)).recused
    kept = await roster.is_kept(tx, _rosters(matter.court))
    return Need(matter.court, matter.cause, local_date(at), organisation_id, recused, kept)


async def candidates_in(tx: Tx, matter: Matter, need: Need) -> list[Candidate]:
    """Everybody on the roster of the matter's court, or in the body that names, with what speaks for and against."""
    if need.organisation_id is not None:
        found = await roster.entries_of(tx, organisation_id=need.organisation_id)
    else:
        found = await roster.entries_of(tx, courts=_rosters(matter.court))
    return await _weighed(tx, matter, [(each.user, each.entry, each.organisation) for each in found[:_MOST_LISTED]])


async def candidate_in(tx: Tx, matter: Matter, user_id: str) -> Candidate | None:
    """One account as a candidate; None when there is no such account."""
    user = (await users.users_named(tx, [user_id])).get(user_id)
    if user is None:
        return None
    entry = await roster.mediator(tx, user_id)
    bodies = await roster.organisations_of(tx, [entry.organisation_id or ""]) if entry else []
    return (await _weighed(tx, matter, [(user, entry, next(iter(bodies), None))]))[0]


async def unfit_reason(tx: Tx, matter: Matter, user_ids: Collection[str], need: Need) -> str | None:
    """The code of the first thing that stands against naming these, None when nothing does."""
    for user_id in user_ids:
        candidate = await candidate_in(tx, matter, user_id)
        if candidate is None:
            return "not_a_mediator"
        against = reasons(candidate, need)
        if against:
            return against[0].value
    return None


def _rosters(court: str) -> tuple[str, ...]:
    return (court, *courts_above(court))


async def _weighed(
    tx: Tx, matter: Matter, found: Iterable[tuple[User, Mediator | None, Organisation | None]]
) -> list[Candidate]:
    found = list(found)
    load = await roster.open_matters(tx, [user.id for user, _, _ in found])
    parts = await parts_in(tx, matter)
    related = await conflicts.related_mediators(tx, await matters.parties_of(tx, matter.id))
    return [
        Candidate(
            user_id=user.id,
            name=user.name,
            name_en=user.name_en,
            works=user.active and user.role is Role.MEDIATOR and (body is None or body.active),
            entry=entry,
            organisation=body,
            open_matters=load.get(user.id, 0),
            conflict=_is_involved(parts, user),
            related=user.id in related,
        )
        for user, entry, body in found
    ]


def _is_involved(parts: Iterable[Part], user: User) -> bool:
    """Whether somebody has, or had, a part in the matter that keeps them from mediating it."""
    return barring(roles_of(parts, Person(user.name, user.id, user.phone or "")), CaseRole.MEDIATOR) is not None
