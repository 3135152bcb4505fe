"""Matters taken in from bundles, and who looks at their recordings."""

from __future__ import annotations

from sqlalchemy import ColumnElement, delete, func, select

from mediation_server.domain.imported import ImportedMatter, ImportedNote, ImportedViewing
from mediation_server.store.bundle_tables import imported_matters, imported_notes, imported_viewings
from mediation_server.store.database import Tx
from mediation_server.store.mapping import Mapper

__all__ = [
    "add",
    "add_note",
    "all_ids",
    "by_sha256",
    "how_many_notes",
    "imported",
    "notes_of",
    "of_user",
    "remove",
    "remove_note",
    "save_viewing",
    "viewing",
]

_matters = Mapper(ImportedMatter, imported_matters)
_viewings = Mapper(ImportedViewing, imported_viewings)
_notes = Mapper(ImportedNote, imported_notes)
_SHOWN = 200


async def add(tx: Tx, value: ImportedMatter) -> None:
    """A matter that was taken in."""
    await _matters.add(tx, value)


async def imported(tx: Tx, imported_id: str) -> ImportedMatter | None:
    """The imported matter with this id, or None."""
    return await _matters.by_key(tx, imported_id)


async def all_ids(tx: Tx) -> list[str]:
    """The ids of all of them."""
    return list((await tx.execute(select(imported_matters.c.id))).scalars())


async def by_sha256(tx: Tx, sha256: str) -> ImportedMatter | None:
    """The one that was taken in from the bundle with this list, or None."""
    return await _matters.first(tx, _matters.selecting().where(imported_matters.c.sha256 == sha256))


async def of_user(tx: Tx, user_id: str) -> list[ImportedMatter]:
    """What somebody took in, the newest first."""
    query = _matters.selecting().where(imported_matters.c.imported_by == user_id)
    return await _matters.all(tx, query.order_by(imported_matters.c.imported_at.desc()).limit(_SHOWN))


async def remove(tx: Tx, imported_id: str) -> None:
    """Forget an imported matter, the looks at it and the notes about it."""
    await tx.execute(delete(imported_notes).where(imported_notes.c.imported_id == imported_id))
    await tx.execute(delete(imported_viewings).where(imported_viewings.c.imported_id == imported_id))
    await tx.execute(delete(imported_matters).where(imported_matters.c.id == imported_id))


async def save_viewing(tx: Tx, value: ImportedViewing) -> None:
    """Write a look as it is now."""
    await _viewings.save(tx, value)


async def viewing(tx: Tx, viewing_id: str) -> ImportedViewing | None:
    """The look with this id, or None."""
    return await _viewings.by_key(tx, viewing_id)


async def add_note(tx: Tx, value: ImportedNote) -> None:
    """A new bookmark."""
    await _notes.add(tx, value)


async def notes_of(tx: Tx, look: ImportedViewing) -> list[ImportedNote]:
    """What the one who looks noted about that recording, in the order of the recording."""
    query = _notes.selecting().where(*_about(look)).order_by(imported_notes.c.at_ms, imported_notes.c.id)
    return await _notes.all(tx, query)


async def how_many_notes(tx: Tx, look: ImportedViewing) -> int:
    """How many that are."""
    return (await tx.execute(select(func.count()).where(*_about(look)))).scalar_one()


async def remove_note(tx: Tx, note_id: str, look: ImportedViewing) -> bool:
    """Take one of them away; False when there is none of that id."""
    gone = await tx.execute(delete(imported_notes).where(imported_notes.c.id == note_id, *_about(look)))
    return bool(gone.rowcount)


def _about(look: ImportedViewing) -> tuple[ColumnElement[bool], ...]:
    table = imported_notes.c
    return table.imported_id == look.imported_id, table.number == look.number, table.user_id == look.user_id
