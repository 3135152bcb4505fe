"""Whoever presides over a sitting in writing attaches files, too: to what is for all, or for one party alone."""

from __future__ import annotations

from mediation_server.store.migrations.adding import Column, add_columns

revision = "0033"
down_revision: str | None = "0032"


def upgrade() -> None:
    """Add the column; an item need not be a party's any more."""
    refers = "CONSTRAINT fk_materials_reader FOREIGN KEY (for_party_id) REFERENCES matter_parties (id)"
    add_columns("materials", (Column("for_party_id", "TEXT"),), (refers,), optional=("party_id",))
