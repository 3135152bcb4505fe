"""The audit log in the database: appended to, read and checked, never changed (triggers see to it)."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, insert, select

from mediation_server.domain.audit import AuditEntry, AuditLine, AuditQuery, chained
from mediation_server.domain.log import GENESIS, ChainBreak
from mediation_server.store.database import Tx
from mediation_server.store.mapping import Mapper
from mediation_server.store.tables import audit

__all__ = ["add", "add_all", "entries_about", "first_break", "latest", "matching"]

_entries = Mapper(AuditEntry, audit)
_WRITER = 0x61756469  # the number of PostgreSQL's lock; nothing else takes one
_PAGE = 1000


async def add(tx: Tx, value: AuditEntry) -> None:
    """One more entry, chained to the last one of all; whoever else writes one waits until `tx` ends."""
    await add_all(tx, [value])


async def add_all(tx: Tx, values: Sequence[AuditEntry]) -> None:
    """The same for several, in this order."""
    if not values:
        return
    if tx.dialect.name == "postgresql":  # SQLite has one writer at a time anyway
        await tx.execute(select(func.pg_advisory_xact_lock(_WRITER)))
    last = (await tx.execute(select(audit.c.seq, audit.c.hash).order_by(audit.c.seq.desc()).limit(1))).first()
    seq, previous = (last.seq, last.hash) if last else (0, GENESIS)
    rows = []
    for value in values:
        seq, previous = seq + 1, chained(previous, seq + 1, value)
        rows.append({**_entries.columns_of(value), "seq": seq, "hash": previous})
    await tx.execute(insert(audit), rows)


async def entries_about(tx: Tx, object_: str) -> list[AuditEntry]:
    """Every entry about one object (`kind:id`), oldest first."""
    return await _entries.all(tx, _entries.selecting().where(audit.c.object == object_).order_by(audit.c.seq))


async def latest(tx: Tx, limit: int = 100) -> list[AuditEntry]:
    """The newest entries, newest first."""
    return await _entries.all(tx, _entries.selecting().order_by(audit.c.seq.desc()).limit(limit))


async def first_break(tx: Tx) -> ChainBreak | None:
    """The first place where the chain does not hold, or None; entries cut off its end cannot be seen from inside."""
    seq, previous = 0, GENESIS
    while True:
        page = _entries.selecting().where(audit.c.seq > seq).order_by(audit.c.seq).limit(_PAGE)
        entries = await _entries.all(tx, page)
        kept = (await tx.execute(page.with_only_columns(audit.c.seq, audit.c.hash))).all()
        if not entries:
            return None
        for entry, row in zip(entries, kept, strict=True):
            seq += 1
            if row.seq != seq:
                return ChainBreak(seq, "missing_entry")
            if row.hash != chained(previous, seq, entry):
                return ChainBreak(seq, "content")
            previous = row.hash


async def matching(tx: Tx, asked: AuditQuery, most: int) -> list[AuditLine]:
    """The entries an audit page asks for, newest first, at most `most`."""
    query = _entries.selecting().add_columns(audit.c.seq)
    if asked.about:
        query = query.where(audit.c.object == asked.about)
    if asked.actor:
        query = query.where(audit.c.actor == asked.actor)
    if asked.since is not None:
        query = query.where(audit.c.at >= asked.since)
    if asked.until is not None:
        query = query.where(audit.c.at < asked.until)
    if asked.before is not None:
        query = query.where(audit.c.seq < asked.before)
    rows = (await tx.execute(query.order_by(audit.c.seq.desc()).limit(most))).all()
    return [AuditLine(row.seq, AuditEntry(*row[:-1])) for row in rows]
