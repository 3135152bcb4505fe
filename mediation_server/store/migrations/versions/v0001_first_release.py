"""The first release, which kept no version: where every older database starts from; nothing to do."""

from __future__ import annotations

revision = "0001"
down_revision: str | None = None


def upgrade() -> None:
    """Nothing: the tables are there."""
