"""One transaction in which a use case moves a matter: a refusal leaves its line in the audit log and nothing else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from mediation_server.domain.audit import AuditAction
from mediation_server.domain.lifecycle import CommandKind
from mediation_server.errors import Refused
from mediation_server.services.auditing import audited
from mediation_server.services.context import Context
from mediation_server.store.database import Tx

__all__ = ["moving"]


@asynccontextmanager
async def moving(ctx: Context, actor: str, matter_id: str, command: CommandKind) -> AsyncIterator[Tx]:
    """The transaction; what the court must know of it goes out after the commit. `Refused` is audited and passed on."""
    try:
        async with ctx.db.transaction() as tx:
            yield tx
    except Refused as refusal:
        async with ctx.db.transaction() as tx:
            await audited(
                ctx,
                tx,
                AuditAction.MATTER_MOVED,
                actor=actor,
                about=f"matter:{matter_id}",
                allowed=False,
                basis=refusal.code,
                command=command.value,
            )
        raise
    ctx.outbox_filled.set()
