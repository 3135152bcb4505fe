"""The roster: bodies, mediators, votes of parties for them, and who has which part in which case."""

from __future__ import annotations

from alembic import op

revision = "0009"
down_revision: str | None = "0008"

_STATEMENTS: tuple[str, ...] = (
    """CREATE TABLE organisations (
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    name_en TEXT NOT NULL,
    kind TEXT NOT NULL,
    scope TEXT NOT NULL,
    courts TEXT NOT NULL,
    charges TEXT NOT NULL,
    charges_en TEXT NOT NULL,
    credit_code TEXT,
    phone TEXT NOT NULL,
    active BOOLEAN NOT NULL,
    CONSTRAINT pk_organisations PRIMARY KEY (id),
    CONSTRAINT uq_organisations_name UNIQUE (name)
)""",
    """CREATE TABLE mediators (
    user_id TEXT NOT NULL,
    certificate_no TEXT NOT NULL,
    specialities TEXT NOT NULL,
    courts TEXT NOT NULL,
    tongues TEXT NOT NULL,
    valid_from TEXT NOT NULL,
    valid_to TEXT,
    status TEXT NOT NULL,
    organisation_id TEXT,
    charges TEXT NOT NULL,
    charges_en TEXT NOT NULL,
    bio TEXT NOT NULL,
    bio_en TEXT NOT NULL,
    most_matters INTEGER NOT NULL,
    refusals INTEGER NOT NULL,
    CONSTRAINT pk_mediators PRIMARY KEY (user_id),
    CONSTRAINT uq_mediators_certificate UNIQUE (certificate_no),
    CONSTRAINT fk_mediators_user FOREIGN KEY (user_id) REFERENCES users (id),
    CONSTRAINT fk_mediators_organisation FOREIGN KEY (organisation_id) REFERENCES organisations (id)
)""",
    "CREATE INDEX ix_mediators_organisation ON mediators (organisation_id)",
    """CREATE TABLE matter_organisations (
    matter_id TEXT NOT NULL,
    organisation_id TEXT NOT NULL,
    since TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_matter_organisations PRIMARY KEY (matter_id),
    CONSTRAINT fk_matter_organisations_matter FOREIGN KEY (matter_id) REFERENCES matters (id),
    CONSTRAINT fk_matter_organisations_organisation FOREIGN KEY (organisation_id) REFERENCES organisations (id)
)""",
    "CREATE INDEX ix_matter_organisations_organisation ON matter_organisations (organisation_id)",
    """CREATE TABLE ballots (
    matter_id TEXT NOT NULL,
    round INTEGER NOT NULL,
    party_id TEXT NOT NULL,
    choices TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    by TEXT NOT NULL,
    CONSTRAINT pk_ballots PRIMARY KEY (matter_id, round, party_id),
    CONSTRAINT fk_ballots_matter FOREIGN KEY (matter_id) REFERENCES matters (id),
    CONSTRAINT fk_ballots_party FOREIGN KEY (party_id) REFERENCES matter_parties (id),
    CONSTRAINT fk_ballots_by FOREIGN KEY (by) REFERENCES users (id)
)""",
    """CREATE TABLE involvements (
    id TEXT NOT NULL,
    matter_id TEXT NOT NULL,
    role TEXT NOT NULL,
    name TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    by TEXT NOT NULL,
    user_id TEXT,
    phone TEXT NOT NULL,
    CONSTRAINT pk_involvements PRIMARY KEY (id),
    CONSTRAINT fk_involvements_matter FOREIGN KEY (matter_id) REFERENCES matters (id),
    CONSTRAINT fk_involvements_by FOREIGN KEY (by) REFERENCES users (id),
    CONSTRAINT fk_involvements_user FOREIGN KEY (user_id) REFERENCES users (id)
)""",
    "CREATE INDEX ix_involvements_matter ON involvements (matter_id)",
    """CREATE TABLE relations (
    id TEXT NOT NULL,
    matter_id TEXT NOT NULL,
    mediator_id TEXT NOT NULL,
    party_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_relations PRIMARY KEY (id),
    CONSTRAINT fk_relations_matter FOREIGN KEY (matter_id) REFERENCES matters (id),
    CONSTRAINT fk_relations_mediator FOREIGN KEY (mediator_id) REFERENCES users (id),
    CONSTRAINT fk_relations_party FOREIGN KEY (party_id) REFERENCES matter_parties (id)
)""",
    "CREATE INDEX ix_relations_mediator ON relations (mediator_id)",
)


def upgrade() -> None:
    """Run the statements."""
    for statement in _STATEMENTS:
        op.execute(statement)
