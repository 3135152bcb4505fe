"""Whom an applicant would like to mediate (申请人的希望): who can be wished for, what was wished; decides nothing."""

from __future__ import annotations

from dataclasses import dataclass

from mediation_server.domain.calendar import local_date
from mediation_server.domain.courts import court_of_code
from mediation_server.domain.matter import Matter
from mediation_server.domain.roster import Organisation, courts_above, covers
from mediation_server.domain.wish import Wish, wish_of
from mediation_server.errors import BadInput
from mediation_server.services.context import Context
from mediation_server.store import applications, roster
from mediation_server.store.database import Tx
from mediation_server.store.roster import Listing, Search

__all__ = ["Wishable", "Wished", "wishable", "wished_in"]

_MOST = 200  # on one list; who is not on it is found in the public roster and written about


@dataclass(frozen=True, slots=True)
class Wishable:
    """The bodies and mediators of a court's roster, those of the field first."""

    organisations: tuple[Organisation, ...] = ()
    mediators: tuple[Listing, ...] = ()


@dataclass(frozen=True, slots=True)
class Wished:
    """What an applicant wished, by the names of today; both None: whoever it was has left the roster."""

    wish: Wish
    organisation: Organisation | None
    mediator: Listing | None


async def wishable(ctx: Context, court_code: str, cause: str) -> Wishable:
    """Who can be named at a court for a dispute, each with what it costs (在线调解规则 art. 5); nobody at none."""
    try:
        court = court_of_code(court_code).name
    except BadInput:
        return Wishable()
    courts = (court, *courts_above(court))
    async with ctx.db.reading() as tx:
        bodies = [each for each in await roster.organisations_of(tx) if each.active and court in each.courts]
        people = await roster.listed(tx, Search(local_date(ctx.clock.now()), courts=courts), _MOST)
    bodies.sort(key=lambda each: (not covers(each.scope, cause), each.name))
    people.sort(key=lambda each: (not covers(each.entry.specialities, cause), each.user.name))
    return Wishable(tuple(bodies[:_MOST]), tuple(people))


async def wished_in(tx: Tx, matter: Matter) -> Wished | None:
    """What was wished in the application a matter came from; for whoever names its mediator, and for its applicant."""
    record = await applications.of_matter(tx, matter.id)
    try:
        wish = wish_of(record.draft.said.get("wish", "")) if record else None
    except BadInput:
        return None
    if wish is None:
        return None
    bodies = await roster.organisations_of(tx, [wish.organisation_id]) if wish.organisation_id else []
    people = await roster.entries_of(tx, courts=(matter.court, *courts_above(matter.court))) if wish.mediator_id else []
    mediator = next((each for each in people if each.user.id == wish.mediator_id), None)
    return Wished(wish, next(iter(bodies), None), mediator)
