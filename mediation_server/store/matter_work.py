"""The short lists of homes and desks, read along indexes: they cost the same among however many matters."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, FromClause, and_, case, literal, or_, select, tuple_, union

from mediation_server.domain.listing import Counted, Place
from mediation_server.domain.matter import IN_REVIEW, Matter, MatterState
from mediation_server.store.counting import counting
from mediation_server.store.database import Tx
from mediation_server.store.mapping import Mapper
from mediation_server.store.matters import spoken_for
from mediation_server.store.tables import matters

__all__ = ["asked", "at_work", "confirmed_by", "of_party", "soonest", "waiting", "work_ids"]

_matters = Mapper(Matter, matters)
_OPEN = [each for each in MatterState if each not in (MatterState.CLOSED, MatterState.ARCHIVED)]
_KEPT = [each for each in MatterState if each is not MatterState.ARCHIVED]
_APPOINTED = (MatterState.APPOINTING, MatterState.AWAITING_ACCEPT, MatterState.MEDIATING)


def work_ids(user_id: str) -> CompoundSelect[Any]:
    """The ids of the matters that are somebody's to mediate, try or review, the archived ones aside."""
    return union(*(select(matters.c.id).where(way) for way in _ways(user_id, _KEPT)))


async def at_work(tx: Tx, user_id: str, most: int) -> list[Matter]:
    """Matters somebody mediates, confirms or tries that are not closed, the newest `most` of them."""
    newest = (matters.c.created_at.desc(), matters.c.id)
    return await _first_of(tx, _ways(user_id, _OPEN), newest, most)


async def confirmed_by(tx: Tx, user_id: str, most: int) -> list[Matter]:
    """Matters whose agreement lies before this judge for confirmation, the oldest first."""
    mine = (matters.c.confirming_judge_id == user_id, matters.c.state == MatterState.CONFIRMING)
    order = (matters.c.created_at, matters.c.id)
    return await _matters.all(tx, _matters.selecting().where(*mine).order_by(*order).limit(most))


async def soonest(tx: Tx, user_id: str, most: int) -> list[Matter]:
    """Of the matters somebody mediates, tries or reviews those in which a clock runs out first."""
    running = matters.c.next_due.is_not(None)
    mine = [
        matters.c.mediator_id == user_id,
        matters.c.judge_id == user_id,
        and_(matters.c.confirming_judge_id == user_id, matters.c.state.in_(IN_REVIEW)),
    ]
    return await _first_of(tx, [and_(way, running) for way in mine], (matters.c.next_due, matters.c.id), most)


async def waiting(
    tx: Tx, court: str, state: MatterState, most: int, after: Place | None = None
) -> tuple[list[Matter], Counted]:
    """Applications to a court in one state, what was handed in first comes first; and how many there are in all."""
    here = (matters.c.court == court, matters.c.state == state)
    query = _matters.selecting().where(*here, *_behind(after, matters.c.submitted_at))
    found = await _matters.all(tx, query.order_by(matters.c.submitted_at, matters.c.id).limit(most))
    return found, (await counting(tx, [select(matters.c.id).where(*here)]))[0]


async def asked(tx: Tx, court: str, most: int, after: Place | None = None) -> tuple[list[Matter], Counted]:
    """Matters of a court in which parties are asked whether they want to mediate, what came first comes first."""
    here = matters.c.court == court
    ways = [
        and_(here, matters.c.state == MatterState.CONSENTING),
        and_(here, matters.c.consent_pending, matters.c.state.in_(_APPOINTED)),
    ]
    behind = _behind(after, matters.c.created_at)
    found = await _first_of(tx, [and_(way, *behind) for way in ways], (matters.c.created_at, matters.c.id), most)
    every = union(*(select(matters.c.id).where(way) for way in ways))
    return found, (await counting(tx, [every]))[0]


async def of_party(tx: Tx, user_id: str, most: int, after: Place | None = None) -> list[Matter]:
    """Matters in which this account speaks for a party: those that are not closed first, of each kind the newest."""
    query = _matters.selecting().where(spoken_for(user_id))
    closed, newest = _is_closed(matters), matters.c.created_at
    if after is not None:
        last, at = matters.alias(), literal(after.at, newest.type)
        there = select(_is_closed(last)).where(last.c.id == after.id).scalar_subquery()
        older = or_(newest < at, and_(newest == at, matters.c.id > after.id))
        query = query.where(or_(closed > there, and_(closed == there, older)))
    return await _matters.all(tx, query.order_by(closed, newest.desc(), matters.c.id).limit(most))


def _is_closed(table: FromClause) -> ColumnElement[int]:
    return case((table.c.state.in_(_OPEN), 0), else_=1)


def _ways(user_id: str, states: Iterable[MatterState]) -> list[ColumnElement[bool]]:
    open_still = matters.c.state.in_(list(states))
    reviewing = and_(matters.c.confirming_judge_id == user_id, matters.c.state.in_(IN_REVIEW))
    return [
        and_(matters.c.mediator_id == user_id, open_still),
        and_(matters.c.judge_id == user_id, open_still),
        reviewing,
    ]


def _behind(after: Place | None, column: ColumnElement[Any]) -> list[ColumnElement[bool]]:
    """What stands behind a place in the order of an instant and the id."""
    if after is None:
        return []
    return [tuple_(column, matters.c.id) > tuple_(literal(after.at, column.type), literal(after.id))]


async def _first_of(tx: Tx, ways: Sequence[ColumnElement[bool]], order: tuple[Any, Any], most: int) -> list[Matter]:
    """The first of every way, and of these the first: each way is read along its index, ids alone."""
    ends = [select(matters.c.id).where(way).order_by(*order).limit(most).subquery() for way in ways]
    ids = union(*(select(end.c.id) for end in ends))
    query = _matters.selecting().where(matters.c.id.in_(ids)).order_by(*order).limit(most)
    return await _matters.all(tx, query)
