"""What waits for a person and no rule can do has a table of its own."""

from __future__ import annotations

from alembic import op

revision = "0017"
down_revision: str | None = "0016"

_MADE = (
    """CREATE TABLE tasks (
    id TEXT NOT NULL,
    matter_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    court TEXT NOT NULL,
    opened_at TIMESTAMP WITH TIME ZONE NOT NULL,
    due TEXT NOT NULL,
    facts JSON NOT NULL,
    done_at TIMESTAMP WITH TIME ZONE,
    done_by TEXT,
    note TEXT NOT NULL,
    CONSTRAINT pk_tasks PRIMARY KEY (id),
    CONSTRAINT fk_tasks_matter FOREIGN KEY (matter_id) REFERENCES matters (id)
)""",
    "CREATE INDEX ix_tasks_matter ON tasks (matter_id)",
    "CREATE INDEX ix_tasks_court ON tasks (court, done_at, due)",
)


def upgrade() -> None:
    """Make the table and its indexes."""
    for statement in _MADE:
        op.execute(statement)
