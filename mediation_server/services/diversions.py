"""The register of diversions (分流台账): what was sent on or not accepted, to which track, how it ended; only reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from mediation_server.domain.calendar import SHANGHAI
from mediation_server.domain.listing import Place
from mediation_server.domain.matter import Ground, Matter, MatterOutcome, Track
from mediation_server.domain.matter_log import MatterEvent, MatterEventKind
from mediation_server.domain.users import User
from mediation_server.errors import BadInput
from mediation_server.services.context import Context
from mediation_server.store import matter_events, matters, users
from mediation_server.store.database import Tx

__all__ = ["MOST_ROWS", "ON_PAGE", "Diversion", "DiversionPage", "Span", "diversion_page", "diversions_of", "span_of"]

MOST_ROWS = 5_000  # of a file
ON_PAGE = 40
_MOST_LOOKS = 10  # for a track that is rare
_LONGEST = timedelta(days=366)
_USUAL = timedelta(days=90)
_DECIDED = (MatterEventKind.DIVERTED, MatterEventKind.REJECTED)


@dataclass(frozen=True, slots=True)
class Span:
    """Days at the court, both included, and one track or all."""

    since: date
    until: date
    track: Track | None = None


@dataclass(frozen=True, slots=True)
class Diversion:
    """One line: when and by whom it was decided, where to (None: not accepted), and how it ended, if it did."""

    matter: Matter
    at: datetime
    by: str  # filing | court | organisation
    officer: User | None
    track: Track | None
    procedure: str | None
    rejection: str | None
    outcome: MatterOutcome | None
    ground: Ground | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class DiversionPage:
    """One page of the register; `after`: where the next one begins, None on the last."""

    lines: tuple[Diversion, ...]
    after: Place | None


def span_of(today: date, since: date | None, until: date | None, track: Track | None = None) -> Span:
    """The days asked for, or the last ninety. Raises `BadInput` for an end before its beginning, or over a year."""
    last = until or today
    first = since or last - _USUAL
    if first > last:
        raise BadInput("span_turned_round", field="until")
    if last - first > _LONGEST:
        raise BadInput("span_too_long", field="since", days=_LONGEST.days)
    return Span(first, last, track)


async def diversions_of(ctx: Context, user: User, span: Span) -> list[Diversion]:
    """What was decided at somebody's court in these days, newest first, as far as a file goes."""
    async with ctx.db.reading() as tx:
        read = await _read(tx, user, span, MOST_ROWS)
    return [each for each, _ in read if span.track in (None, each.track)]


async def diversion_page(ctx: Context, user: User, span: Span, after: Place | None = None) -> DiversionPage:
    """One page of the same, behind a place."""
    found: list[tuple[Diversion, Place]] = []
    async with ctx.db.reading() as tx:
        for _ in range(_MOST_LOOKS):
            read = await _read(tx, user, span, ON_PAGE + 1, after)
            found += [each for each in read if span.track in (None, each[0].track)]
            if len(read) <= ON_PAGE or len(found) > ON_PAGE:
                break
            after = read[-1][1]
    more = len(found) > ON_PAGE
    return DiversionPage(tuple(each for each, _ in found[:ON_PAGE]), found[ON_PAGE - 1][1] if more else None)


async def _read(tx: Tx, user: User, span: Span, most: int, after: Place | None = None) -> list[tuple[Diversion, Place]]:
    """What was decided in these days on whatever track, each with its place."""
    begin = datetime.combine(span.since, time(), SHANGHAI)
    end = datetime.combine(span.until + timedelta(days=1), time(), SHANGHAI)
    decided = await matter_events.decided_at(tx, user.court or "", _DECIDED, (begin, end), most, after)
    named = {each.matter_id for each in decided}
    there = {each.id: each for each in await matters.matters_named(tx, named)}
    ends = await matter_events.of_kinds(tx, named, (MatterEventKind.CONCLUDED, MatterEventKind.RECALLED))
    staff = await users.users_named(tx, {each.actor for each in decided})
    return [
        (
            _line(each, there[each.matter_id], ends.get(each.matter_id, []), staff.get(each.actor)),
            Place(each.at, each.matter_id),
        )
        for each in decided
    ]


def _line(event: MatterEvent, matter: Matter, ends: Sequence[MatterEvent], officer: User | None) -> Diversion:
    after = [each for each in ends if each.seq > event.seq]
    last = after[-1] if after else None
    said = event.payload
    diverted = event.kind is MatterEventKind.DIVERTED
    concluded = last if last and last.kind is MatterEventKind.CONCLUDED else None
    return Diversion(
        matter=matter,
        at=event.at,
        by=str(said.get("by", "filing")),
        officer=officer,
        track=Track(str(said["track"])) if diverted else None,
        procedure=str(said["procedure"]) if said.get("procedure") else None,
        rejection=None if diverted else str(said["reason"]),
        outcome=MatterOutcome(str(concluded.payload["outcome"])) if concluded else None,
        ground=Ground(str(concluded.payload["ground"])) if concluded else None,
        ended_at=last.at if last else None if diverted else event.at,
    )
