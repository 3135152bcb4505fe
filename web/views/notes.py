"""Bookmarks as the reviewer's page takes them, of our own recordings and of imported ones alike; pure."""

from __future__ import annotations

from mediation_server.domain.imported import ImportedNote
from mediation_server.domain.viewing import ReviewNote

__all__ = ["LONGEST_MS", "note_told"]

LONGEST_MS = 10**9  # of any recording; the services know how long each is


def note_told(each: ReviewNote | ImportedNote) -> dict[str, object]:
    """One bookmark as JSON values."""
    return {"id": each.id, "offset_ms": each.at_ms, "text": each.text}
