"""The row classes of what belongs to the house and to no matter: the years whose holidays were brought to it."""

from __future__ import annotations

from sqlalchemy import JSON, Integer, Table

from mediation_server.store.columns import key, metadata, must, refers
from mediation_server.store.types import UTCDateTime

__all__ = ["holiday_notices"]

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
