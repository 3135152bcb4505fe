"""Pages of lists of matters: by reach, filters and words, in the order of their last days; reads only what it shows.

A list is walked in the order of an index, so that a page costs the same however long it is; where somebody reaches
matters in several ways, each way is walked and the ends are merged. What is searched for is gathered as a whole, as far
as anybody leafs: a word that stands in few matters is looked up first, words that stand in many are asked for along the
way. Measured with 100,000 matters: the other way round costs up to a hundred times as much, both ways.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, CompoundSelect, Select, and_, func, literal, select, tuple_, union

from mediation_server.domain.listing import After, Counted, Reach, Wish, window
from mediation_server.domain.matter import IN_REVIEW, Matter, MatterState
from mediation_server.store.counting import MOST, counting
from mediation_server.store.database import Tx
from mediation_server.store.mapping import Mapper
from mediation_server.store.matter_words import commonness
from mediation_server.store.roster_tables import co_mediators, matter_organisations
from mediation_server.store.search_tables import matter_words
from mediation_server.store.tables import matters, users

__all__ = ["Found", "found"]

_FEW = 2_000  # a word that stands in fewer matters than this is looked up first
_MOST_ALONG = 100  # counted no further, for what is asked for along the way is dear to count
_matters = Mapper(Matter, matters)


@dataclass(frozen=True, slots=True)
class Found:
    """The matters of one page; how many a wish finds on all pages; how many are late or run out soon among all."""

    matters: list[Matter]
    found: Counted
    late: Counted
    soon: Counted


class _Columns(NamedTuple):
    """What a list is chosen and ordered by."""

    court: ColumnElement[Any]
    state: ColumnElement[Any]
    track: ColumnElement[Any]
    due: ColumnElement[Any]


_PLAIN = _Columns(matters.c.court, matters.c.state, matters.c.track, matters.c.next_due)
# The same values as expressions: an index over them would tempt a database away from the few ids it is given.
_VEILED = _Columns(*(func.coalesce(each, each) for each in _PLAIN))
# Of a court a list in one state has its index; of a person the state must not tempt away from theirs.
_BY_PERSON = _PLAIN._replace(state=_VEILED.state)


class _Way(NamedTuple):
    """One way of reaching matters, with every other condition of a wish, over the columns that suit it."""

    condition: ColumnElement[bool]
    columns: _Columns


@dataclass(frozen=True, slots=True)
class _Asked:
    """A wish as conditions, one for each way of reaching a matter; `looked_up`: by a word that stands in few."""

    ways: Sequence[_Way]
    looked_up: bool = False


async def found(tx: Tx, reach: Reach, wish: Wish, today: date, most: int) -> Found:
    """One page, at most `most` matters: first those with a last day, soonest first, then those without."""
    team = await _team(tx, reach)
    asked = await _asked(tx, reach, team, wish, today)
    whole = [await _asked(tx, reach, team, Wish(due=due), today) for due in ("late", "soon")]
    if not wish.words:
        return Found(await _walked(tx, asked, wish, most), *await _counted(tx, [asked, *whole], MOST))
    late, soon = await _counted(tx, whole, MOST)
    # Words that all stand in many matters of a court or body are walked along, like a list; anything else is gathered.
    if not asked.looked_up and (reach.court or reach.organisation):
        (along,) = await _counted(tx, [asked], _MOST_ALONG)
        return Found(await _walked(tx, asked, wish, most), along, late, soon)
    places = await _gathered(tx, asked)
    if len(places) > MOST and wish.after is not None:
        return Found(await _walked(tx, asked, wish, most), Counted(MOST, more=True), late, soon)
    ahead = [place.id for place in places if wish.after is None or _key(place) > _key(wish.after)]
    counted = Counted(min(len(places), MOST), more=len(places) > MOST)
    return Found(await _named(tx, ahead[:most]), counted, late, soon)


async def _named(tx: Tx, ids: Sequence[str]) -> list[Matter]:
    """The matters with these ids, in this order."""
    shown = {each.id: each for each in await _matters.all(tx, _matters.selecting().where(matters.c.id.in_(ids)))}
    return [shown[each] for each in ids]


def _key(place: After) -> tuple[bool, date, str]:
    return (place.due is None, place.due or date.min, place.id)


async def _walked(tx: Tx, asked: _Asked, wish: Wish, most: int) -> list[Matter]:
    ids: list[str] = []
    after = wish.after
    if wish.due != "none" and (after is None or after.due is not None):
        ids = list((await tx.execute(_merged(asked, most, after, with_days=True))).scalars())
        after = None
    if len(ids) < most and wish.due in (None, "none"):
        ids += (await tx.execute(_merged(asked, most - len(ids), after, with_days=False))).scalars()
    return await _named(tx, ids)


def _merged(asked: _Asked, most: int, after: After | None, *, with_days: bool) -> Select[Any]:
    """The ids of the first of every way, and of these the first."""
    ends = [_end(way, most, after, with_days=with_days) for way in asked.ways]
    if len(ends) == 1:
        return ends[0]
    every = union(*(select(end.subquery()) for end in ends)).subquery()
    return select(every.c.id).order_by(every.c.next_due, every.c.id).limit(most)


def _end(way: _Way, most: int, after: After | None, *, with_days: bool) -> Select[Any]:
    due = way.columns.due
    query = select(matters.c.id, matters.c.next_due).where(way.condition)
    if not with_days:
        query = query.where(due.is_(None))
        query = query.where(matters.c.id > after.id) if after else query
        return query.order_by(matters.c.id).limit(most)
    query = query.where(due.is_not(None))
    if after is not None:
        query = query.where(tuple_(due, matters.c.id) > tuple_(literal(after.due, matters.c.next_due.type), after.id))
    return query.order_by(due, matters.c.id).limit(most)


async def _gathered(tx: Tx, asked: _Asked) -> list[After]:
    """The places of everything that is found, in order, as far as it is counted."""
    ends = [select(matters.c.next_due, matters.c.id).where(way.condition) for way in asked.ways]
    every = (union(*ends) if len(ends) > 1 else ends[0]).subquery()
    order = (every.c.next_due.is_(None), every.c.next_due, every.c.id)
    rows = (await tx.execute(select(every.c.next_due, every.c.id).order_by(*order).limit(MOST + 1))).all()
    return [After(row.next_due, row.id) for row in rows]


async def _counted(tx: Tx, several: Sequence[_Asked], most: int) -> list[Counted]:
    """How many each finds, counted up to `most`, in one question."""
    return await counting(tx, [_every(asked, most) for asked in several], most)


def _every(asked: _Asked, most: int) -> Select[Any] | CompoundSelect[Any]:
    ends = [select(matters.c.id).where(way.condition).limit(most + 1) for way in asked.ways]
    return union(*(select(end.subquery()) for end in ends)) if len(ends) > 1 else ends[0]


async def _asked(tx: Tx, reach: Reach, team: Sequence[str], wish: Wish, today: date) -> _Asked:
    common = await commonness(tx, wish.words, _FEW) if wish.words else {}
    rarest = min(wish.words, key=lambda word: common[word], default=None)
    looked_up = rarest is not None and common[rarest] < _FEW
    words = [_stands_in(word) for word in wish.words if not (looked_up and word == rarest)]
    if looked_up:
        few = select(matter_words.c.matter_id).where(matter_words.c.word == rarest)
        words.insert(0, matters.c.id.in_(few))
    ways = []
    for way, suits in _ways(reach, team, looked_up=looked_up):
        conditions = [suits.state != MatterState.DRAFT, *_filtered(wish, suits, today), *words]
        ways.append(_Way(and_(way, *conditions), suits))
    return _Asked(ways, looked_up)


def _filtered(wish: Wish, columns: _Columns, today: date) -> list[ColumnElement[bool]]:
    chosen: list[ColumnElement[bool]] = []
    if wish.state is not None:
        chosen.append(columns.state == wish.state)
    if wish.track is not None:
        chosen.append(columns.track == wish.track)
    if wish.due == "none":
        chosen.append(columns.due.is_(None))
    elif wish.due is not None:
        chosen.append(columns.due.between(*window(wish.due, today)))
    return chosen


def _stands_in(word: str) -> ColumnElement[bool]:
    # The offset keeps PostgreSQL from joining whole words instead of asking matter by matter: it takes words to be
    # independent, and those of one cause are anything but (measured with 30,000 matters: 70 ms instead of 1).
    there = select(literal(1)).where(matter_words.c.matter_id == matters.c.id, matter_words.c.word == word)
    return there.offset(0).correlate(matters).exists()


async def _team(tx: Tx, reach: Reach) -> list[str]:
    """The mediators of a body that reads its list."""
    if not reach.organisation:
        return []
    ours = select(users.c.id).where(users.c.organisation_id == reach.organisation).order_by(users.c.id)
    return list((await tx.execute(ours)).scalars())


def _ways(reach: Reach, team: Sequence[str], *, looked_up: bool) -> list[_Way]:
    """Each an equality on the first column of an index that goes on with the last day; or the few that were named."""
    walked = _VEILED if looked_up else _PLAIN if reach.court else _BY_PERSON
    if reach.mediator:
        beside = select(co_mediators.c.matter_id).where(co_mediators.c.user_id == reach.mediator)
        return [_Way(matters.c.mediator_id == reach.mediator, walked), _Way(matters.c.id.in_(beside), _VEILED)]
    if reach.judge:
        reviewing = and_(matters.c.confirming_judge_id == reach.judge, matters.c.state.in_(IN_REVIEW))
        return [_Way(matters.c.judge_id == reach.judge, walked), _Way(reviewing, walked)]
    if reach.court:
        return [_Way(walked.court == reach.court, walked)]
    # A body's mediators are one way, not a way each: sorting all their matters in the index costs less than asking for
    # twenty ends of it (measured with 100,000 matters on a busy machine: 18 ms of processor instead of 36).
    given = select(matter_organisations.c.matter_id).where(matter_organisations.c.organisation_id == reach.organisation)
    return [_Way(matters.c.mediator_id.in_(team), walked), _Way(matters.c.id.in_(given), _VEILED)]
