"""Bookmarks and notes of reviewers, each read by its writer alone."""

from __future__ import annotations

from sqlalchemy import delete, func, select

from mediation_server.domain.viewing import ReviewNote
from mediation_server.store.database import Tx
from mediation_server.store.mapping import Mapper
from mediation_server.store.viewing_tables import review_notes

__all__ = ["add", "how_many", "notes_of", "remove"]

_notes = Mapper(ReviewNote, review_notes)


async def add(tx: Tx, value: ReviewNote) -> None:
    """A new note."""
    await _notes.add(tx, value)


async def notes_of(tx: Tx, recording_id: str, user_id: str) -> list[ReviewNote]:
    """What one person noted about one recording, in the order of the recording."""
    query = _notes.selecting().where(review_notes.c.recording_id == recording_id, review_notes.c.user_id == user_id)
    return await _notes.all(tx, query.order_by(review_notes.c.at_ms, review_notes.c.id))


async def how_many(tx: Tx, recording_id: str, user_id: str) -> int:
    """How many notes one person has about one recording."""
    mine = (review_notes.c.recording_id == recording_id, review_notes.c.user_id == user_id)
    return (await tx.execute(select(func.count()).where(*mine))).scalar_one()


async def remove(tx: Tx, note_id: str, recording_id: str, user_id: str) -> bool:
    """Take one of one's own notes away; False when there is none of that id."""
    mine = (review_notes.c.recording_id == recording_id, review_notes.c.user_id == user_id)
    gone = await tx.execute(delete(review_notes).where(review_notes.c.id == note_id, *mine))
    return bool(gone.rowcount)
