"""The session log in the database: appended to and read, never changed (triggers see to it)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, select, tuple_

from mediation_server.domain import log
from mediation_server.domain.log import EventKind, SessionEvent
from mediation_server.store import sessions
from mediation_server.store.database import Tx
from mediation_server.store.mapping import Mapper
from mediation_server.store.tables import session_events

__all__ = ["Entry", "append_all", "append_event", "events_of", "last_event", "of_kind"]

_events = Mapper(SessionEvent, session_events, key="hash")


class Entry(NamedTuple):
    """What is to be appended to the log of a sitting; `offset_ms` as in a `SessionEvent`."""

    session_id: str
    offset_ms: int
    actor: str
    kind: EventKind
    payload: Mapping[str, object]


async def append_event(  # noqa: PLR0913 - the fields of an entry
    tx: Tx,
    session_id: str,
    *,
    at: datetime,
    offset_ms: int,
    actor: str,
    kind: EventKind,
    payload: Mapping[str, object],
) -> SessionEvent:
    """Append to a sitting's log, chained to its last entry. Raises `NotFound` for an unknown sitting."""
    await sessions.locked(tx, session_id)
    last = await last_event(tx, session_id)
    entry = log.append(last, session_id=session_id, at=at, offset_ms=offset_ms, actor=actor, kind=kind, payload=payload)
    await _events.add(tx, entry)
    return entry


async def append_all(tx: Tx, at: datetime, said: Sequence[Entry]) -> list[SessionEvent]:
    """Append to the logs of one or more sittings, to each in this order; the caller holds the sittings locked."""
    if not said:
        return []
    last = await _last_of(tx, {each.session_id for each in said})
    written = []
    for each in said:
        entry = log.append(last.get(each.session_id), at=at, **each._asdict())
        last[each.session_id] = entry
        written.append(entry)
    await _events.add_all(tx, written)
    return written


async def _last_of(tx: Tx, session_ids: Collection[str]) -> dict[str, SessionEvent]:
    """The last entry of each of these logs."""
    named = session_events.c.session_id.in_(sorted(session_ids))
    ends = select(session_events.c.session_id, func.max(session_events.c.seq)).where(named)
    place = tuple_(session_events.c.session_id, session_events.c.seq)
    query = _events.selecting().where(place.in_(ends.group_by(session_events.c.session_id)))
    return {each.session_id: each for each in await _events.all(tx, query)}


async def events_of(tx: Tx, session_id: str, after: int = 0) -> list[SessionEvent]:
    """The log of a sitting in order, from the entry that follows number `after`."""
    mine = (session_events.c.session_id == session_id, session_events.c.seq > after)
    return await _events.all(tx, _events.selecting().where(*mine).order_by(session_events.c.seq))


async def of_kind(tx: Tx, session_ids: Iterable[str], kind: EventKind) -> list[SessionEvent]:
    """The events of one kind in the logs of several sittings."""
    named = session_events.c.session_id.in_(sorted(set(session_ids)))
    query = _events.selecting().where(named, session_events.c.kind == kind).order_by(session_events.c.seq)
    return await _events.all(tx, query)


async def last_event(tx: Tx, session_id: str) -> SessionEvent | None:
    """The last entry of a sitting's log, or None."""
    mine = session_events.c.session_id == session_id
    return await _events.first(tx, _events.selecting().where(mine).order_by(session_events.c.seq.desc()))
