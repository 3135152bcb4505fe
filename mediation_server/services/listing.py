"""Lists of matters for staff (事项列表): what somebody may see and no more, searched and paged; only reads."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from mediation_server.domain.calendar import local_date
from mediation_server.domain.listing import PAGE, After, Counted, Wish, reach_of
from mediation_server.domain.matter import Matter, MatterParty
from mediation_server.domain.users import User
from mediation_server.errors import NotFound
from mediation_server.services.context import Context
from mediation_server.store import co_mediators, matter_lists, matters, users
from mediation_server.store.database import Tx

__all__ = ["ListLine", "MatterList", "listed"]


@dataclass(frozen=True, slots=True)
class ListLine:
    """One matter of a list; `mediator` is nobody yet, while one is being chosen; `beside` mediate beside them."""

    matter: Matter
    parties: tuple[MatterParty, ...]
    mediator: User | None
    beside: tuple[User, ...] = ()


@dataclass(frozen=True, slots=True)
class MatterList:
    """One page; `after`: where the next one begins, None on the last. `late` and `soon` count all matters."""

    lines: tuple[ListLine, ...]
    after: After | None
    found: Counted
    late: Counted
    soon: Counted


async def listed(ctx: Context, user: User, wish: Wish) -> MatterList:
    """One page of the matters somebody sees. Raises `NotFound` to whoever has no such list."""
    reach = reach_of(user)
    if reach is None:
        raise NotFound
    today = local_date(ctx.clock.now())
    async with ctx.db.reading() as tx:
        asked = await matter_lists.found(tx, reach, wish, today, PAGE + 1)
        shown = asked.matters[:PAGE]
        return MatterList(
            lines=await _lines(tx, shown),
            after=After(shown[-1].next_due, shown[-1].id) if len(asked.matters) > PAGE else None,
            found=asked.found,
            late=asked.late,
            soon=asked.soon,
        )


async def _lines(tx: Tx, shown: list[Matter]) -> tuple[ListLine, ...]:
    team = await co_mediators.of_matters(tx, [each.id for each in shown])
    everybody = {each.mediator_id for each in shown if each.mediator_id}.union(*team.values())
    named = await users.users_named(tx, everybody)
    parties: dict[str, list[MatterParty]] = defaultdict(list)
    for party in await matters.parties_of_all(tx, [each.id for each in shown]):
        parties[party.matter_id].append(party)
    return tuple(
        ListLine(
            matter=each,
            parties=tuple(parties[each.id]),
            mediator=named.get(each.mediator_id or ""),
            beside=tuple(named[key] for key in team.get(each.id, ()) if key in named),
        )
        for each in shown
    )
