"""Acting on clocks that ran out, reminding of those that will (期限届满处理): each once, in the matter's transaction.

What is to be done follows from the log alone, read while the matter is locked: a second process, a crash half-way or a
week without any process changes neither what is done nor how often.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import NamedTuple

import structlog

from mediation_server.domain.calendar import CHINA, SHANGHAI, local_date
from mediation_server.domain.clock_steps import ClockStep, steps
from mediation_server.domain.clock_table import ClockId
from mediation_server.domain.clocks import clocks_of
from mediation_server.domain.lifecycle import THE_SYSTEM, Command, CommandKind
from mediation_server.domain.matter import Matter, MatterState
from mediation_server.domain.matter_log import MatterEventKind
from mediation_server.domain.notice import Notice
from mediation_server.domain.session import Session, SessionEventKind, SessionState
from mediation_server.services.clock_letters import letters_of
from mediation_server.services.context import Context
from mediation_server.services.posting import deliver, post
from mediation_server.services.procedure import Acted, act_in, log_in, recounted
from mediation_server.services.scheduling import CANCELLED, cancelled, close_room
from mediation_server.store import clock_looks, matters, sessions, users
from mediation_server.store.database import Tx

__all__ = ["Sweeper", "Swept", "look_at", "sweep"]

_PERIOD_S = 60.0  # a clock runs out at midnight: a minute later it has been acted on
_MOST_STEPS = 40  # more clocks than a matter has
_BATCH = 200
_JUMP_MS, _HOLD_MS = (
    5 * 60_000,
    10 * 60_000,
)  # more than any clock drifts in a minute; longer than it takes to be put right
_LIVE = (SessionState.LIVE, SessionState.CAUCUS, SessionState.SUSPENDED)

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Swept:
    """What one sweep did: matters looked at, steps taken in them, and matters in which something went wrong."""

    looked: int = 0
    acted: int = 0
    failed: int = 0


class _Move(NamedTuple):
    step: ClockStep
    command: Command


async def sweep(ctx: Context) -> Swept:
    """Look at every matter whose day has come, oldest first, and send what there is to tell.

    A matter in which something goes wrong is logged and looked at again next time; the others do not wait for it.
    """
    looked = acted = failed = 0
    place = clock_looks.FIRST
    while True:
        async with ctx.db.reading() as tx:
            found = await clock_looks.due(tx, local_date(ctx.clock.now()), after=place, limit=_BATCH)
        for place in found:
            looked += 1
            try:
                acted += await look_at(ctx, place.matter_id)
            except Exception as error:  # noqa: BLE001 - whatever it is, the other matters do not wait for it
                failed += 1
                _log.error("clock_sweep_failed", matter=place.matter_id, error=type(error).__name__)
        if len(found) < _BATCH:
            break
    await deliver(ctx)
    return Swept(looked, acted, failed)


async def look_at(ctx: Context, matter_id: str) -> int:
    """Do in one matter what its clocks want today, all or nothing; how many steps. Raises `NotFound`."""
    now, over = ctx.clock.now(), list[str]()
    async with ctx.db.transaction() as tx:
        matter, done = await matters.locked(tx, matter_id), 0
        while done < _MOST_STEPS and (move := await _next(tx, matter, now)):
            acted = await act_in(tx, THE_SYSTEM, matter_id, move.command, at=now)
            matter, done = acted.matter, done + 1
            over += await _cancelled(ctx, tx, acted)
            await post(tx, await _letters(tx, move, acted))
        await recounted(tx, matter, now)
    for session_id in over:
        await close_room(ctx, session_id, CANCELLED)
    if done:
        ctx.outbox_filled.set()
    return done


async def _cancelled(ctx: Context, tx: Tx, acted: Acted) -> list[str]:
    """Sittings that were planned for a mediation which has just ended."""
    if acted.file.state is not MatterState.CONCLUDED or acted.events[-1].kind is not MatterEventKind.CONCLUDED:
        return []
    planned = [each for each in await sessions.sessions_of(tx, acted.matter.id) if each.may(SessionEventKind.CANCEL)]
    return [(await cancelled(ctx, tx, each, THE_SYSTEM.id)).id for each in planned]


async def _next(tx: Tx, matter: Matter, now: datetime) -> _Move | None:
    """The first thing that can be done now."""
    for step in steps(clocks_of(await log_in(tx, matter), CHINA, now), local_date(now)):
        command = await _command(tx, matter, step)
        if command is not None:
            return _Move(step, command)
    return None


async def _command(tx: Tx, matter: Matter, step: ClockStep) -> Command | None:
    """What is done about a step; None while a sitting keeps the period from ending."""
    due = step.clock.due.isoformat() if step.clock.due else ""
    said: dict[str, object] = {"clock": step.clock.id.value, "due": due}
    if step.remind_on is not None:
        return Command(CommandKind.REMIND, {**said, "on": step.remind_on.isoformat()})
    if step.clock.id is not ClockId.PERIOD:
        return Command(CommandKind.EXPIRE, said)
    held = await sessions.sessions_of(tx, matter.id)
    over = None if step.clock.waits_until != step.clock.due else _over_midnight(held, step)
    if over is not None:
        return Command(CommandKind.GRACE, {**said, "session": over})
    return None if any(each.state in _LIVE for each in held) else Command(CommandKind.EXPIRE, said)


def _over_midnight(held: list[Session], step: ClockStep) -> str | None:
    """A sitting that went on when the period ran out, whether it still does or not."""
    if step.clock.due is None:
        return None
    end = datetime.combine(step.clock.due + timedelta(days=1), time(), SHANGHAI)
    for each in held:
        if each.started_at and each.started_at < end and (each.state in _LIVE or (each.ended_at or end) > end):
            return each.id
    return None


async def _letters(tx: Tx, move: _Move, acted: Acted) -> tuple[Notice, ...]:
    if move.command.kind is CommandKind.GRACE:
        return ()
    matter = acted.matter
    mediators = await users.users_named(tx, [matter.mediator_id] if matter.mediator_id else [])
    phones = [each.phone for each in mediators.values()]
    people = [*await matters.parties_of(tx, matter.id), *phones]
    return letters_of(move.step, acted.events[0], matter, acted.file, people)


class Sweeper:
    """Sweeps when it starts, which catches up with what ran out while nobody was there, and every minute after.

    When the wall clock has jumped it waits for ten minutes: a wrong clock that is put right again has ended nothing.
    """

    def __init__(self, ctx: Context, *, period_s: float = _PERIOD_S) -> None:
        self._ctx = ctx
        self._period_s = period_s
        self._offset_ms: float | None = None  # wall clock less monotonic clock, at the last round
        self._held_until_ms = 0

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Sweep in the background while the block lasts; a step cut off at its end is done next time."""
        task = asyncio.create_task(self._run(), name="clock sweep")
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def round(self) -> Swept | None:
        """One sweep; None while it waits for the wall clock, or when the database or the gateway is away."""
        if self._is_held():
            return None
        try:
            return await sweep(self._ctx)
        except Exception as error:  # noqa: BLE001 - whatever is away: the next round finds all as it was
            _log.error("clock_sweep_broken", error=type(error).__name__)
            return None

    def _is_held(self) -> bool:
        clock = self._ctx.clock
        monotonic_ms = clock.monotonic_ms()
        offset_ms = clock.now().timestamp() * 1000 - monotonic_ms
        jumped_ms = offset_ms - (offset_ms if self._offset_ms is None else self._offset_ms)
        self._offset_ms = offset_ms
        if abs(jumped_ms) > _JUMP_MS:
            self._held_until_ms = monotonic_ms + _HOLD_MS
            _log.error("wall_clock_jumped", seconds=round(jumped_ms / 1000))
        return monotonic_ms < self._held_until_ms

    async def _run(self) -> None:
        while True:
            await self.round()
            await asyncio.sleep(self._period_s)
