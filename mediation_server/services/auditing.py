"""Writes the audit log and the session log for use cases; decides nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mediation_server.domain.audit import AuditAction, AuditEntry
from mediation_server.domain.ids import new_id
from mediation_server.domain.log import ChainBreak, EventKind, SessionEvent
from mediation_server.domain.session import Session
from mediation_server.services.context import Context
from mediation_server.store import audit, events, sessions
from mediation_server.store.database import Tx

__all__ = ["audit_break", "audited", "audited_all", "entries_about", "noted", "noted_all", "offset_ms"]


async def audited(  # noqa: PLR0913 - the fields of an entry
    ctx: Context,
    tx: Tx,
    action: AuditAction,
    *,
    actor: str,
    about: str,
    allowed: bool = True,
    purpose: str = "",
    basis: str = "",
    **details: object,
) -> AuditEntry:
    """Write one audit entry about `kind:id`; details never hold tokens, passwords or what somebody said."""
    entry = AuditEntry(new_id(), ctx.clock.now(), actor, action, about, allowed, purpose, basis, details)
    await audit.add(tx, entry)
    return entry


async def audited_all(ctx: Context, tx: Tx, action: AuditAction, *, actor: str, about: Sequence[str]) -> None:
    """The same for several objects, without details."""
    now = ctx.clock.now()
    await audit.add_all(tx, [AuditEntry(new_id(), now, actor, action, each, allowed=True) for each in about])


async def noted(ctx: Context, tx: Tx, session: Session, kind: EventKind, actor: str, **payload: object) -> SessionEvent:
    """Append one event to the log of a sitting, now."""
    return await events.append_event(
        tx,
        session.id,
        at=ctx.clock.now(),
        offset_ms=offset_ms(ctx, session),
        actor=actor,
        kind=kind,
        payload=payload,
    )


async def noted_all(
    ctx: Context, tx: Tx, kind: EventKind, said: Sequence[tuple[Session, str, Mapping[str, object]]]
) -> None:
    """The same in the logs of several sittings, each with its actor and payload; writes wait until `tx` ends."""
    if not said:
        return
    await sessions.all_locked(tx, {session.id for session, _, _ in said})
    entries = [events.Entry(each.id, offset_ms(ctx, each), actor, kind, payload) for each, actor, payload in said]
    await events.append_all(tx, ctx.clock.now(), entries)


def offset_ms(ctx: Context, session: Session) -> int:
    """Milliseconds since the sitting started, by its room's clock if it has one: no jump moves that; 0 before it."""
    if session.started_at is None:
        return 0
    room = ctx.rooms.find(session.id)
    if room is not None and room.timeline is not None:
        return room.offset_ms
    return max(0, round((ctx.clock.now() - session.started_at).total_seconds() * 1000))


async def entries_about(ctx: Context, about: str) -> list[AuditEntry]:
    """The audit entries about one object (`kind:id`), oldest first."""
    async with ctx.db.reading() as tx:
        return await audit.entries_about(tx, about)


async def audit_break(ctx: Context) -> ChainBreak | None:
    """The first entry of the audit log that does not follow from the one before, or None when the chain holds."""
    async with ctx.db.reading() as tx:
        return await audit.first_break(tx)
