"""Second copies of sealed recordings: which there are, and which are still to be made."""

from __future__ import annotations

from collections.abc import Iterable

from mediation_server.domain.disposal import RecordingCopy
from mediation_server.domain.recording import Recording, RecordingState
from mediation_server.store.database import Tx
from mediation_server.store.disposal_tables import recording_copies
from mediation_server.store.mapping import Mapper
from mediation_server.store.tables import recordings

__all__ = ["copies_of", "save", "wanting"]

_copies = Mapper(RecordingCopy, recording_copies, key="recording_id")
_recordings = Mapper(Recording, recordings)


async def save(tx: Tx, value: RecordingCopy) -> None:
    """Write what is known of a copy."""
    await _copies.save(tx, value)


async def copies_of(tx: Tx, recording_ids: Iterable[str]) -> list[RecordingCopy]:
    """What is known of the copies of these recordings, in no order."""
    return await _copies.all(tx, _copies.selecting().where(recording_copies.c.recording_id.in_(sorted(recording_ids))))


async def wanting(tx: Tx, most: int, besides: Iterable[str] = ()) -> list[Recording]:
    """Sealed recordings without a good copy, the newest first; `besides` are left out: those just tried in vain."""
    joined = _recordings.selecting().outerjoin(recording_copies, recording_copies.c.recording_id == recordings.c.id)
    bad = recording_copies.c.recording_id.is_(None) | (recording_copies.c.fault != "")
    wanted = (recordings.c.state == RecordingState.SEALED, bad, recordings.c.id.not_in(sorted(besides)))
    return await _recordings.all(tx, joined.where(*wanted).order_by(recordings.c.id.desc()).limit(most))
