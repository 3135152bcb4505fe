"""Whoever watches a recording may set bookmarks and notes, for themselves alone."""

from __future__ import annotations

from alembic import op

revision = "0015"
down_revision: str | None = "0014"

_MADE = (
    """CREATE TABLE review_notes (
    id TEXT NOT NULL,
    recording_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    text TEXT NOT NULL,
    written_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_review_notes PRIMARY KEY (id),
    CONSTRAINT fk_review_notes_recording FOREIGN KEY (recording_id) REFERENCES recordings (id),
    CONSTRAINT fk_review_notes_user FOREIGN KEY (user_id) REFERENCES users (id)
)""",
    "CREATE INDEX ix_review_notes_reader ON review_notes (recording_id, user_id, at_ms)",
)


def upgrade() -> None:
    """Make the table."""
    for statement in _MADE:
        op.execute(statement)
