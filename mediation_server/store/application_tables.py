"""The row classes of intake: applications while they are written, agents of parties, running numbers."""

from __future__ import annotations

from sqlalchemy import JSON, Index, Integer, Table

from mediation_server.domain.checks.agents import AgentKind
from mediation_server.domain.party_agent import AgentStanding
from mediation_server.store.columns import key, may, metadata, must, refers, unique
from mediation_server.store.types import EnumText, UTCDateTime

__all__ = ["applications", "counters", "party_agents"]

applications = Table(
    "applications",
    metadata,
    must("id"),
    must("owner_id"),
    may("helped_by"),
    must("key_hash"),
    must("draft", JSON),
    must("created_at", UTCDateTime),
    must("saved_at", UTCDateTime),
    may("matter_id"),
    may("submitted_at", UTCDateTime),
    key("applications", "id"),
    unique("applications_matter", "matter_id"),
    refers("applications_owner", "owner_id", "users"),
    refers("applications_helper", "helped_by", "users"),
    refers("applications_matter", "matter_id", "matters"),
    Index("ix_applications_owner", "owner_id"),
    Index("ix_applications_saved", "matter_id", "saved_at"),
)

party_agents = Table(
    "party_agents",
    metadata,
    must("id"),
    must("party_id"),
    must("ordinal", Integer),
    must("kind", EnumText(AgentKind)),
    must("name"),
    must("phone"),
    may("licence"),
    may("firm"),
    must("powers", JSON),
    must("papers", JSON),
    must("standing", EnumText(AgentStanding)),
    may("user_id"),
    may("settled_at", UTCDateTime),
    may("settled_by"),
    must("reason"),
    key("party_agents", "id"),
    refers("party_agents_party", "party_id", "matter_parties"),
    refers("party_agents_user", "user_id", "users"),
    Index("ix_party_agents_party", "party_id"),
    Index("ix_party_agents_phone", "phone"),
    Index("ix_party_agents_user", "user_id"),
)

counters = Table(
    "counters",
    metadata,
    must("name"),
    must("last", Integer),
    key("counters", "name"),
)
