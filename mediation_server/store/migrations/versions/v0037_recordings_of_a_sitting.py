"""A sitting can have several recordings: where nobody can go on with one, another is begun beside it."""

from __future__ import annotations

from alembic import op

from mediation_server.store.migrations.adding import drop_constraint

revision = "0037"
down_revision: str | None = "0036"


def upgrade() -> None:
    """Let go of the key that allowed one alone; its index was that of the column."""
    drop_constraint("recordings", "uq_recordings_session")
    op.execute("CREATE INDEX ix_recordings_session ON recordings (session_id)")
