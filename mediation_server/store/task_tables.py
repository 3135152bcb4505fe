"""The row class of tasks: what waits for a person."""

from __future__ import annotations

from sqlalchemy import JSON, Index, Table

from mediation_server.domain.task import TaskKind
from mediation_server.store.columns import key, may, metadata, must, refers
from mediation_server.store.types import DateText, EnumText, UTCDateTime

__all__ = ["tasks"]

tasks = Table(
    "tasks",
    metadata,
    must("id"),
    must("matter_id"),
    must("kind", EnumText(TaskKind)),
    must("court"),
    must("opened_at", UTCDateTime),
    must("due", DateText),
    must("facts", JSON),
    may("done_at", UTCDateTime),
    may("done_by"),
    must("note"),
    key("tasks", "id"),
    refers("tasks_matter", "matter_id", "matters"),
    Index("ix_tasks_matter", "matter_id"),
    Index("ix_tasks_court", "court", "done_at", "due"),
)
