"""What was disposed of, and which matters are held; the certificates stay for good."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import delete

from mediation_server.domain.disposal import Disposal
from mediation_server.domain.matter import Matter
from mediation_server.domain.recording import Recording
from mediation_server.store.database import Tx
from mediation_server.store.disposal_tables import disposals, recording_copies
from mediation_server.store.mapping import Mapper
from mediation_server.store.tables import matters, recordings, review_notes, sessions

__all__ = [
    "at_court",
    "disposal",
    "forget_around",
    "held_at",
    "keys_destroyed",
    "of_matter",
    "recordings_in",
    "save",
    "unfinished",
]

_disposals = Mapper(Disposal, disposals)
_matters = Mapper(Matter, matters)
_recordings = Mapper(Recording, recordings)


async def save(tx: Tx, value: Disposal) -> None:
    """Write a disposal as it is now."""
    await _disposals.save(tx, value)


async def disposal(tx: Tx, disposal_id: str) -> Disposal | None:
    """The disposal with this id, or None."""
    return await _disposals.by_key(tx, disposal_id)


async def of_matter(tx: Tx, matter_id: str) -> Disposal | None:
    """The latest disposal of a matter, or None."""
    mine = _disposals.selecting().where(disposals.c.matter_id == matter_id)
    return await _disposals.first(tx, mine.order_by(disposals.c.decided_at.desc()))


async def at_court(tx: Tx, court: str | None, most: int) -> list[Disposal]:
    """The latest disposals at a court, at every court for None."""
    query = _disposals.selecting().order_by(disposals.c.decided_at.desc(), disposals.c.id).limit(most)
    return await _disposals.all(tx, query if court is None else query.where(disposals.c.court == court))


async def unfinished(tx: Tx, most: int) -> list[Disposal]:
    """Those that were decided and whose bytes may still lie there, earliest first."""
    waiting = _disposals.selecting().where(disposals.c.destroyed_at.is_(None))
    return await _disposals.all(tx, waiting.order_by(disposals.c.id).limit(most))


async def keys_destroyed(tx: Tx) -> list[str]:
    """The ids of every data key that a certificate names as destroyed."""
    done = await _disposals.all(tx, _disposals.selecting().where(disposals.c.destroyed_at.is_not(None)))
    return [str(key) for each in done for key in each.content.get("keys", ())]


async def held_at(tx: Tx, court: str | None, most: int) -> list[Matter]:
    """Matters that somebody holds, at a court or everywhere for None, by their ids."""
    query = _matters.selecting().where(matters.c.held.is_(True)).order_by(matters.c.id).limit(most)
    return await _matters.all(tx, query if court is None else query.where(matters.c.court == court))


async def recordings_in(tx: Tx, matter_id: str) -> list[Recording]:
    """Every recording of a matter, earliest first."""
    query = _recordings.selecting().join(sessions, sessions.c.id == recordings.c.session_id)
    return await _recordings.all(tx, query.where(sessions.c.matter_id == matter_id).order_by(recordings.c.started_at))


async def forget_around(tx: Tx, recording_ids: Iterable[str]) -> None:
    """What was noted beside recordings goes with them: bookmarks of reviewers, and what was known of second copies."""
    gone = sorted(set(recording_ids))
    await tx.execute(delete(review_notes).where(review_notes.c.recording_id.in_(gone)))
    await tx.execute(delete(recording_copies).where(recording_copies.c.recording_id.in_(gone)))
