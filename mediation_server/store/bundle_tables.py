"""The row classes of matters as one file: bundles that are made here, and those that were taken in."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Boolean, Index, Integer, Table

from mediation_server.domain.making import MakingState
from mediation_server.store.columns import key, may, metadata, must, refers, unique
from mediation_server.store.types import EnumText, UTCDateTime, WordsText

__all__ = ["bundle_orders", "imported_matters", "imported_notes", "imported_viewings"]

bundle_orders = Table(
    "bundle_orders",
    metadata,
    must("id"),
    must("matter_id"),
    must("user_id"),
    must("language"),
    must("state", EnumText(MakingState)),
    must("asked_at", UTCDateTime),
    must("done", BigInteger),
    must("total", BigInteger),
    may("bytes", BigInteger),
    may("sha256"),
    must("sources", WordsText()),
    may("fault"),
    may("expires_at", UTCDateTime),
    key("bundle_orders", "id"),
    refers("bundle_orders_matter", "matter_id", "matters"),
    refers("bundle_orders_user", "user_id", "users"),
    Index("ix_bundle_orders_reader", "matter_id", "user_id", "asked_at"),
    Index("ix_bundle_orders_state", "state", "asked_at"),
)

imported_matters = Table(
    "imported_matters",
    metadata,
    must("id"),
    must("sha256"),
    must("ref"),
    must("court"),
    must("key"),
    must("key_known", Boolean),
    must("said", JSON),
    must("bytes", BigInteger),
    must("reason"),
    must("imported_by"),
    must("imported_at", UTCDateTime),
    key("imported_matters", "id"),
    unique("imported_matters_bundle", "sha256"),
    refers("imported_matters_user", "imported_by", "users"),
    Index("ix_imported_matters_user", "imported_by", "imported_at"),
)

imported_viewings = Table(
    "imported_viewings",
    metadata,
    must("id"),
    must("imported_id"),
    must("number", Integer),
    must("user_id"),
    must("reason"),
    must("watermark"),
    must("opened_at", UTCDateTime),
    must("expires_at", UTCDateTime),
    key("imported_viewings", "id"),
    refers("imported_viewings_matter", "imported_id", "imported_matters"),
    refers("imported_viewings_user", "user_id", "users"),
    Index("ix_imported_viewings_matter", "imported_id"),
)

imported_notes = Table(
    "imported_notes",
    metadata,
    must("id"),
    must("imported_id"),
    must("number", Integer),
    must("user_id"),
    must("at_ms", Integer),
    must("text"),
    must("written_at", UTCDateTime),
    key("imported_notes", "id"),
    refers("imported_notes_matter", "imported_id", "imported_matters"),
    refers("imported_notes_user", "user_id", "users"),
    Index("ix_imported_notes_reader", "imported_id", "number", "user_id", "at_ms"),
)
