"""The procedure of a matter: its own log, what is asked of parties, who mediates, what was handed in."""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision: str | None = "0002"

# Where a matter stands, for its lists. SQLite makes the table anew: it cannot drop a NOT NULL.
_KEPT = (
    "id, ref, track, state, court, court_en, cause, cause_en, mediator_id, case_no, procedure, period_end, judge_id, "
    "judge_capacity, confirming_judge_id, claim, claim_en, claim_fen, version, created_at"
)
_OUTCOME = (
    "(SELECT outcome FROM conclusions WHERE conclusions.matter_id = {table}.id AND outcome <> 'continue' "
    "ORDER BY concluded_at DESC LIMIT 1)"
)
_MATTERS_ANEW = (
    "CREATE TABLE matters_before AS SELECT * FROM matters",
    "DROP TABLE matters",
    """CREATE TABLE matters (
    id TEXT NOT NULL,
    ref TEXT NOT NULL,
    track TEXT NOT NULL,
    state TEXT NOT NULL,
    court TEXT NOT NULL,
    court_en TEXT NOT NULL,
    cause TEXT NOT NULL,
    cause_en TEXT NOT NULL,
    mediator_id TEXT,
    case_no TEXT,
    procedure TEXT,
    period_end TEXT,
    judge_id TEXT,
    judge_capacity TEXT,
    confirming_judge_id TEXT,
    claim TEXT NOT NULL,
    claim_en TEXT NOT NULL,
    claim_fen BIGINT,
    outcome TEXT,
    consent_pending BOOLEAN NOT NULL,
    confirmable BOOLEAN NOT NULL,
    submitted_at TIMESTAMP WITH TIME ZONE,
    next_clock TEXT,
    next_due TEXT,
    version INTEGER NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_matters PRIMARY KEY (id),
    CONSTRAINT uq_matters_ref UNIQUE (ref),
    CONSTRAINT fk_matters_mediator FOREIGN KEY (mediator_id) REFERENCES users (id),
    CONSTRAINT fk_matters_judge FOREIGN KEY (judge_id) REFERENCES users (id),
    CONSTRAINT fk_matters_confirming_judge FOREIGN KEY (confirming_judge_id) REFERENCES users (id)
)""",
    f"""INSERT INTO matters ({_KEPT}, consent_pending, confirmable, outcome)
    SELECT {_KEPT}, FALSE, TRUE, {_OUTCOME.format(table="matters_before")} FROM matters_before""",  # noqa: S608
    "DROP TABLE matters_before",
    "CREATE INDEX ix_matters_mediator ON matters (mediator_id)",
    "CREATE INDEX ix_matters_judge ON matters (judge_id)",
    "CREATE INDEX ix_matters_confirming_judge ON matters (confirming_judge_id)",
)
_MATTERS_IN_PLACE = (
    "ALTER TABLE matters ALTER COLUMN mediator_id DROP NOT NULL",
    "ALTER TABLE matters ADD COLUMN outcome TEXT",
    "ALTER TABLE matters ADD COLUMN consent_pending BOOLEAN NOT NULL DEFAULT FALSE",
    "ALTER TABLE matters ALTER COLUMN consent_pending DROP DEFAULT",
    "ALTER TABLE matters ADD COLUMN confirmable BOOLEAN NOT NULL DEFAULT TRUE",
    "ALTER TABLE matters ALTER COLUMN confirmable DROP DEFAULT",
    "ALTER TABLE matters ADD COLUMN submitted_at TIMESTAMP WITH TIME ZONE",
    "ALTER TABLE matters ADD COLUMN next_clock TEXT",
    "ALTER TABLE matters ADD COLUMN next_due TEXT",
    f"UPDATE matters SET outcome = {_OUTCOME.format(table='matters')}",  # noqa: S608 - constants
)
_MATTERS = (
    "CREATE INDEX ix_matters_state ON matters (state)",
    "CREATE INDEX ix_matters_next_due ON matters (next_due)",
    """CREATE TABLE matter_events (
    matter_id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    actor TEXT NOT NULL,
    role TEXT NOT NULL,
    kind TEXT NOT NULL,
    payload JSON NOT NULL,
    previous TEXT NOT NULL,
    hash TEXT NOT NULL,
    CONSTRAINT pk_matter_events PRIMARY KEY (matter_id, seq),
    CONSTRAINT fk_matter_events_matter FOREIGN KEY (matter_id) REFERENCES matters (id)
)""",
)

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

_STATEMENTS: tuple[str, ...] = (*_CONSENTS, *_MATTERS)


def upgrade() -> None:
    """Run the statements."""
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in (*(_MATTERS_ANEW if is_sqlite else _MATTERS_IN_PLACE), *_STATEMENTS):
        op.execute(statement)
