"""To which entry of a sitting in writing an item is attached; what a virus scanner said of a file."""

from __future__ import annotations

from mediation_server.store.migrations.adding import Column, add_columns

revision = "0020"
down_revision: str | None = "0019"


def upgrade() -> None:
    """Run the statements."""
    refers = "CONSTRAINT fk_materials_writing FOREIGN KEY (writing_id) REFERENCES writings (id)"
    add_columns("materials", (Column("writing_id", "TEXT"),), (refers,))
    add_columns("material_files", (Column("scan", "TEXT NOT NULL", "'unscanned'"),))
