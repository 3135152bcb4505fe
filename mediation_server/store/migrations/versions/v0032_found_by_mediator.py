"""Matters are found by the names of whoever mediates them, too."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from mediation_server.domain.search import words_of

revision = "0032"
down_revision: str | None = "0031"

_NAMES = """SELECT matters.id, users.name, users.name_en FROM matters JOIN users ON users.id = matters.mediator_id
UNION SELECT co_mediators.matter_id, users.name, users.name_en
FROM co_mediators JOIN users ON users.id = co_mediators.user_id"""
_ADD = "INSERT INTO matter_words VALUES (:matter_id, :word) ON CONFLICT DO NOTHING"


def upgrade() -> None:
    """Add the words of these names to what every matter is found under."""
    named = op.get_bind().execute(sa.text(_NAMES)).all()
    rows = [{"matter_id": key, "word": word} for key, *names in named for word in sorted(words_of(names))]
    if rows:
        op.get_bind().execute(sa.text(_ADD), rows)
