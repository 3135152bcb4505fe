"""The row classes of evidence that comes from outside: trusted time stamps."""

from __future__ import annotations

from sqlalchemy import Index, Table

from mediation_server.store.columns import key, may, metadata, must, refers
from mediation_server.store.types import UTCDateTime

__all__ = ["time_stamps"]

time_stamps = Table(
    "time_stamps",
    metadata,
    must("recording_id"),
    must("subject"),
    must("digest"),
    must("asked_at", UTCDateTime),
    must("token"),
    may("stamped_at", UTCDateTime),
    key("time_stamps", "recording_id", "subject"),
    refers("time_stamps_recording", "recording_id", "recordings"),
    Index("ix_time_stamps_waiting", "token", "asked_at"),
)
