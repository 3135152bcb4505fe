"""The secret address of a person's own calendar."""

from __future__ import annotations

from alembic import op

revision = "0010"
down_revision: str | None = "0009"

_STATEMENTS = (
    """CREATE TABLE calendar_feeds (
    user_id TEXT NOT NULL,
    token_hash TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_calendar_feeds PRIMARY KEY (user_id),
    CONSTRAINT uq_calendar_feeds_token UNIQUE (token_hash),
    CONSTRAINT fk_calendar_feeds_user FOREIGN KEY (user_id) REFERENCES users (id)
)""",
)


def upgrade() -> None:
    """Run the statements."""
    for statement in _STATEMENTS:
        op.execute(statement)
