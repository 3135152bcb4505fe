"""What parties ask for and nobody has answered is found without looking at every sitting."""

from __future__ import annotations

from alembic import op

revision = "0026"
down_revision: str | None = "0025"


def upgrade() -> None:
    """Run the statement."""
    op.execute("CREATE INDEX ix_sitting_requests_open ON sitting_requests (kind, settled_at, asked_at)")
