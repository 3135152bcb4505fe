"""The row classes of matters as one file: bundles that are made here."""

from __future__ import annotations

from sqlalchemy import BigInteger, Index, Table

from mediation_server.domain.bundle import BundleState
from mediation_server.store.columns import key, may, metadata, must, refers
from mediation_server.store.types import EnumText, UTCDateTime, WordsText

__all__ = ["bundle_orders"]

bundle_orders = Table(
    "bundle_orders",
    metadata,
    must("id"),
    must("matter_id"),
    must("user_id"),
    must("language"),
    must("state", EnumText(BundleState)),
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
