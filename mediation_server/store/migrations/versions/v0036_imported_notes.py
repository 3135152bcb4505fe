"""Recordings of imported matters can be bookmarked, too."""

from __future__ import annotations

from alembic import op

revision = "0036"
down_revision: str | None = "0035"

_MADE = (
    """CREATE TABLE imported_notes (
    id TEXT NOT NULL,
    imported_id TEXT NOT NULL,
    number INTEGER NOT NULL,
    user_id TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    text TEXT NOT NULL,
    written_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_imported_notes PRIMARY KEY (id),
    CONSTRAINT fk_imported_notes_matter FOREIGN KEY (imported_id) REFERENCES imported_matters (id),
    CONSTRAINT fk_imported_notes_user FOREIGN KEY (user_id) REFERENCES users (id)
)""",
    "CREATE INDEX ix_imported_notes_reader ON imported_notes (imported_id, number, user_id, at_ms)",
)


def upgrade() -> None:
    """Make the table."""
    for statement in _MADE:
        op.execute(statement)
