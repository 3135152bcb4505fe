"""What the database keeps of recordings; the media and their manifest lie in the vault."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select

from mediation_server.domain.recording import Recording, RecordingState
from mediation_server.errors import NotFound
from mediation_server.store.database import Tx
from mediation_server.store.mapping import Mapper
from mediation_server.store.matter_work import work_ids
from mediation_server.store.tables import recordings, sessions

__all__ = [
    "recording",
    "recordings_at_work",
    "recordings_named",
    "recordings_of",
    "save",
    "sealed_after",
]

_recordings = Mapper(Recording, recordings)
_NAMED = _recordings.among(recordings.c.id)


async def recording(tx: Tx, recording_id: str) -> Recording:
    """The recording with this id. Raises `NotFound`."""
    found = await _recordings.by_key(tx, recording_id)
    if found is None:
        raise NotFound
    return found


async def recordings_named(tx: Tx, recording_ids: Iterable[str]) -> list[Recording]:
    """The recordings with these ids, in no order; those that do not exist are missing."""
    return await _recordings.all_among(tx, _NAMED, recording_ids)


async def recordings_of(tx: Tx, session_ids: Iterable[str]) -> list[Recording]:
    """The recordings of several sittings, earliest first; those of one sitting as they were begun."""
    named = recordings.c.session_id.in_(sorted(set(session_ids)))
    query = _recordings.selecting().where(named).order_by(recordings.c.started_at, recordings.c.id)
    return await _recordings.all(tx, query)


async def recordings_at_work(tx: Tx, user_id: str, most: int) -> list[Recording]:
    """The newest recordings in the matters somebody mediates, tries or reviews, newest first; archived ones aside."""
    # The offset keeps the matters apart: joined with the rest, PostgreSQL would read every sitting there is.
    mine = select(work_ids(user_id).subquery().c.id).offset(0).subquery()
    held = select(sessions.c.id).join(mine, mine.c.id == sessions.c.matter_id).subquery()
    query = _recordings.selecting().join(held, held.c.id == recordings.c.session_id)
    return await _recordings.all(tx, query.order_by(recordings.c.started_at.desc(), recordings.c.id).limit(most))


async def sealed_after(tx: Tx, last: str, most: int) -> list[tuple[Recording, str]]:
    """Sealed recordings, each with the id of its matter, in the order of their ids, after `last`."""
    sealed = _recordings.selecting().where(recordings.c.state == RecordingState.SEALED, recordings.c.id > last)
    found = await _recordings.all(tx, sealed.order_by(recordings.c.id).limit(most))
    sittings = [each.session_id for each in found]
    named = await tx.execute(select(sessions.c.id, sessions.c.matter_id).where(sessions.c.id.in_(sittings)))
    matters = {str(session): str(matter) for session, matter in named}
    return [(each, matters[each.session_id]) for each in found]


async def save(tx: Tx, value: Recording) -> None:
    """Write a recording as it is now."""
    await _recordings.save(tx, value)
