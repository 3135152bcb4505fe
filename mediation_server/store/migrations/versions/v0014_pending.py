"""Matters whose other side is still being asked are found without looking through all that are mediated."""

from __future__ import annotations

from alembic import op

revision = "0014"
down_revision: str | None = "0013"


def upgrade() -> None:
    """Run the statement."""
    op.execute("CREATE INDEX ix_matters_pending ON matters (court, consent_pending)")
