"""Delivers the outbox to the court in the background: in order per matter, again until answered; knows no tables."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from mediation_server.caseflow.envelope import enveloped
from mediation_server.caseflow.port import Ack, Answer, CaseFlow, CourtUnreachable, Nack, Pending
from mediation_server.clock import Clock
from mediation_server.domain.delivery import delay_after
from mediation_server.domain.matter import Matter
from mediation_server.domain.message import OutboxMessage, SyncState

__all__ = ["Dispatcher", "Ledger", "SyncChange", "Waiting", "settled"]

_BATCH = 64
_CONCURRENCY = 8
_POLL_S = 2.0  # rows written by another process ring no bell here
_PATIENCE_S = 30.0
_LONGEST_WISH = timedelta(hours=1)

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message that is next in its matter, and the matter it speaks of."""

    message: OutboxMessage
    matter: Matter


@dataclass(frozen=True, slots=True)
class SyncChange:
    """The court has answered for good, or was given up; `state` is that of the sitting's outcome if it is about one."""

    matter_id: str
    session_id: str | None
    state: SyncState


class Ledger(Protocol):
    """Where the messages lie; every method is one transaction."""

    async def heads(self, *, busy: frozenset[str], limit: int) -> Sequence[Waiting]:
        """The first undelivered message of each matter but the busy ones, soonest attempt first; dead ones block."""
        ...

    async def keep(self, message: OutboxMessage, *, resend_from: int | None) -> SyncChange | None:
        """Keep what came of an attempt; make those from `resend_from` up to it wait again. None: nothing to tell."""
        ...


async def _nobody(_change: SyncChange) -> None:
    return


def settled(
    message: OutboxMessage, result: Answer | CourtUnreachable, now: datetime, fraction: float = 0.5
) -> OutboxMessage:
    """The message after one attempt: delivered, refused for good, waiting for the next attempt, or given up."""
    message = replace(message, attempts=message.attempts + 1)
    if isinstance(result, Ack):
        return replace(message, delivered_at=now, court_version=result.court_version, last_error=None)
    if isinstance(result, Nack) and not result.retryable:
        return replace(message, delivered_at=now, dead=True, last_error=result.code)
    delay, error = delay_after(message.attempts, fraction), _error_of(result)
    if delay is None:
        return replace(message, dead=True, last_error=error)
    if isinstance(result, CourtUnreachable) and result.retry_after_s:
        delay = max(delay, min(timedelta(seconds=result.retry_after_s), _LONGEST_WISH))
    return replace(message, next_attempt_at=now + delay, last_error=error)


def _error_of(result: Nack | Pending | CourtUnreachable | Ack) -> str:
    if isinstance(result, Nack):
        return result.code
    return result.reason if isinstance(result, CourtUnreachable) else "pending"


class Dispatcher:
    """Tries every matter's next message when it is due; one slow matter holds up nobody else.

    `filled` rings when a row was committed. Whatever happens between sending and keeping the answer, the message is
    sent again; the court recognises it by its id, so it takes effect once.
    """

    def __init__(
        self,
        ledger: Ledger,
        court: CaseFlow,
        clock: Clock,
        filled: asyncio.Event,
        on_change: Callable[[SyncChange], Awaitable[None]] = _nobody,
    ) -> None:
        self._ledger = ledger
        self._court = court
        self._clock = clock
        self._filled = filled
        self._on_change = on_change
        self._slots = asyncio.Semaphore(_CONCURRENCY)
        self._busy: dict[str, asyncio.Task[None]] = {}

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Deliver in the background while the block lasts, then close the port. What is in flight is sent again."""
        loop = asyncio.create_task(self._run(), name="outbox")
        try:
            yield
        finally:
            tasks = [loop, *self._busy.values()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._court.close()

    async def _run(self) -> None:
        while True:
            self._filled.clear()
            try:
                nap = await self._round()
            except Exception:  # noqa: BLE001 - a database that is down for a moment must not end deliveries for ever
                _log.exception("outbox_round_failed")
                nap = _POLL_S
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(nap):
                    await self._filled.wait()

    async def _round(self) -> float:
        """Start everything that is due; returns for how long nothing else will be, in seconds."""
        heads = await self._ledger.heads(busy=frozenset(self._busy), limit=_BATCH)
        now = self._clock.now()
        for head in heads:
            if head.message.next_attempt_at > now:
                return min(_POLL_S, (head.message.next_attempt_at - now).total_seconds())
            await self._slots.acquire()
            task = asyncio.create_task(self._attempt(head), name=f"outbox {head.message.message_id}")
            self._busy[head.matter.id] = task
            task.add_done_callback(functools.partial(self._freed, head.matter.id))
        return _POLL_S if len(heads) < _BATCH else 0

    def _freed(self, matter_id: str, _task: asyncio.Task[None]) -> None:
        del self._busy[matter_id]
        self._slots.release()
        self._filled.set()

    async def _attempt(self, waiting: Waiting) -> None:
        try:
            result = await self._asked(waiting)
            message = settled(waiting.message, result, self._clock.now(), random.random())  # noqa: S311 - no secret
            resend_from = result.resend_from if isinstance(result, Pending) else None
            change = await self._ledger.keep(message, resend_from=resend_from)
            self._report(message)
            if change:
                await self._on_change(change)
        except Exception:  # noqa: BLE001 - a database fault or one broken listener, must not stop the others
            _log.exception("outbox_attempt_failed", message_id=waiting.message.message_id)
            await asyncio.sleep(_POLL_S)  # the matter stays busy, so a database fault is not hammered

    async def _asked(self, waiting: Waiting) -> Answer | CourtUnreachable:
        try:
            envelope = enveloped(waiting.message, waiting.matter, sent_at=self._clock.now())
            async with asyncio.timeout(_PATIENCE_S):
                return await self._court.deliver(envelope)
        except CourtUnreachable as unreachable:
            return unreachable
        except TimeoutError:
            return CourtUnreachable("timeout")
        except Exception:  # noqa: BLE001 - a message that breaks us climbs the ladder to the dead letters like any other
            _log.exception("court_message_breaks_us", message_id=waiting.message.message_id)
            return CourtUnreachable("fault")

    def _report(self, message: OutboxMessage) -> None:
        known = {"message_id": message.message_id, "type": message.type, "attempts": message.attempts}
        if message.dead:
            _log.error("court_message_dead", error=message.last_error, **known)
        elif message.delivered_at is None:
            _log.warning("court_message_waits", error=message.last_error, **known)
