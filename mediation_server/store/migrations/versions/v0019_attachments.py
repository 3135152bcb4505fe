"""To which entry of a sitting in writing an item is attached."""

from __future__ import annotations

from mediation_server.store.migrations.adding import Column, add_columns

revision = "0019"
down_revision: str | None = "0018"


def upgrade() -> None:
    """Run the statement."""
    refers = "CONSTRAINT fk_materials_writing FOREIGN KEY (writing_id) REFERENCES writings (id)"
    add_columns("materials", (Column("writing_id", "TEXT"),), (refers,))
