"""Matters are found by words, lists and the audit log have indexes in their order; more holidays can be brought."""

from __future__ import annotations

from collections import defaultdict

import sqlalchemy as sa
from alembic import op

from mediation_server.domain.search import words_of

revision = "0007"
down_revision: str | None = "0006"

_STATEMENTS = (
    "CREATE INDEX ix_matters_court_due ON matters (court, next_due, id)",
    "CREATE INDEX ix_matters_court_state ON matters (court, state, next_due, id)",
    "CREATE INDEX ix_matters_court_track ON matters (court, track, next_due, id)",
    """CREATE TABLE matter_words (
    matter_id TEXT NOT NULL,
    word TEXT NOT NULL,
    CONSTRAINT pk_matter_words PRIMARY KEY (matter_id, word),
    CONSTRAINT fk_matter_words_matter FOREIGN KEY (matter_id) REFERENCES matters (id)
)""",
    "CREATE INDEX ix_matter_words_word ON matter_words (word, matter_id)",
    "CREATE INDEX ix_audit_actor ON audit (actor, seq)",
    "CREATE INDEX ix_audit_at ON audit (at)",
    """CREATE TABLE holiday_notices (
    year INTEGER NOT NULL,
    notice JSON NOT NULL,
    published_at TIMESTAMP WITH TIME ZONE NOT NULL,
    published_by TEXT NOT NULL,
    CONSTRAINT pk_holiday_notices PRIMARY KEY (year),
    CONSTRAINT fk_holiday_notices_user FOREIGN KEY (published_by) REFERENCES users (id)
)""",
)
_NUMBERS = "SELECT id, ref, case_no FROM matters"
_NAMES = "SELECT matter_id, name, name_en, attends_as, attends_as_en FROM matter_parties ORDER BY matter_id, ordinal"
_WORDS = "SELECT id, cause, cause_en, claim, claim_en FROM matters"


def upgrade() -> None:
    """Run the statements, then find the words of every matter there is."""
    for statement in _STATEMENTS:
        op.execute(statement)
    texts: dict[str, list[str]] = defaultdict(list)
    for query in (_NUMBERS, _NAMES, _WORDS):
        for matter_id, *found in op.get_bind().execute(sa.text(query)):
            texts[matter_id] += [text or "" for text in found]
    for matter_id, each in texts.items():
        rows = [{"matter_id": matter_id, "word": word} for word in sorted(words_of(each))]
        if rows:
            op.get_bind().execute(sa.text("INSERT INTO matter_words VALUES (:matter_id, :word)"), rows)
