"""The row classes of what reviewers keep beside a recording."""

from __future__ import annotations

from sqlalchemy import Index, Integer, Table

from mediation_server.store.columns import key, metadata, must, refers
from mediation_server.store.types import UTCDateTime

__all__ = ["review_notes"]

review_notes = Table(
    "review_notes",
    metadata,
    must("id"),
    must("recording_id"),
    must("user_id"),
    must("at_ms", Integer),
    must("text"),
    must("written_at", UTCDateTime),
    key("review_notes", "id"),
    refers("review_notes_recording", "recording_id", "recordings"),
    refers("review_notes_user", "user_id", "users"),
    Index("ix_review_notes_reader", "recording_id", "user_id", "at_ms"),
)
