"""Wrong attempts are counted in the database; drafts that nobody touches any more are found by their day."""

from __future__ import annotations

from alembic import op

revision = "0021"
down_revision: str | None = "0020"

_MADE = (
    """CREATE TABLE attempts (
    key_hash TEXT NOT NULL,
    since TIMESTAMP WITH TIME ZONE NOT NULL,
    count INTEGER NOT NULL,
    CONSTRAINT pk_attempts PRIMARY KEY (key_hash)
)""",
    "CREATE INDEX ix_attempts_since ON attempts (since)",
    "CREATE INDEX ix_applications_saved ON applications (matter_id, saved_at)",
)


def upgrade() -> None:
    """Make the table and the indexes."""
    for statement in _MADE:
        op.execute(statement)
