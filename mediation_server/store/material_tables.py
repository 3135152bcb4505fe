"""The row classes of what parties hand in: items, their files, files on their way, opinions."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Dialect, Index, Integer, Table, Text
from sqlalchemy.types import TypeDecorator

from mediation_server.domain.checks.agents import AgentPaper
from mediation_server.domain.material import FileState, MaterialKind, MaterialState, ScanState
from mediation_server.domain.people import Side
from mediation_server.store.columns import key, may, metadata, must, refers, unique
from mediation_server.store.types import EnumText, UTCDateTime

__all__ = ["SidesText", "material_files", "material_opinions", "material_uploads", "materials"]


class SidesText(TypeDecorator[tuple[Side, ...]]):
    """Some sides in their order as one text with commas between; empty for none."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: tuple[Side, ...] | None, dialect: Dialect) -> str | None:
        """To the database."""
        del dialect
        return None if value is None else ",".join(each.value for each in value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> tuple[Side, ...]:
        """From the database."""
        del dialect
        return tuple(Side(each) for each in (value or "").split(",") if each)


materials = Table(
    "materials",
    metadata,
    must("id"),
    must("matter_id"),
    may("party_id"),
    must("side", EnumText(Side)),
    must("kind", EnumText(MaterialKind)),
    must("state", EnumText(MaterialState)),
    must("title"),
    must("proves"),
    must("kept", Boolean),
    must("created_by"),
    must("created_at", UTCDateTime),
    may("number", Integer),
    may("submitted_at", UTCDateTime),
    may("returned_at", UTCDateTime),
    must("return_reason"),
    may("withdrawn_at", UTCDateTime),
    may("released_at", UTCDateTime),
    may("relayed_at", UTCDateTime),
    may("relayed_by"),
    must("relayed_to", SidesText),
    may("agent_id"),
    may("paper", EnumText(AgentPaper)),
    may("writing_id"),
    may("for_party_id"),
    key("materials", "id"),
    unique("materials_number", "matter_id", "side", "number"),
    refers("materials_matter", "matter_id", "matters"),
    refers("materials_party", "party_id", "matter_parties"),
    refers("materials_maker", "created_by", "users"),
    refers("materials_relayer", "relayed_by", "users"),
    refers("materials_agent", "agent_id", "party_agents"),
    refers("materials_writing", "writing_id", "writings"),
    refers("materials_reader", "for_party_id", "matter_parties"),
)

material_files = Table(
    "material_files",
    metadata,
    must("id"),
    must("material_id"),
    must("ordinal", Integer),
    must("sha256"),
    must("media_type"),
    must("bytes", BigInteger),
    must("name"),
    must("state", EnumText(FileState)),
    must("pages", Integer),
    must("uploaded_at", UTCDateTime),
    may("fault"),
    must("scan", EnumText(ScanState)),
    key("material_files", "id"),
    refers("material_files_material", "material_id", "materials"),
    Index("ix_material_files_material", "material_id"),
    Index("ix_material_files_sha256", "sha256"),
    Index("ix_material_files_state", "state"),
)

material_uploads = Table(
    "material_uploads",
    metadata,
    must("id"),
    must("material_id"),
    must("user_id"),
    must("name"),
    must("bytes", BigInteger),
    must("created_at", UTCDateTime),
    key("material_uploads", "id"),
    refers("material_uploads_material", "material_id", "materials"),
    refers("material_uploads_user", "user_id", "users"),
    Index("ix_material_uploads_material", "material_id"),
)

material_opinions = Table(
    "material_opinions",
    metadata,
    must("id"),
    must("material_id"),
    must("party_id"),
    must("authentic", Boolean),
    must("lawful", Boolean),
    must("relevant", Boolean),
    must("reason"),
    must("given_at", UTCDateTime),
    key("material_opinions", "id"),
    unique("material_opinions_party", "material_id", "party_id"),
    refers("material_opinions_material", "material_id", "materials"),
    refers("material_opinions_party", "party_id", "matter_parties"),
)
