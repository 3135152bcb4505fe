"""Matters can be made into one file to take along, in the background."""

from __future__ import annotations

from alembic import op

revision = "0030"
down_revision: str | None = "0029"

_MADE = (
    """CREATE TABLE bundle_orders (
    id TEXT NOT NULL,
    matter_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    language TEXT NOT NULL,
    state TEXT NOT NULL,
    asked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    done BIGINT NOT NULL,
    total BIGINT NOT NULL,
    bytes BIGINT,
    sha256 TEXT,
    sources TEXT NOT NULL,
    fault TEXT,
    expires_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_bundle_orders PRIMARY KEY (id),
    CONSTRAINT fk_bundle_orders_matter FOREIGN KEY (matter_id) REFERENCES matters (id),
    CONSTRAINT fk_bundle_orders_user FOREIGN KEY (user_id) REFERENCES users (id)
)""",
    "CREATE INDEX ix_bundle_orders_reader ON bundle_orders (matter_id, user_id, asked_at)",
    "CREATE INDEX ix_bundle_orders_state ON bundle_orders (state, asked_at)",
)


def upgrade() -> None:
    """Make the table."""
    for statement in _MADE:
        op.execute(statement)
