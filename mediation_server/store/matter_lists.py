"""Pages of lists of matters: by reach, filters and words, in the order of their last days; reads only what it shows.

A list is walked in the order of an index, so that a page costs the same however long the list is. A word that stands in
few matters is looked up first, and what it finds is put in order; words that stand in many are asked for along the way.
Measured with 100,000 matters: the other way round costs up to a hundred times as much, both ways.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, exists, func, literal, or_, select, tuple_

from mediation_server.domain.listing import After, Reach, Wish, window
from mediation_server.domain.matter import IN_REVIEW, Matter, MatterState
from mediation_server.store.database import Tx
from mediation_server.store.mapping import Mapper
from mediation_server.store.matter_words import commonness
from mediation_server.store.roster_tables import matter_organisations
from mediation_server.store.search_tables import matter_words
from mediation_server.store.tables import matters, users

__all__ = ["Counted", "count", "page"]

_FEW = 2_000  # a word that stands in fewer matters than this is looked up first
_MOST, _MOST_ALONG = 999, 100  # counted no further; words that stand in many matters are dear to count
_matters = Mapper(Matter, matters)


class Counted(NamedTuple):
    """How many there are, and whether there are more than that."""

    n: int
    more: bool


class _Columns(NamedTuple):
    """What a list is chosen and ordered by."""

    court: ColumnElement[Any]
    state: ColumnElement[Any]
    track: ColumnElement[Any]
    due: ColumnElement[Any]


_PLAIN = _Columns(matters.c.court, matters.c.state, matters.c.track, matters.c.next_due)
# The same values as expressions: an index over them would tempt a database away from the few ids it is given.
_VEILED = _Columns(*(func.coalesce(each, each) for each in _PLAIN))


class _Asked(NamedTuple):
    columns: _Columns
    conditions: Sequence[ColumnElement[bool]]


async def page(tx: Tx, reach: Reach, wish: Wish, today: date, most: int) -> list[Matter]:
    """The matters of one page, at most `most`: first those with a last day, soonest first, then those without."""
    asked = await _asked(tx, reach, wish, today)
    query = _matters.selecting().where(*asked.conditions)
    found: list[Matter] = []
    after = wish.after
    if wish.due != "none" and (after is None or after.due is not None):
        found = await _matters.all(tx, _with_days(query, asked.columns.due, after).limit(most))
        after = None
    if len(found) < most and wish.due in (None, "none"):
        found += await _matters.all(tx, _without_days(query, asked.columns.due, after).limit(most - len(found)))
    return found


async def count(tx: Tx, reach: Reach, wish: Wish, today: date) -> Counted:
    """How many matters a wish finds on all its pages, as far as it is worth counting."""
    asked = await _asked(tx, reach, wish, today)
    most = _MOST_ALONG if wish.words and asked.columns is _PLAIN else _MOST
    rows = select(matters.c.id).where(*asked.conditions).limit(most + 1).subquery()
    found = int((await tx.execute(select(func.count()).select_from(rows))).scalar_one())
    return Counted(min(found, most), more=found > most)


def _with_days(query: Select[Any], due: ColumnElement[Any], after: After | None) -> Select[Any]:
    query = query.where(due.is_not(None))
    if after is not None:
        query = query.where(tuple_(due, matters.c.id) > tuple_(literal(after.due, matters.c.next_due.type), after.id))
    return query.order_by(due, matters.c.id)


def _without_days(query: Select[Any], due: ColumnElement[Any], after: After | None) -> Select[Any]:
    query = query.where(due.is_(None))
    if after is not None:
        query = query.where(matters.c.id > after.id)
    return query.order_by(matters.c.id)


async def _asked(tx: Tx, reach: Reach, wish: Wish, today: date) -> _Asked:
    common = await commonness(tx, wish.words, _FEW)
    rarest = min(wish.words, key=lambda word: common[word], default=None)
    looked_up = rarest is not None and common[rarest] < _FEW
    columns = _VEILED if looked_up else _PLAIN
    conditions = [_within(reach, columns), columns.state != MatterState.DRAFT, *_filtered(wish, columns, today)]
    if looked_up:
        ids = select(matter_words.c.matter_id).where(matter_words.c.word == rarest)
        conditions.append(matters.c.id.in_(ids))
    conditions += [_stands_in(word) for word in wish.words if not (looked_up and word == rarest)]
    return _Asked(columns, conditions)


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
    return exists().where(matter_words.c.matter_id == matters.c.id, matter_words.c.word == word)


def _within(reach: Reach, columns: _Columns) -> ColumnElement[bool]:
    if reach.mediator:
        return matters.c.mediator_id == reach.mediator
    if reach.judge:
        reviewing = and_(matters.c.confirming_judge_id == reach.judge, matters.c.state.in_(IN_REVIEW))
        return or_(matters.c.judge_id == reach.judge, reviewing)
    if reach.court:
        return columns.court == reach.court
    mediators = select(users.c.id).where(users.c.organisation_id == reach.organisation)
    given = select(matter_organisations.c.matter_id).where(matter_organisations.c.organisation_id == reach.organisation)
    return or_(matters.c.mediator_id.in_(mediators), matters.c.id.in_(given))
