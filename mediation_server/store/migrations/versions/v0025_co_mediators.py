"""Who mediates a matter beside its presider is found by person."""

from __future__ import annotations

from alembic import op

revision = "0025"
down_revision: str | None = "0024"

_MADE = (
    """CREATE TABLE co_mediators (
    matter_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    CONSTRAINT pk_co_mediators PRIMARY KEY (matter_id, user_id),
    CONSTRAINT fk_co_mediators_matter FOREIGN KEY (matter_id) REFERENCES matters (id),
    CONSTRAINT fk_co_mediators_user FOREIGN KEY (user_id) REFERENCES users (id)
)""",
    "CREATE INDEX ix_co_mediators_user ON co_mediators (user_id)",
)


def upgrade() -> None:
    """Make the table and its index."""
    for statement in _MADE:
        op.execute(statement)
