"""Sides that stay where they are after a sitting in safety mode, until another has left."""

from __future__ import annotations

from alembic import op

revision = "0019"
down_revision: str | None = "0018"

_MADE = """CREATE TABLE exit_holds (
    session_id TEXT NOT NULL,
    matter_id TEXT NOT NULL,
    side TEXT NOT NULL,
    since TIMESTAMP WITH TIME ZONE NOT NULL,
    until TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_exit_holds PRIMARY KEY (session_id, side),
    CONSTRAINT fk_exit_holds_session FOREIGN KEY (session_id) REFERENCES sessions (id),
    CONSTRAINT fk_exit_holds_matter FOREIGN KEY (matter_id) REFERENCES matters (id)
)"""


def upgrade() -> None:
    """Run the statements."""
    op.execute(_MADE)
    op.execute("CREATE INDEX ix_exit_holds_matter ON exit_holds (matter_id, until)")
