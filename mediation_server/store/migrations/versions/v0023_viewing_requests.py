"""Parties apply to see recordings; a clerk shows them at the court."""

from __future__ import annotations

from alembic import op

revision = "0023"
down_revision: str | None = "0022"

_MADE = (
    """CREATE TABLE viewing_requests (
    id TEXT NOT NULL,
    recording_id TEXT NOT NULL,
    party_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    reason TEXT NOT NULL,
    state TEXT NOT NULL,
    asked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    answered_by TEXT,
    answered_at TIMESTAMP WITH TIME ZONE,
    answer TEXT NOT NULL,
    CONSTRAINT pk_viewing_requests PRIMARY KEY (id),
    CONSTRAINT fk_viewing_requests_recording FOREIGN KEY (recording_id) REFERENCES recordings (id),
    CONSTRAINT fk_viewing_requests_party FOREIGN KEY (party_id) REFERENCES matter_parties (id),
    CONSTRAINT fk_viewing_requests_user FOREIGN KEY (user_id) REFERENCES users (id),
    CONSTRAINT fk_viewing_requests_answered FOREIGN KEY (answered_by) REFERENCES users (id)
)""",
    "CREATE INDEX ix_viewing_requests_party ON viewing_requests (party_id, asked_at)",
    "CREATE INDEX ix_viewing_requests_state ON viewing_requests (state, asked_at)",
    "ALTER TABLE viewings ADD COLUMN request_id TEXT",
)


def upgrade() -> None:
    """Make the table, and let a viewing name the application it serves."""
    for statement in _MADE:
        op.execute(statement)
