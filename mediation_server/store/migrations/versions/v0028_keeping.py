"""Records are held, disposed of by two people with a certificate, and copied to a second place."""

from __future__ import annotations

from alembic import op

from mediation_server.store.migrations.adding import Column, add_columns

revision = "0028"
down_revision: str | None = "0027"

_MADE = (
    "CREATE INDEX ix_matters_held ON matters (held, court, id)",
    """CREATE TABLE disposals (
    id TEXT NOT NULL,
    matter_id TEXT NOT NULL,
    court TEXT NOT NULL,
    proposed_by TEXT NOT NULL,
    approved_by TEXT NOT NULL,
    decided_at TIMESTAMP WITH TIME ZONE NOT NULL,
    content JSON NOT NULL,
    sha256 TEXT NOT NULL,
    destroyed_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_disposals PRIMARY KEY (id),
    CONSTRAINT fk_disposals_matter FOREIGN KEY (matter_id) REFERENCES matters (id)
)""",
    "CREATE INDEX ix_disposals_matter ON disposals (matter_id, decided_at)",
    "CREATE INDEX ix_disposals_court ON disposals (court, decided_at, id)",
    "CREATE INDEX ix_disposals_open ON disposals (destroyed_at, id)",
    """CREATE TABLE recording_copies (
    recording_id TEXT NOT NULL,
    bytes BIGINT NOT NULL,
    made_at TIMESTAMP WITH TIME ZONE NOT NULL,
    checked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    fault TEXT NOT NULL,
    CONSTRAINT pk_recording_copies PRIMARY KEY (recording_id),
    CONSTRAINT fk_recording_copies_recording FOREIGN KEY (recording_id) REFERENCES recordings (id)
)""",
)


def upgrade() -> None:
    """Matters know whether something holds them: those whose log says so now, and no other."""
    add_columns("matters", [Column("held", "BOOLEAN NOT NULL", "FALSE")])
    for statement in _MADE:
        op.execute(statement)
    # A suspicion of sham mediation holds a record; a matter is paused for one until the suspicion is settled.
    op.execute(
        "UPDATE matters SET held = TRUE WHERE id IN (SELECT e.matter_id FROM matter_events e WHERE e.kind = 'paused' "
        "AND CAST(e.payload AS TEXT) LIKE '%\"false_mediation\"%' AND NOT EXISTS (SELECT 1 FROM matter_events r "
        "WHERE r.matter_id = e.matter_id AND r.seq > e.seq AND r.kind = 'resumed'))"
    )
