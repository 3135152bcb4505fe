"""The day of a court (今日): its sittings today and the clocks that run out, for its clerks; only reads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from mediation_server.domain.calendar import SHANGHAI, local_date
from mediation_server.domain.listing import Wish, reach_of
from mediation_server.domain.matter import Matter, MatterParty, MatterState
from mediation_server.domain.session import Session
from mediation_server.domain.users import User
from mediation_server.errors import NotFound
from mediation_server.services.context import Context
from mediation_server.services.help_calls import calling
from mediation_server.services.listing import ListLine, MatterList, listed
from mediation_server.store import matters, sessions, users

__all__ = ["CourtDay", "CourtSitting", "court_day"]

_MOST_SITTINGS, _MOST_CLOCKS = 60, 8
_DONE = (MatterState.CLOSED, MatterState.ARCHIVED)  # what still runs in them is the house's


@dataclass(frozen=True, slots=True)
class CourtSitting:
    """One sitting of today with its matter and who presides."""

    session: Session
    matter: Matter
    parties: tuple[MatterParty, ...]
    presider: User | None
    calls_help: bool = False  # somebody in it feels unsafe


@dataclass(frozen=True, slots=True)
class CourtDay:
    """What a court has before it today; `clocks` are the matters whose last days come first."""

    sittings: tuple[CourtSitting, ...]
    clocks: tuple[ListLine, ...]
    matters: MatterList


async def court_day(ctx: Context, user: User) -> CourtDay:
    """The day of somebody's own court. Raises `NotFound` to whoever works at none."""
    reach = reach_of(user)
    if reach is None or reach.court is None:
        raise NotFound
    since = datetime.combine(local_date(ctx.clock.now()), time(), SHANGHAI)
    async with ctx.db.reading() as tx:
        held = await sessions.sessions_at_court(tx, reach.court, since, since + timedelta(days=1), _MOST_SITTINGS)
        about = {each.id: each for each in await matters.matters_named(tx, [each.matter_id for each in held])}
        parties = await matters.parties_of_all(tx, about)
        people = await users.users_named(tx, {each.presider_id for each in held})
    calls = calling(ctx)
    sittings = tuple(
        CourtSitting(
            session=each,
            matter=about[each.matter_id],
            parties=tuple(party for party in parties if party.matter_id == each.matter_id),
            presider=people.get(each.presider_id),
            calls_help=each.id in calls,
        )
        for each in held
    )
    found = await listed(ctx, user, Wish())
    due = [line for line in found.lines if line.matter.next_due is not None and line.matter.state not in _DONE]
    return CourtDay(sittings, tuple(due[:_MOST_CLOCKS]), found)
