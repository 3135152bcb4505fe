"""Agents sign in: their account, whether their papers were checked, which paper an item is, whether a side is there."""

from __future__ import annotations

from alembic import op

from mediation_server.store.migrations.adding import Column, add_columns

revision = "0016"
down_revision: str | None = "0015"


def upgrade() -> None:
    """Run the statements."""
    add_columns(
        "party_agents",
        (
            Column("standing", "TEXT NOT NULL", "'waiting'"),
            Column("user_id", "TEXT"),
            Column("settled_at", "TIMESTAMP WITH TIME ZONE"),
            Column("settled_by", "TEXT"),
            Column("reason", "TEXT NOT NULL", "''"),
        ),
        ("CONSTRAINT fk_party_agents_user FOREIGN KEY (user_id) REFERENCES users (id)",),
    )
    op.execute("CREATE INDEX ix_party_agents_phone ON party_agents (phone)")
    op.execute("CREATE INDEX ix_party_agents_user ON party_agents (user_id)")
    add_columns(
        "materials",
        (Column("agent_id", "TEXT"), Column("paper", "TEXT")),
        ("CONSTRAINT fk_materials_agent FOREIGN KEY (agent_id) REFERENCES party_agents (id)",),
    )
    add_columns("participants", (Column("stands_in", "BOOLEAN NOT NULL", "TRUE"),))
