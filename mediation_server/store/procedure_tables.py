"""The row classes of a matter's procedure: its log, and what else belongs to no single sitting."""

from __future__ import annotations

from sqlalchemy import JSON, Index, Integer, Table

from mediation_server.domain.matter_log import MatterEventKind
from mediation_server.store.columns import key, metadata, must, refers
from mediation_server.store.types import EnumText, UTCDateTime

__all__ = ["matter_events"]

matter_events = Table(
    "matter_events",
    metadata,
    must("matter_id"),
    must("seq", Integer),
    must("at", UTCDateTime),
    must("actor"),
    must("role"),
    must("kind", EnumText(MatterEventKind)),
    must("payload", JSON),
    must("previous"),
    must("hash"),
    key("matter_events", "matter_id", "seq"),
    refers("matter_events_matter", "matter_id", "matters"),
    Index("ix_matter_events_kind", "kind", "at", "matter_id"),
)
