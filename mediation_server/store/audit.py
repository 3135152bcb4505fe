"""The audit log in the database: appended to and read, never changed (triggers see to it)."""

from __future__ import annotations

from mediation_server.domain.audit import AuditEntry
from mediation_server.store.database import Tx
from mediation_server.store.mapping import Mapper
from mediation_server.store.tables import audit

__all__ = ["add", "entries_about", "latest"]

_entries = Mapper(AuditEntry, audit)


async def add(tx: Tx, value: AuditEntry) -> None:
    """One more entry."""
    await _entries.add(tx, value)


async def entries_about(tx: Tx, object_: str) -> list[AuditEntry]:
    """Every entry about one object (`kind:id`), oldest first."""
    return await _entries.all(
        tx, _entries.selecting().where(audit.c.object == object_).order_by(audit.c.at, audit.c.id)
    )


async def latest(tx: Tx, limit: int = 100) -> list[AuditEntry]:
    """The newest entries, newest first."""
    return await _entries.all(tx, _entries.selecting().order_by(audit.c.at.desc(), audit.c.id.desc()).limit(limit))
