"""Exceptions of the recording wall are asked for and approved by the head of a division."""

from __future__ import annotations

from alembic import op

from mediation_server.store.migrations.adding import Column, add_columns

revision = "0034"
down_revision: str | None = "0033"

_MADE = (
    """CREATE TABLE viewing_approvals (
    id TEXT NOT NULL,
    recording_id TEXT NOT NULL,
    asked_by TEXT NOT NULL,
    asked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ground TEXT NOT NULL,
    reason TEXT NOT NULL,
    until TEXT NOT NULL,
    interest TEXT,
    number TEXT NOT NULL,
    authority TEXT NOT NULL,
    state TEXT NOT NULL,
    answered_by TEXT,
    answered_at TIMESTAMP WITH TIME ZONE,
    answer TEXT NOT NULL,
    CONSTRAINT pk_viewing_approvals PRIMARY KEY (id),
    CONSTRAINT fk_viewing_approvals_recording FOREIGN KEY (recording_id) REFERENCES recordings (id),
    CONSTRAINT fk_viewing_approvals_asked FOREIGN KEY (asked_by) REFERENCES users (id),
    CONSTRAINT fk_viewing_approvals_answered FOREIGN KEY (answered_by) REFERENCES users (id)
)""",
    "CREATE INDEX ix_viewing_approvals_asked ON viewing_approvals (recording_id, asked_by)",
    "CREATE INDEX ix_viewing_approvals_state ON viewing_approvals (state, asked_at)",
)


def upgrade() -> None:
    """Make the table; let a viewing name the exception it goes by, and an account approve some."""
    for statement in _MADE:
        op.execute(statement)
    add_columns("viewings", (Column("approval_id", "TEXT"),))
    add_columns("users", (Column("heads_division", "BOOLEAN NOT NULL", "FALSE"),))
