"""The list of a body is sorted in the index of its mediators, the state of each matter included."""

from __future__ import annotations

from alembic import op

revision = "0029"
down_revision: str | None = "0028"


def upgrade() -> None:
    """Make the index anew."""
    op.execute("DROP INDEX ix_matters_mediator")
    op.execute("CREATE INDEX ix_matters_mediator ON matters (mediator_id, next_due, id, state)")
