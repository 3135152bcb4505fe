"""Acting on clocks that ran out, reminding of those that will (期限届满处理): each once, in the matter's transaction.

What is to be done follows from the log alone, read while the matter is locked: a second process, a crash half-way or a
week without any process changes neither what is done nor how often.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import NamedTuple

import structlog

from mediation_server.background import background
from mediation_server.domain.calendar import CHINA, SHANGHAI, local_date
from mediation_server.domain.clock_steps import ClockStep, steps
from mediation_server.domain.clock_table import ClockId
from mediation_server.domain.clocks import Clock
from mediation_server.domain.lifecycle import THE_SYSTEM, Command, CommandKind, Facts
from mediation_server.domain.matter import MatterParty
from mediation_server.domain.matter_log import MatterEvent, MatterEventKind
from mediation_server.domain.notice import Notice
from mediation_server.domain.session import Session, SessionEventKind, SessionState
from mediation_server.services.acted import Acted, Standing
from mediation_server.services.clock_letters import letters_of
from mediation_server.services.context import Context
from mediation_server.services.posting import deliver, post
from mediation_server.services.procedure import begun_log, keep, recounted
from mediation_server.services.scheduling import CANCELLED, cancelled_all, close_room
from mediation_server.store import clock_looks, matter_events, matters, sessions, users
from mediation_server.store.database import Tx

__all__ = ["Sweeper", "Swept", "look_at", "sweep"]

_PERIOD_S = 60.0  # a clock runs out at midnight: a minute later it has been acted on
_MOST_STEPS = 40  # more clocks than a matter has
_BATCH = 40  # matters in one transaction: others who write wait no longer than a tenth of a second
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

    def plus(self, other: Swept) -> Swept:
        """Both together."""
        return Swept(self.looked + other.looked, self.acted + other.acted, self.failed + other.failed)


@dataclass(frozen=True, slots=True)
class _Due:
    """A matter whose day has come, as it was read while it was locked."""

    standing: Standing
    clocks: Sequence[Clock]
    held: Sequence[Session]
    people: Sequence[MatterParty | str | None]  # who is told: the parties, and the mediator's phone

    @property
    def is_sitting(self) -> bool:
        return any(each.state in _LIVE for each in self.held)


class _Move(NamedTuple):
    step: ClockStep
    command: Command


async def sweep(ctx: Context) -> Swept:
    """Look at every matter whose day has come, oldest first.

    A matter in which something goes wrong is logged and looked at again next time; the others do not wait for it.
    """
    await ctx.house.catch_up(ctx.db)  # days are counted by the calendar of today, whoever published it
    swept, place = Swept(), clock_looks.FIRST
    while True:
        async with ctx.db.reading() as tx:
            found = await clock_looks.due(tx, local_date(ctx.clock.now()), after=place, limit=_BATCH)
        if not found:
            return swept
        swept, place = swept.plus(await _looked(ctx, [each.matter_id for each in found])), found[-1]


async def look_at(ctx: Context, matter_ids: Sequence[str]) -> int:
    """Do in these matters what their clocks want today, all or nothing; how many steps."""
    now, acts, letters, planned = ctx.clock.now(), list[Acted](), list[Notice](), list[Session]()
    counts = []
    async with ctx.db.transaction() as tx:
        for due in await _due(tx, matter_ids, now):
            done, told = _done_in(due, now)
            acts, letters = acts + done, letters + told
            planned += _planned(due, done)
            counts += [] if done else [(due.standing, due.clocks)]
            await asyncio.sleep(0)  # people in rooms come between any two matters
        await keep(tx, acts)
        await recounted(tx, counts)
        over = await cancelled_all(ctx, tx, planned, THE_SYSTEM.id)
        await post(tx, letters)
    for session in over:
        await close_room(ctx, session.id, CANCELLED)
    if acts:
        ctx.outbox_filled.set()
    return len(acts)


async def _looked(ctx: Context, matter_ids: Sequence[str]) -> Swept:
    """All of them in one transaction; when that fails, each in its own, and only what is wrong stays undone."""
    try:
        return Swept(len(matter_ids), await look_at(ctx, matter_ids))
    except Exception as error:  # noqa: BLE001 - whatever it is, the other matters do not wait for it
        if len(matter_ids) == 1:
            _log.error("clock_sweep_failed", matter=matter_ids[0], error=type(error).__name__)
            return Swept(1, failed=1)
    swept = Swept()
    for each in matter_ids:
        swept = swept.plus(await _looked(ctx, [each]))
    return swept


async def _due(tx: Tx, matter_ids: Sequence[str], now: datetime) -> list[_Due]:
    """The matters, locked, with all that is needed to act in them."""
    found = await matters.all_locked(tx, matter_ids)
    logs, parties, held = await _read(tx, [each.id for each in found])
    mediators = await users.users_named(tx, [each.mediator_id for each in found if each.mediator_id])
    due = []
    for each in found:
        log = logs.get(each.id) or await begun_log(tx, each, now)
        mediator = mediators.get(each.mediator_id or "")
        people = (*parties.get(each.id, ()), mediator.phone if mediator else None)
        standing = Standing.of(each, log)
        due.append(_Due(standing, standing.tally.clocks(CHINA, now), held.get(each.id, ()), people))
        await asyncio.sleep(0)
    return due


async def _read(
    tx: Tx, ids: Sequence[str]
) -> tuple[Mapping[str, Sequence[MatterEvent]], Mapping[str, list[MatterParty]], Mapping[str, list[Session]]]:
    parties: dict[str, list[MatterParty]] = defaultdict(list)
    for party in await matters.parties_of_all(tx, ids):
        parties[party.matter_id].append(party)
    held: dict[str, list[Session]] = defaultdict(list)
    for session in await sessions.sessions_of_all(tx, ids):
        held[session.matter_id].append(session)
    return await matter_events.events_of_all(tx, ids), parties, held


def _done_in(due: _Due, now: datetime) -> tuple[list[Acted], list[Notice]]:
    """Every step in one matter, and whom it is told."""
    done, letters, facts = list[Acted](), list[Notice](), Facts(calendar=CHINA, sitting_live=due.is_sitting)
    while len(done) < _MOST_STEPS and (move := _next(due, now)):
        acted = due.standing.acted(THE_SYSTEM, move.command, now, facts)
        due = replace(due, standing=due.standing.then(acted), clocks=acted.clocks)
        done.append(acted)
        if move.command.kind is not CommandKind.GRACE:
            letters += letters_of(move.step, acted.events[0], acted.matter, acted.file, due.people)
    return done, letters


def _planned(due: _Due, done: Sequence[Acted]) -> list[Session]:
    """Sittings that were planned for a mediation which has just ended."""
    if not any(each.events[-1].kind is MatterEventKind.CONCLUDED for each in done):
        return []
    return [each for each in due.held if each.may(SessionEventKind.CANCEL)]


def _next(due: _Due, now: datetime) -> _Move | None:
    """The first thing that can be done now."""
    for step in steps(due.clocks, local_date(now)):
        command = _command(due, step)
        if command is not None:
            return _Move(step, command)
    return None


def _command(due: _Due, step: ClockStep) -> Command | None:
    """What is done about a step; None while a sitting keeps the period from ending."""
    day = step.clock.due.isoformat() if step.clock.due else ""
    said: dict[str, object] = {"clock": step.clock.id.value, "due": day}
    if step.remind_on is not None:
        return Command(CommandKind.REMIND, {**said, "on": step.remind_on.isoformat()})
    if step.clock.id is not ClockId.PERIOD:
        return Command(CommandKind.EXPIRE, said)
    over = None if step.clock.waits_until != step.clock.due else _over_midnight(due.held, step)
    if over is not None:
        return Command(CommandKind.GRACE, {**said, "session": over})
    return None if due.is_sitting else Command(CommandKind.EXPIRE, said)


def _over_midnight(held: Sequence[Session], step: ClockStep) -> str | None:
    """A sitting that went on when the period ran out, whether it still does or not."""
    if step.clock.due is None:
        return None
    end = datetime.combine(step.clock.due + timedelta(days=1), time(), SHANGHAI)
    for each in held:
        if each.started_at and each.started_at < end and (each.state in _LIVE or (each.ended_at or end) > end):
            return each.id
    return None


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
        async with background(self._run, "clock sweep"):
            yield

    async def round(self) -> Swept | None:
        """One sweep; None while it waits for the wall clock, or when the database or the gateway is away."""
        if self._is_held():
            return None
        try:
            swept = await sweep(self._ctx)
            await deliver(self._ctx)
        except Exception as error:  # noqa: BLE001 - whatever is away: the next round finds all as it was
            _log.error("clock_sweep_broken", error=type(error).__name__)
            return None
        return swept

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
