"""When to look at a matter's clocks, and messages that commit with the fact; the first look finds every matter."""

from __future__ import annotations

from alembic import op

revision = "0005"
down_revision: str | None = "0004"

_STATEMENTS = (
    """CREATE TABLE clock_looks (
    matter_id TEXT NOT NULL,
    look_on TEXT NOT NULL,
    CONSTRAINT pk_clock_looks PRIMARY KEY (matter_id),
    CONSTRAINT fk_clock_looks_matter FOREIGN KEY (matter_id) REFERENCES matters (id)
)""",
    "CREATE INDEX ix_clock_looks_on ON clock_looks (look_on, matter_id)",
    """CREATE TABLE notice_queue (
    id TEXT NOT NULL,
    channel TEXT NOT NULL,
    recipient TEXT NOT NULL,
    subject TEXT NOT NULL,
    body TEXT NOT NULL,
    sent_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_notice_queue PRIMARY KEY (id)
)""",
    "INSERT INTO clock_looks (matter_id, look_on) SELECT id, '2000-01-01' FROM matters",
)


def upgrade() -> None:
    """Run the statements."""
    for statement in _STATEMENTS:
        op.execute(statement)
