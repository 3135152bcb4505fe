"""What whoever schedules has before them (排期页): kinds, parties, other sittings near; only reads."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta

from mediation_server.domain.consent import ConsentItem
from mediation_server.domain.consent_ledger import standings
from mediation_server.domain.log import EventKind, SessionEvent
from mediation_server.domain.matter import Matter, MatterParty
from mediation_server.domain.people import Side
from mediation_server.domain.session import Session, SessionKind
from mediation_server.domain.sitting import SittingRequest
from mediation_server.domain.users import User
from mediation_server.errors import NotFound
from mediation_server.services.access import presided, readable_matter
from mediation_server.services.context import Context
from mediation_server.services.scheduling import kinds_for
from mediation_server.store import consents, events, matters, sessions, sittings
from mediation_server.store.database import Tx

__all__ = ["MOST_MISSED", "PlanPage", "SittingDesk", "missed_twice", "plan_page", "sitting_desk"]

_NEAR = timedelta(days=14)
MOST_MISSED = (
    2  # so often a side stays away before "cannot be reached" may be the ground (在线调解规则 art. 25(3); [DR])
)


@dataclass(frozen=True, slots=True)
class PlanPage:
    """`apart`: all agree not to attend together (C7); `near`: the presider's sittings of the next two weeks."""

    matter: Matter
    parties: tuple[MatterParty, ...]
    kinds: tuple[SessionKind, ...]
    apart: bool
    near: tuple[Session, ...]


@dataclass(frozen=True, slots=True)
class SittingDesk:
    """What its presider can do with a sitting that has not begun: open requests, how often each side had it moved."""

    requests: tuple[SittingRequest, ...]
    moved: dict[Side, int]
    log: tuple[SessionEvent, ...]


async def plan_page(ctx: Context, user: User, matter_id: str) -> PlanPage:
    """Everything on the page that schedules a sitting. Raises `NotFound` to whoever may hold none now."""
    now = ctx.clock.now()
    async with ctx.db.reading() as tx:
        matter = await readable_matter(tx, user, matter_id)
        kinds = kinds_for(user, matter)
        if not kinds:
            raise NotFound
        parties = tuple(await matters.parties_of(tx, matter_id))
        near = await sittings.overlapping(tx, user.id, now, now + _NEAR)
        return PlanPage(matter, parties, kinds, await _agree_apart(tx, parties), tuple(near))


async def sitting_desk(ctx: Context, user: User, session_id: str) -> SittingDesk:
    """The same for one sitting. Raises `NotFound` to whoever does not preside over it."""
    async with ctx.db.reading() as tx:
        await presided(tx, user, session_id)
        asked = await sittings.asked(tx, [session_id])
        log = tuple(await events.events_of(tx, session_id))
    moves = Counter(str(each.payload.get("side")) for each in log if each.kind is EventKind.RESCHEDULED)
    return SittingDesk(
        requests=tuple(each for each in asked if each.settled_at is None),
        moved={side: moves[side.value] for side in Side if side is not Side.NEUTRAL},
        log=log,
    )


async def missed_twice(tx: Tx, matter_id: str) -> tuple[Side, ...]:
    """The sides that stayed away from two sittings; it is not by itself a refusal, the mediator decides (§3.2)."""
    held = await sessions.sessions_of(tx, matter_id)
    missed = await events.of_kind(tx, [each.id for each in held], EventKind.MISSED_SITTING)
    count = Counter(side for each in missed for side in _sides(each))
    return tuple(side for side in Side if count[side.value] >= MOST_MISSED)


def _sides(event: SessionEvent) -> list[str]:
    sides = event.payload.get("sides")
    return [str(each) for each in sides] if isinstance(sides, list) else []


async def _agree_apart(tx: Tx, parties: tuple[MatterParty, ...]) -> bool:
    ledgers = [standings(await consents.ledger_of(tx, each.id)) for each in parties]
    return all(each[ConsentItem.NOT_TOGETHER].holds for each in ledgers)
