"""The row classes of what belongs to the house and to no matter: holidays brought to it, attempts counted."""

from __future__ import annotations

from sqlalchemy import JSON, Index, Integer, Table

from mediation_server.store.columns import key, metadata, must, refers
from mediation_server.store.types import UTCDateTime

__all__ = ["attempts", "holiday_notices"]

attempts = Table(
    "attempts",
    metadata,
    must("key_hash"),
    must("since", UTCDateTime),
    must("count", Integer),
    key("attempts", "key_hash"),
    Index("ix_attempts_since", "since"),
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
