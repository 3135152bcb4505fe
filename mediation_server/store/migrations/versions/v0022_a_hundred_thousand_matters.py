"""Every list, home and page finds its rows by an index, however many matters there are."""

from __future__ import annotations

from alembic import op

revision = "0022"
down_revision: str | None = "0021"

_DONE = (
    "DROP INDEX ix_matters_state",
    "CREATE INDEX ix_matters_state ON matters (state, id)",
    "CREATE INDEX ix_matters_asked ON matters (court, state, created_at, id)",
    "CREATE INDEX ix_matters_judge_state ON matters (judge_id, state, created_at, id)",
    "CREATE INDEX ix_matters_confirming_state ON matters (confirming_judge_id, state)",
    "CREATE INDEX ix_matters_mediator_state ON matters (mediator_id, state, created_at, id)",
    "CREATE INDEX ix_invitations_session ON invitations (session_id)",
    "CREATE INDEX ix_consents_party ON consents (party_id)",
    "CREATE INDEX ix_conclusions_matter ON conclusions (matter_id)",
    "DROP INDEX ix_matter_events_kind",
    "CREATE INDEX ix_matter_events_kind ON matter_events (kind, at, matter_id)",
)


def upgrade() -> None:
    """Run the statements."""
    for statement in _DONE:
        op.execute(statement)
