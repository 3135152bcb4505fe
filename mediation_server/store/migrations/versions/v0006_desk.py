"""The filing desk: answers about an application, what it lacks, attempts to reach its parties, letters to them."""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision: str | None = "0005"

_STATEMENTS: tuple[str, ...] = (
    "CREATE INDEX ix_matters_desk ON matters (court, state, submitted_at)",
    "CREATE INDEX ix_matters_case_no ON matters (case_no)",
    "CREATE INDEX ix_matter_events_kind ON matter_events (kind, at)",
    """CREATE TABLE triages (
    matter_id TEXT NOT NULL,
    answers JSON NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE,
    updated_by TEXT,
    CONSTRAINT pk_triages PRIMARY KEY (matter_id),
    CONSTRAINT fk_triages_matter FOREIGN KEY (matter_id) REFERENCES matters (id),
    CONSTRAINT fk_triages_user FOREIGN KEY (updated_by) REFERENCES users (id)
)""",
    """CREATE TABLE defects (
    id TEXT NOT NULL,
    matter_id TEXT NOT NULL,
    round INTEGER NOT NULL,
    ordinal INTEGER NOT NULL,
    code TEXT NOT NULL,
    note TEXT NOT NULL,
    due TEXT NOT NULL,
    asked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_defects PRIMARY KEY (id),
    CONSTRAINT uq_defects_place UNIQUE (matter_id, round, ordinal),
    CONSTRAINT fk_defects_matter FOREIGN KEY (matter_id) REFERENCES matters (id)
)""",
    """CREATE TABLE contacts (
    id TEXT NOT NULL,
    matter_id TEXT NOT NULL,
    party_id TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    operator_id TEXT NOT NULL,
    channel TEXT NOT NULL,
    result TEXT NOT NULL,
    note TEXT NOT NULL,
    CONSTRAINT pk_contacts PRIMARY KEY (id),
    CONSTRAINT fk_contacts_matter FOREIGN KEY (matter_id) REFERENCES matters (id),
    CONSTRAINT fk_contacts_party FOREIGN KEY (party_id) REFERENCES matter_parties (id),
    CONSTRAINT fk_contacts_operator FOREIGN KEY (operator_id) REFERENCES users (id)
)""",
    "CREATE INDEX ix_contacts_matter ON contacts (matter_id)",
    """CREATE TABLE letters (
    id TEXT NOT NULL,
    matter_id TEXT NOT NULL,
    party_id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    kind TEXT NOT NULL,
    params JSON NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    sent_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_letters PRIMARY KEY (id),
    CONSTRAINT fk_letters_matter FOREIGN KEY (matter_id) REFERENCES matters (id),
    CONSTRAINT fk_letters_party FOREIGN KEY (party_id) REFERENCES matter_parties (id)
)""",
    "CREATE INDEX ix_letters_matter ON letters (matter_id)",
    "CREATE INDEX ix_letters_waiting ON letters (sent_at, created_at)",
)


def upgrade() -> None:
    """Run the statements."""
    for statement in _STATEMENTS:
        op.execute(statement)
