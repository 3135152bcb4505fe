"""The clocks of a matter as people see them (期限): the same days on both sides; why one stands still is for staff."""

from __future__ import annotations

from dataclasses import dataclass, replace

from mediation_server.domain.calendar import CHINA
from mediation_server.domain.clock_table import ClockId
from mediation_server.domain.clocks import Clock, counted
from mediation_server.domain.matter import Matter, MatterParty
from mediation_server.domain.matter_file import MatterFile, Stop
from mediation_server.domain.safety import shown_to
from mediation_server.domain.users import User
from mediation_server.services.access import own_matter, readable_matter
from mediation_server.services.context import Context
from mediation_server.services.procedure import log_in
from mediation_server.store import matter_events, matter_work, matters
from mediation_server.store.database import Tx

__all__ = ["OF_STAFF", "MatterTerms", "of_party", "own_terms", "soonest_terms", "terms_in", "terms_of"]

_SHOWN = 8  # more than anybody keeps in view on a home page
# Not a party's business: who calls whom, who asked for another mediator, how long the court keeps what.
OF_STAFF = (ClockId.CONTACT, ClockId.REPLACEMENT, ClockId.RETENTION)
_TOLD_CAUSES = ("appraisal",)  # a suspicion of sham mediation must look like any other stop (特邀规定 art. 18)


@dataclass(frozen=True, slots=True)
class MatterTerms:
    """A matter with its clocks and the stretches in which its period stood still; `file` is for staff and services."""

    matter: Matter
    parties: tuple[MatterParty, ...]
    clocks: tuple[Clock, ...]
    stops: tuple[Stop, ...]
    file: MatterFile


async def terms_of(ctx: Context, user: User, matter_id: str) -> MatterTerms:
    """The clocks of a matter for staff who work on it. Raises `NotFound` to anybody else."""
    async with ctx.db.reading() as tx:
        return await terms_in(ctx, tx, await readable_matter(tx, user, matter_id))


async def own_terms(ctx: Context, user: User, matter_id: str) -> MatterTerms:
    """The clocks of a matter for one of its parties. Raises `NotFound` to anybody else."""
    async with ctx.db.reading() as tx:
        found = await own_matter(tx, user, matter_id)
        terms = of_party(await terms_in(ctx, tx, found.matter))
        return replace(terms, parties=shown_to(terms.parties, found.party.side, safety=found.matter.safety))


async def soonest_terms(ctx: Context, user: User) -> list[MatterTerms]:
    """Of the matters somebody works on those in which a clock runs out first, the first at the top."""
    async with ctx.db.reading() as tx:
        mine = await matter_work.soonest(tx, user.id, _SHOWN)
        logs = await matter_events.events_of_all(tx, [each.id for each in mine])
        parties = await matters.parties_of_all(tx, [each.id for each in mine])
    now = ctx.clock.now()
    found = []
    for each in mine:
        log, named = logs.get(each.id, ()), tuple(party for party in parties if party.matter_id == each.id)
        file, clocks = counted(log, CHINA, now)
        found.append(MatterTerms(each, named, clocks, file.stops, file))
    return found


async def terms_in(ctx: Context, tx: Tx, matter: Matter) -> MatterTerms:
    """The clocks of a matter that the caller may see, within the caller's transaction."""
    log = await log_in(tx, matter)
    file, clocks = counted(log, CHINA, ctx.clock.now())
    return MatterTerms(matter, tuple(await matters.parties_of(tx, matter.id)), clocks, file.stops, file)


def of_party(terms: MatterTerms) -> MatterTerms:
    """What every party sees, whichever side it is on."""
    stops = tuple(each if each.cause in _TOLD_CAUSES else replace(each, cause="") for each in terms.stops)
    clocks = tuple(each for each in terms.clocks if each.id not in OF_STAFF)
    return replace(terms, clocks=clocks, stops=stops)
