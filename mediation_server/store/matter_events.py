"""The log of a matter in the database: appended to and read, never changed (triggers see to it)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import func, literal, or_

from mediation_server.domain import matter_log
from mediation_server.domain.listing import Place
from mediation_server.domain.matter_log import MatterEvent, MatterEventKind
from mediation_server.store.database import Tx
from mediation_server.store.mapping import Mapper
from mediation_server.store.procedure_tables import matter_events
from mediation_server.store.tables import matters

__all__ = ["add_all", "append_event", "decided_at", "events_of", "events_of_all", "last_event", "of_kinds"]

_events = Mapper(MatterEvent, matter_events, key="hash")
_OF_MATTERS = _events.among(matter_events.c.matter_id).order_by(matter_events.c.matter_id, matter_events.c.seq)


async def append_event(  # noqa: PLR0913 - the fields of an entry
    tx: Tx,
    matter_id: str,
    *,
    at: datetime,
    actor: str,
    role: str,
    kind: MatterEventKind,
    payload: Mapping[str, object],
) -> MatterEvent:
    """Append to a matter's log, chained to its last entry; the caller holds the matter locked (`matters.locked`)."""
    last = await last_event(tx, matter_id)
    entry = matter_log.append(last, matter_id=matter_id, at=at, actor=actor, role=role, kind=kind, payload=payload)
    await _events.add(tx, entry)
    return entry


async def add_all(tx: Tx, entries: Iterable[MatterEvent]) -> None:
    """Entries chained to the last of their logs, which the caller read while it holds the matters locked."""
    await _events.add_all(tx, entries)


async def events_of(tx: Tx, matter_id: str, after: int = 0) -> list[MatterEvent]:
    """The log of a matter in order, from the entry that follows number `after`."""
    mine = (matter_events.c.matter_id == matter_id, matter_events.c.seq > after)
    return await _events.all(tx, _events.selecting().where(*mine).order_by(matter_events.c.seq))


async def events_of_all(tx: Tx, matter_ids: Iterable[str]) -> dict[str, Sequence[MatterEvent]]:
    """The logs of several matters, each in order; a matter without one is not in it."""
    found: dict[str, list[MatterEvent]] = {}
    for event in await _events.all_among(tx, _OF_MATTERS, matter_ids):
        found.setdefault(event.matter_id, []).append(event)
    return {**found}


async def of_kinds(tx: Tx, matter_ids: Iterable[str], kinds: Iterable[MatterEventKind]) -> dict[str, list[MatterEvent]]:
    """Events of these kinds in several matters, each matter's in order; a matter without any is not in it."""
    named = matter_events.c.matter_id.in_(sorted(set(matter_ids)))
    # As an expression: the index over kinds would lead a database through everything of a kind there ever was.
    kind = func.coalesce(matter_events.c.kind, matter_events.c.kind)
    wanted = kind.in_([each.value for each in kinds])
    query = _events.selecting().where(named, wanted).order_by(matter_events.c.matter_id, matter_events.c.seq)
    found: dict[str, list[MatterEvent]] = {}
    for event in await _events.all(tx, query):
        found.setdefault(event.matter_id, []).append(event)
    return found


async def decided_at(
    tx: Tx,
    court: str,
    kinds: Iterable[MatterEventKind],
    between: tuple[datetime, datetime],
    most: int,
    after: Place | None = None,
) -> list[MatterEvent]:
    """Events of these kinds in the matters of a court, from the first instant until before the second, newest first.

    Each kind is asked for on its own: its index has them in this order, so that nothing beyond `most` is looked at.
    """
    found: list[MatterEvent] = []
    at, matter_id = matter_events.c.at, matter_events.c.matter_id
    for kind in kinds:
        query = _events.selecting().join(matters, matters.c.id == matter_id)
        query = query.where(matter_events.c.kind == kind.value, matters.c.court == court, at < between[1])
        query = query.where(at >= between[0])
        if after is not None:
            last = literal(after.at, at.type)
            query = query.where(at <= last, or_(at < last, matter_id < after.id))
        found += await _events.all(tx, query.order_by(at.desc(), matter_id.desc()).limit(most))
    return sorted(found, key=lambda each: (each.at, each.matter_id), reverse=True)[:most]


async def last_event(tx: Tx, matter_id: str) -> MatterEvent | None:
    """The last entry of a matter's log, or None."""
    mine = matter_events.c.matter_id == matter_id
    return await _events.first(tx, _events.selecting().where(mine).order_by(matter_events.c.seq.desc()))
