"""The procedure of a matter: its own log, what is asked of parties, who mediates, what was handed in."""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision: str | None = "0002"

# The consent ledger: what was asked at the door of a sitting becomes rows of it, as it was said.
_CONSENTS = (
    "CREATE TABLE consents_before AS SELECT * FROM consents",
    "DROP TABLE consents",
    """CREATE TABLE consents (
    id TEXT NOT NULL,
    matter_id TEXT NOT NULL,
    session_id TEXT,
    participant_id TEXT,
    party_id TEXT,
    item TEXT NOT NULL,
    text_version TEXT NOT NULL,
    answer BOOLEAN NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    given_by TEXT NOT NULL,
    authority TEXT NOT NULL,
    channel TEXT NOT NULL,
    operator_id TEXT,
    note TEXT NOT NULL,
    evidence TEXT NOT NULL,
    withdraws TEXT,
    CONSTRAINT pk_consents PRIMARY KEY (id),
    CONSTRAINT uq_consents_withdraws UNIQUE (withdraws),
    CONSTRAINT fk_consents_matter FOREIGN KEY (matter_id) REFERENCES matters (id),
    CONSTRAINT fk_consents_session FOREIGN KEY (session_id) REFERENCES sessions (id),
    CONSTRAINT fk_consents_participant FOREIGN KEY (participant_id) REFERENCES participants (id),
    CONSTRAINT fk_consents_party FOREIGN KEY (party_id) REFERENCES matter_parties (id),
    CONSTRAINT fk_consents_operator FOREIGN KEY (operator_id) REFERENCES users (id),
    CONSTRAINT fk_consents_withdraws FOREIGN KEY (withdraws) REFERENCES consents (id)
)""",
    "CREATE INDEX ix_consents_participant ON consents (participant_id)",
    "CREATE INDEX ix_consents_matter ON consents (matter_id, party_id)",
    """INSERT INTO consents
    SELECT said.id, sitting.matter_id, said.session_id, said.participant_id, person.party_id, said.item,
        said.text_version, said.answer, said.at, CASE person.role WHEN 'agent' THEN 'agent' ELSE 'self' END, '',
        'web', NULL, '', 'session:' || said.session_id, NULL
    FROM consents_before AS said
    JOIN sessions AS sitting ON sitting.id = said.session_id
    JOIN participants AS person ON person.id = said.participant_id""",
    "DROP TABLE consents_before",
)

_STATEMENTS: tuple[str, ...] = (*_CONSENTS,)


def upgrade() -> None:
    """Run the statements."""
    for statement in _STATEMENTS:
        op.execute(statement)
