"""The row classes of what the clocks want: when to look at a matter again, and messages that wait to be sent."""

from __future__ import annotations

from sqlalchemy import Index, Table

from mediation_server.domain.notice import Channel
from mediation_server.store.columns import key, metadata, must, refers, unique
from mediation_server.store.types import DateText, EnumText, UTCDateTime

__all__ = ["calendar_feeds", "clock_looks", "notice_queue"]

clock_looks = Table(
    "clock_looks",
    metadata,
    must("matter_id"),
    must("look_on", DateText),
    key("clock_looks", "matter_id"),
    refers("clock_looks_matter", "matter_id", "matters"),
    Index("ix_clock_looks_on", "look_on", "matter_id"),
)

calendar_feeds = Table(
    "calendar_feeds",
    metadata,
    must("user_id"),
    must("token_hash"),
    must("created_at", UTCDateTime),
    key("calendar_feeds", "user_id"),
    unique("calendar_feeds_token", "token_hash"),
    refers("calendar_feeds_user", "user_id", "users"),
)

notice_queue = Table(
    "notice_queue",
    metadata,
    must("id"),
    must("channel", EnumText(Channel)),
    must("recipient"),
    must("subject"),
    must("body"),
    must("sent_at", UTCDateTime),
    must("attachment_name"),
    must("attachment"),
    key("notice_queue", "id"),
)
