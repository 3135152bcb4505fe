"""The procedure of a matter: its own log, what is asked of parties, who mediates, what was handed in."""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision: str | None = "0002"

_STATEMENTS: tuple[str, ...] = ()


def upgrade() -> None:
    """Run the statements."""
    for statement in _STATEMENTS:
        op.execute(statement)
