"""Applications while they are written, the agents they name, and the running numbers of their receipts."""

from __future__ import annotations

from alembic import op

revision = "0011"
down_revision: str | None = "0010"

_STATEMENTS = (
    """CREATE TABLE applications (
    id TEXT NOT NULL,
    owner_id TEXT NOT NULL,
    helped_by TEXT,
    key_hash TEXT NOT NULL,
    draft JSON NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    saved_at TIMESTAMP WITH TIME ZONE NOT NULL,
    matter_id TEXT,
    submitted_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_applications PRIMARY KEY (id),
    CONSTRAINT uq_applications_matter UNIQUE (matter_id),
    CONSTRAINT fk_applications_owner FOREIGN KEY (owner_id) REFERENCES users (id),
    CONSTRAINT fk_applications_helper FOREIGN KEY (helped_by) REFERENCES users (id),
    CONSTRAINT fk_applications_matter FOREIGN KEY (matter_id) REFERENCES matters (id)
)""",
    "CREATE INDEX ix_applications_owner ON applications (owner_id)",
    """CREATE TABLE party_agents (
    id TEXT NOT NULL,
    party_id TEXT NOT NULL,
    ordinal INTEGER NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    phone TEXT NOT NULL,
    licence TEXT,
    firm TEXT,
    powers JSON NOT NULL,
    papers JSON NOT NULL,
    CONSTRAINT pk_party_agents PRIMARY KEY (id),
    CONSTRAINT fk_party_agents_party FOREIGN KEY (party_id) REFERENCES matter_parties (id)
)""",
    "CREATE INDEX ix_party_agents_party ON party_agents (party_id)",
    """CREATE TABLE counters (
    name TEXT NOT NULL,
    last INTEGER NOT NULL,
    CONSTRAINT pk_counters PRIMARY KEY (name)
)""",
)


def upgrade() -> None:
    """Run the statements."""
    for statement in _STATEMENTS:
        op.execute(statement)
