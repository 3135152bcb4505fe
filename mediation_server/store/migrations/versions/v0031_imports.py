"""Matters of other houses can be taken in from their bundles."""

from __future__ import annotations

from alembic import op

revision = "0031"
down_revision: str | None = "0030"

_MADE = (
    """CREATE TABLE imported_matters (
    id TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    ref TEXT NOT NULL,
    court TEXT NOT NULL,
    key TEXT NOT NULL,
    key_known BOOLEAN NOT NULL,
    said JSON NOT NULL,
    bytes BIGINT NOT NULL,
    reason TEXT NOT NULL,
    imported_by TEXT NOT NULL,
    imported_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_imported_matters PRIMARY KEY (id),
    CONSTRAINT uq_imported_matters_bundle UNIQUE (sha256),
    CONSTRAINT fk_imported_matters_user FOREIGN KEY (imported_by) REFERENCES users (id)
)""",
    "CREATE INDEX ix_imported_matters_user ON imported_matters (imported_by, imported_at)",
    """CREATE TABLE imported_viewings (
    id TEXT NOT NULL,
    imported_id TEXT NOT NULL,
    number INTEGER NOT NULL,
    user_id TEXT NOT NULL,
    reason TEXT NOT NULL,
    watermark TEXT NOT NULL,
    opened_at TIMESTAMP WITH TIME ZONE NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_imported_viewings PRIMARY KEY (id),
    CONSTRAINT fk_imported_viewings_matter FOREIGN KEY (imported_id) REFERENCES imported_matters (id),
    CONSTRAINT fk_imported_viewings_user FOREIGN KEY (user_id) REFERENCES users (id)
)""",
    "CREATE INDEX ix_imported_viewings_matter ON imported_viewings (imported_id)",
)


def upgrade() -> None:
    """Make the tables."""
    for statement in _MADE:
        op.execute(statement)
