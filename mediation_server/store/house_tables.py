"""The row classes of what belongs to the house and to no matter: courts, holidays, attempts that are counted."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Index, Integer, Table

from mediation_server.store.columns import key, metadata, must, refers, unique
from mediation_server.store.types import UTCDateTime

__all__ = ["attempts", "courts", "holiday_notices"]

attempts = Table(
    "attempts",
    metadata,
    must("key_hash"),
    must("since", UTCDateTime),
    must("count", Integer),
    key("attempts", "key_hash"),
    Index("ix_attempts_since", "since"),
)

courts = Table(
    "courts",
    metadata,
    must("code"),
    must("name"),
    must("name_en"),
    must("open", Boolean),
    must("tracks", JSON),
    must("changed_at", UTCDateTime),
    must("changed_by"),
    key("courts", "code"),
    unique("courts_name", "name"),
    refers("courts_user", "changed_by", "users"),
)

holiday_notices = Table(
    "holiday_notices",
    metadata,
    must("year", Integer),
    must("notice", JSON),
    must("published_at", UTCDateTime),
    must("published_by"),
    key("holiday_notices", "year"),
    refers("holiday_notices_user", "published_by", "users"),
)
