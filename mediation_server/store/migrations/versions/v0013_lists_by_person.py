"""Lists of one person are walked in the order of their last days."""

from __future__ import annotations

from alembic import op

revision = "0013"
down_revision: str | None = "0012"

_WHO = {"mediator": "mediator_id", "judge": "judge_id", "confirming_judge": "confirming_judge_id"}


def upgrade() -> None:
    """Make the indexes anew, longer."""
    for name, column in _WHO.items():
        op.execute(f"DROP INDEX ix_matters_{name}")
        op.execute(f"CREATE INDEX ix_matters_{name} ON matters ({column}, next_due, id)")
