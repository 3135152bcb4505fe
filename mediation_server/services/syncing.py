"""How far the court knows what happened here: the outbox as the dispatcher sees it, its state, and sending again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from mediation_server.caseflow.dispatcher import SyncChange, Waiting
from mediation_server.clock import Clock
from mediation_server.domain.delivery import OUTCOME_MESSAGES
from mediation_server.domain.lifecycle import SYSTEM
from mediation_server.domain.message import OutboxMessage, SyncState, sync_state_of
from mediation_server.domain.task import TaskKind
from mediation_server.domain.users import User
from mediation_server.errors import NotFound
from mediation_server.services.context import Context
from mediation_server.services.tasking import open_once
from mediation_server.store import matters, outbox, sessions, tasks
from mediation_server.store.database import Database, Tx

__all__ = ["OutboxLedger", "kick", "outcome_state", "resend", "resend_dead", "sync_state"]


def outcome_state(messages: Iterable[OutboxMessage]) -> SyncState | None:
    """How far a sitting's outcome is on its way, given the messages about the sitting; None before there is one."""
    return sync_state_of(each for each in messages if each.type in OUTCOME_MESSAGES)


async def sync_state(ctx: Context, session_id: str) -> SyncState | None:
    """How far the outcome of a sitting is on its way to the court; None before it is concluded. Checks no right."""
    async with ctx.db.reading() as tx:
        return outcome_state(await outbox.messages_of_session(tx, session_id))


async def kick(ctx: Context) -> None:
    """The court is said to be back: try everything it has not answered, at once."""
    async with ctx.db.transaction() as tx:
        await outbox.hurry(tx, ctx.clock.now())
    ctx.outbox_filled.set()


async def resend(ctx: Context, user: User, session_id: str) -> None:
    """重新发送: try again what about this sitting did not reach the court. Raises `NotFound` unless `user` presided it.

    What the court has not answered is due at once, and so is what stands before it; what it refused for good is put
    into a new message about the same fact.
    """
    now = ctx.clock.now()
    async with ctx.db.transaction() as tx:
        session = await sessions.session(tx, session_id)
        if user.id != session.presider_id:
            raise NotFound
        for message in await outbox.messages_of(tx, session.matter_id):
            refused = message.dead and message.delivered_at is not None
            if refused and message.session_id == session_id:
                await outbox.reissue(tx, message, now)
            elif message.delivered_at is None:
                await outbox.resend(tx, session.matter_id, from_seq=message.seq, before_seq=message.seq + 1, at=now)
    ctx.outbox_filled.set()


class OutboxLedger:
    """The outbox of the database, as the dispatcher needs it."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def heads(self, *, busy: frozenset[str], limit: int) -> Sequence[Waiting]:
        """The first undelivered message of each matter but the busy ones, soonest attempt first."""
        async with self._db.reading() as tx:
            messages = await outbox.heads(tx, busy=busy, limit=limit)
            return [Waiting(each, await matters.matter(tx, each.matter_id)) for each in messages]

    async def keep(self, message: OutboxMessage, *, resend_from: int | None) -> SyncChange | None:
        """Keep what came of an attempt; a `SyncChange` once the court has answered or was given up."""
        async with self._db.transaction() as tx:
            await outbox.save(tx, message)
            if resend_from is not None:
                await outbox.resend(
                    tx, message.matter_id, from_seq=resend_from, before_seq=message.seq, at=self._clock.now()
                )
            if not (message.dead or message.delivered_at):
                return None
            await _tell_people(tx, message, self._clock.now())
            return SyncChange(message.matter_id, message.session_id, await _state_about(tx, message))


async def _tell_people(tx: Tx, message: OutboxMessage, at: datetime) -> None:
    """What the court does not take is somebody's to look after, until the court has taken all of its matter."""
    if message.dead:
        matter = await matters.matter(tx, message.matter_id)
        facts = {"message": message.type, "error": message.last_error or ""}
        await open_once(tx, matter, TaskKind.DEAD_LETTER, facts, message.message_id, at)
    elif not any(each.dead for each in await outbox.messages_of(tx, message.matter_id)):
        await tasks.settle(tx, message.matter_id, [TaskKind.DEAD_LETTER], at, SYSTEM)


async def resend_dead(ctx: Context, tx: Tx, matter_id: str) -> None:
    """Try again what of a matter was given up, and put what the court refused into a new message.

    The caller rings `ctx.outbox_filled` after the commit.
    """
    now = ctx.clock.now()
    for message in await outbox.messages_of(tx, matter_id):
        if message.dead and message.delivered_at is not None:
            await outbox.reissue(tx, message, now)
        elif message.dead:
            await outbox.resend(tx, matter_id, from_seq=message.seq, before_seq=message.seq + 1, at=now)


async def _state_about(tx: Tx, message: OutboxMessage) -> SyncState:
    about = await outbox.messages_of_session(tx, message.session_id) if message.session_id else []
    return outcome_state(about) or sync_state_of([message]) or SyncState.PENDING
