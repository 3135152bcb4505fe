"""Courts are kept by administrators beside those that come with the product."""

from __future__ import annotations

from alembic import op

revision = "0024"
down_revision: str | None = "0023"


def upgrade() -> None:
    """Make the table."""
    op.execute("""CREATE TABLE courts (
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    name_en TEXT NOT NULL,
    open BOOLEAN NOT NULL,
    tracks JSON NOT NULL,
    changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    changed_by TEXT NOT NULL,
    CONSTRAINT pk_courts PRIMARY KEY (code),
    CONSTRAINT uq_courts_name UNIQUE (name),
    CONSTRAINT fk_courts_user FOREIGN KEY (changed_by) REFERENCES users (id)
)""")
