"""Matters that are over and in which something is still to be done: a few at a time; decides nothing."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import exists, select

from mediation_server.domain.matter import MatterOutcome, MatterState, Track
from mediation_server.domain.matter_log import MatterEventKind
from mediation_server.domain.session import SessionState
from mediation_server.store.database import Tx
from mediation_server.store.message_tables import outbox
from mediation_server.store.procedure_tables import matter_events
from mediation_server.store.tables import matters, sessions
from mediation_server.store.task_tables import tasks

__all__ = ["to_close", "to_hand_over"]

_UNSETTLED = (MatterOutcome.FAILED, MatterOutcome.TERMINATED, MatterOutcome.PARTIAL)
_OVER = (SessionState.ENDED, SessionState.CANCELLED, SessionState.NO_SHOW)


async def to_hand_over(tx: Tx, before: datetime, limit: int) -> list[str]:
    """Matters of a court that ended without a settlement of all, before an instant, and still lie here."""
    ended = exists().where(
        matter_events.c.matter_id == matters.c.id,
        matter_events.c.kind == MatterEventKind.CONCLUDED,
        matter_events.c.at < before,
    )
    unsettled = (matters.c.state == MatterState.CONCLUDED, matters.c.outcome.in_(_UNSETTLED))
    query = select(matters.c.id).where(*unsettled, matters.c.track != Track.ORG_ACCEPTED, ended)
    return list((await tx.execute(query.order_by(matters.c.id).limit(limit))).scalars())


async def to_close(tx: Tx, limit: int) -> list[str]:
    """Matters the court took back, with no sitting under way, nothing unsaid to the court and no task for a person."""
    unsent = exists().where(outbox.c.matter_id == matters.c.id, outbox.c.delivered_at.is_(None))
    asked = exists().where(tasks.c.matter_id == matters.c.id, tasks.c.done_at.is_(None))
    held = exists().where(sessions.c.matter_id == matters.c.id, sessions.c.state.not_in(_OVER))
    query = select(matters.c.id).where(matters.c.state == MatterState.RECALLED, ~unsent, ~held, ~asked)
    return list((await tx.execute(query.order_by(matters.c.id).limit(limit))).scalars())
