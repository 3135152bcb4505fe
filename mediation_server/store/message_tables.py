"""The row classes of messages: to and from the court, and to people."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Index, Integer, Table

from mediation_server.domain.notice import Channel
from mediation_server.store.columns import key, may, metadata, must, refers, unique
from mediation_server.store.types import EnumText, UTCDateTime

__all__ = ["inbox", "notices", "outbox"]

outbox = Table(
    "outbox",
    metadata,
    must("message_id"),
    must("matter_id"),
    may("session_id"),
    must("seq", Integer),
    must("type"),
    must("business_key"),
    must("payload", JSON),
    must("occurred_at", UTCDateTime),
    must("attempts", Integer),
    must("next_attempt_at", UTCDateTime),
    may("delivered_at", UTCDateTime),
    may("court_version", Integer),
    may("last_error"),
    must("dead", Boolean),
    key("outbox", "message_id"),
    unique("outbox_order", "matter_id", "seq"),
    unique("outbox_business", "matter_id", "type", "business_key"),
    refers("outbox_matter", "matter_id", "matters"),
    refers("outbox_session", "session_id", "sessions"),
    Index("ix_outbox_due", "delivered_at", "next_attempt_at"),
    Index("ix_outbox_session", "session_id"),
)

inbox = Table(
    "inbox",
    metadata,
    must("message_id"),
    must("matter_ref"),
    must("seq", Integer),
    must("type"),
    must("business_key"),
    must("payload_sha256"),
    must("payload", JSON),
    must("answer", JSON),
    must("occurred_at", UTCDateTime),
    must("received_at", UTCDateTime),
    key("inbox", "message_id"),
    unique("inbox_order", "matter_ref", "seq"),
    Index("ix_inbox_business", "matter_ref", "type", "business_key"),
)

notices = Table(
    "notices",
    metadata,
    must("id"),
    must("channel", EnumText(Channel)),
    must("recipient"),
    must("subject"),
    must("body"),
    must("sent_at", UTCDateTime),
    must("attachment_name"),
    must("attachment"),
    key("notices", "id"),
)
