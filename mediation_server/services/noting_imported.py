"""Bookmarks in recordings of imported matters (书签): as private as those in our own, and gone with the matter."""

from __future__ import annotations

from mediation_server.domain.ids import new_id
from mediation_server.domain.imported import ImportedNote
from mediation_server.domain.users import User
from mediation_server.errors import NotFound
from mediation_server.services.context import Context
from mediation_server.services.importing import check_imported, imported_matter
from mediation_server.services.noting import checked
from mediation_server.store import imports

__all__ = ["add_note", "notes_of", "remove_note"]


async def notes_of(ctx: Context, user: User, imported_id: str, viewing_id: str) -> list[ImportedNote]:
    """One's own notes about the recording one looks at. Raises what `check_imported` raises."""
    look = await check_imported(ctx, user, imported_id, viewing_id)
    async with ctx.db.reading() as tx:
        return await imports.notes_of(tx, look)


async def add_note(ctx: Context, user: User, imported_id: str, viewing_id: str, at_ms: int, text: str) -> ImportedNote:
    """Set a bookmark, with a note or without. Raises what `check_imported` and `noting.checked` raise."""
    look = await check_imported(ctx, user, imported_id, viewing_id)
    found = await imported_matter(ctx, user, imported_id)
    lasts_ms = int(found.lines("recordings")[look.number - 1]["duration_ms"])
    async with ctx.db.transaction() as tx:
        said = checked(at_ms, text, lasts_ms, await imports.how_many_notes(tx, look))
        note = ImportedNote(new_id(), imported_id, look.number, user.id, at_ms, said, ctx.clock.now())
        await imports.add_note(tx, note)
    return note


async def remove_note(ctx: Context, user: User, imported_id: str, viewing_id: str, note_id: str) -> None:
    """Take one's own note away. Raises `NotFound` for any other, and what `check_imported` raises."""
    look = await check_imported(ctx, user, imported_id, viewing_id)
    async with ctx.db.transaction() as tx:
        if not await imports.remove_note(tx, note_id, look):
            raise NotFound
