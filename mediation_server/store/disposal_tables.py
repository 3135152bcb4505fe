"""The row classes of keeping: what was disposed of, and second copies of recordings."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Index, Table

from mediation_server.store.columns import key, may, metadata, must, refers
from mediation_server.store.types import UTCDateTime

__all__ = ["disposals", "recording_copies"]

disposals = Table(
    "disposals",
    metadata,
    must("id"),
    must("matter_id"),
    must("court"),
    must("proposed_by"),
    must("approved_by"),
    must("decided_at", UTCDateTime),
    must("content", JSON),
    must("sha256"),
    may("destroyed_at", UTCDateTime),
    key("disposals", "id"),
    refers("disposals_matter", "matter_id", "matters"),
    Index("ix_disposals_matter", "matter_id", "decided_at"),
    Index("ix_disposals_court", "court", "decided_at", "id"),
    Index("ix_disposals_open", "destroyed_at", "id"),
)

recording_copies = Table(
    "recording_copies",
    metadata,
    must("recording_id"),
    must("bytes", BigInteger),
    must("made_at", UTCDateTime),
    must("checked_at", UTCDateTime),
    must("fault"),
    key("recording_copies", "recording_id"),
    refers("recording_copies_recording", "recording_id", "recordings"),
)
