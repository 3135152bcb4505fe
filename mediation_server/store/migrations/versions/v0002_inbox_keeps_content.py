"""The inbox keeps what the court sent, not only its hash; it is made anew because nothing was ever written into it."""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision: str | None = "0001"

_STATEMENTS = (
    "DROP TABLE inbox",
    """CREATE TABLE inbox (
    message_id TEXT NOT NULL,
    matter_ref TEXT NOT NULL,
    seq INTEGER NOT NULL,
    type TEXT NOT NULL,
    business_key TEXT NOT NULL,
    payload_sha256 TEXT NOT NULL,
    payload JSON NOT NULL,
    answer JSON NOT NULL,
    occurred_at TIMESTAMP WITH TIME ZONE NOT NULL,
    received_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_inbox PRIMARY KEY (message_id),
    CONSTRAINT uq_inbox_order UNIQUE (matter_ref, seq)
)""",
    "CREATE INDEX ix_inbox_business ON inbox (matter_ref, type, business_key)",
)


def upgrade() -> None:
    """Run the statements."""
    for statement in _STATEMENTS:
        op.execute(statement)
