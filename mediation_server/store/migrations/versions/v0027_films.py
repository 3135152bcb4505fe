"""Recordings can be composed into films to take away."""

from __future__ import annotations

from alembic import op

revision = "0027"
down_revision: str | None = "0026"

_MADE = (
    """CREATE TABLE films (
    id TEXT NOT NULL,
    recording_id TEXT NOT NULL,
    viewing_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    layout TEXT NOT NULL,
    language TEXT NOT NULL,
    mark TEXT NOT NULL,
    state TEXT NOT NULL,
    asked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    done INTEGER NOT NULL,
    total INTEGER NOT NULL,
    bytes BIGINT,
    sha256 TEXT,
    fault TEXT,
    expires_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_films PRIMARY KEY (id),
    CONSTRAINT fk_films_recording FOREIGN KEY (recording_id) REFERENCES recordings (id),
    CONSTRAINT fk_films_viewing FOREIGN KEY (viewing_id) REFERENCES viewings (id),
    CONSTRAINT fk_films_user FOREIGN KEY (user_id) REFERENCES users (id)
)""",
    "CREATE INDEX ix_films_reader ON films (recording_id, user_id, asked_at)",
    "CREATE INDEX ix_films_state ON films (state, asked_at)",
)


def upgrade() -> None:
    """Make the table."""
    for statement in _MADE:
        op.execute(statement)
