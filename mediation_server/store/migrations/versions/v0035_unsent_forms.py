"""A form that arrives after its login has ended is kept for a day, for the account it was typed in."""

from __future__ import annotations

from alembic import op

revision = "0035"
down_revision: str | None = "0034"

_MADE = """CREATE TABLE unsent_forms (
    user_id TEXT NOT NULL,
    path TEXT NOT NULL,
    fields JSON NOT NULL,
    kept_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_unsent_forms PRIMARY KEY (user_id),
    CONSTRAINT fk_unsent_forms_user FOREIGN KEY (user_id) REFERENCES users (id)
)"""


def upgrade() -> None:
    """Make the table."""
    op.execute(_MADE)
