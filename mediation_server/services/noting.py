"""Bookmarks and notes of whoever watches a recording (书签): private, and out of reach once the viewing may not go on.

They are written into no file and no log: a judge's thoughts while watching belong to nobody's record. That they are
reached through a viewing alone is what keeps them behind the recording wall, for they tell of what was said.
"""

from __future__ import annotations

from mediation_server.domain.ids import new_id
from mediation_server.domain.users import User
from mediation_server.domain.viewing import NOTE_CHARACTERS, NOTES_MOST, ReviewNote
from mediation_server.errors import BadInput, Conflict, NotFound
from mediation_server.services.context import Context
from mediation_server.services.recording_wall import check_viewing
from mediation_server.store import recordings, review_notes

__all__ = ["add_note", "checked", "notes_of", "remove_note"]


async def notes_of(ctx: Context, user: User, viewing_id: str) -> list[ReviewNote]:
    """One's own notes about the viewed recording, of earlier viewings too. Raises what `check_viewing` raises."""
    viewing = await check_viewing(ctx, user, viewing_id)
    async with ctx.db.reading() as tx:
        return await review_notes.notes_of(tx, viewing.recording_id, user.id)


async def add_note(ctx: Context, user: User, viewing_id: str, at_ms: int, text: str) -> ReviewNote:
    """Set a bookmark, with a note or without.

    Raises `BadInput` for a moment outside the recording or a note that is too long, `Conflict("notes_full")`, and what
    `check_viewing` raises.
    """
    viewing = await check_viewing(ctx, user, viewing_id)
    async with ctx.db.transaction() as tx:
        recording = await recordings.recording(tx, viewing.recording_id)
        held = await review_notes.how_many(tx, recording.id, user.id)
        said = checked(at_ms, text, recording.duration_ms or 0, held)
        note = ReviewNote(new_id(), recording.id, user.id, at_ms, said, ctx.clock.now())
        await review_notes.add(tx, note)
    return note


async def remove_note(ctx: Context, user: User, viewing_id: str, note_id: str) -> None:
    """Take one's own note away. Raises `NotFound` for any other, and what `check_viewing` raises."""
    viewing = await check_viewing(ctx, user, viewing_id)
    async with ctx.db.transaction() as tx:
        if not await review_notes.remove(tx, note_id, viewing.recording_id, user.id):
            raise NotFound


def checked(at_ms: int, text: str, lasts_ms: int, held: int) -> str:
    """The note as it is kept, in a recording of `lasts_ms` with `held` notes. Raises `BadInput`, `Conflict`."""
    said = text.strip()
    if len(said) > NOTE_CHARACTERS or "\0" in said:
        raise BadInput("too_long", field="text", most=NOTE_CHARACTERS)
    if not 0 <= at_ms <= lasts_ms:
        raise BadInput("number_range", field="at_ms", least=0, most=lasts_ms)
    if held >= NOTES_MOST:
        raise Conflict("notes_full", most=NOTES_MOST)
    return said
