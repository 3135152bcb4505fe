"""Recordings carry the root of their evidence; trusted time stamps wait here and are kept."""

from __future__ import annotations

from alembic import op

revision = "0018"
down_revision: str | None = "0017"

_STATEMENTS = (
    "ALTER TABLE recordings ADD COLUMN root TEXT",
    """CREATE TABLE time_stamps (
    recording_id TEXT NOT NULL,
    subject TEXT NOT NULL,
    digest TEXT NOT NULL,
    asked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    token TEXT NOT NULL,
    stamped_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_time_stamps PRIMARY KEY (recording_id, subject),
    CONSTRAINT fk_time_stamps_recording FOREIGN KEY (recording_id) REFERENCES recordings (id)
)""",
    "CREATE INDEX ix_time_stamps_waiting ON time_stamps (token, asked_at)",
)


def upgrade() -> None:
    """Run the statements."""
    for statement in _STATEMENTS:
        op.execute(statement)
