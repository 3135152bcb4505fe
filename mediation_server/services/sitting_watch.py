"""What happens to sittings by the clock before they begin: reminders, parties who do not come, periods that end.

What was done stands in the database, so nothing is done twice and nothing is forgotten over a restart.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from mediation_server.background import background
from mediation_server.domain.log import EventKind
from mediation_server.domain.people import Side
from mediation_server.domain.session import Participant, Session, SessionEventKind
from mediation_server.domain.sitting import NoticeAbout
from mediation_server.domain.sitting_clock import (
    LOOKS_AHEAD,
    WAITS,
    absent_sides,
    is_missed,
    is_written_out,
    reminder_due,
)
from mediation_server.errors import MediationError
from mediation_server.rooms.decision import SYSTEM, Decision, Draft, Scene
from mediation_server.rooms.room import Room
from mediation_server.services.acting import act, nothing
from mediation_server.services.announcing import remind
from mediation_server.services.auditing import noted
from mediation_server.services.context import Context
from mediation_server.services.posting import deliver
from mediation_server.services.sitting_letters import Announcement
from mediation_server.store import events, matters, sessions, sittings
from mediation_server.store.database import Tx

__all__ = ["NO_SHOW", "PERIOD_OVER", "SittingWatch", "watch"]

_LOG = logging.getLogger(__name__)
_PERIOD_S = 15.0
NO_SHOW, PERIOD_OVER = "no_show", "period_over"  # results of sittings that the clock ended
_PART = 100  # sittings asked about at once: the loop is never held for long
_Told = Mapping[str, Collection[tuple[NoticeAbout, int]]]  # what each participant was told of which revision
_ANNOUNCED = (EventKind.SESSION_SCHEDULED, EventKind.RESCHEDULED)


class SittingWatch:
    """Runs a round every few seconds for as long as the product does."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._up_since = ctx.clock.now()

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Look after the sittings while the block lasts."""
        async with background(self._run, "sitting watch"):
            yield

    async def _run(self) -> None:
        while True:
            try:
                await watch(self._ctx, self._up_since)
            except Exception:  # noqa: BLE001 - the next round tries again
                _LOG.exception("sittings could not be looked after")
            await asyncio.sleep(_PERIOD_S)


async def watch(ctx: Context, up_since: datetime | None = None) -> None:
    """One round: whatever is owed to sittings that have not begun; one that fails does not hold up the others.

    `up_since`: from when on people could come; what passed before that nobody has missed.
    """
    alive = up_since - WAITS if up_since else None
    now = ctx.clock.now()
    async with ctx.db.reading() as tx:
        coming = await sittings.waiting_until(tx, now + LOOKS_AHEAD, now, alive)
        owed = [each for part in _parts(coming) for each in await _owed(ctx, tx, part, up_since)]
    for session, announced_at, what in owed:
        try:
            await what(ctx, session, announced_at)
        except MediationError as refusal:
            _LOG.warning("a sitting was not looked after: %s", refusal.code)
        except Exception:  # noqa: BLE001 - a gateway that is away, or a bug: the others do not wait for it
            _LOG.exception("a sitting could not be looked after")


class _Owed(NamedTuple):
    """A sitting, when people were last told its time, and what is to be done for it."""

    session: Session
    announced_at: datetime
    what: Callable[[Context, Session, datetime], Awaitable[None]]


def _parts(coming: Sequence[Session]) -> Iterator[Sequence[Session]]:
    return (coming[at : at + _PART] for at in range(0, len(coming), _PART))


async def _owed(ctx: Context, tx: Tx, coming: Sequence[Session], up_since: datetime | None) -> list[_Owed]:
    """Of these sittings those for which something is to be done, each table asked once."""
    now, named = ctx.clock.now(), [each.id for each in coming]
    announced = await _announced(tx, named)
    told, guests = await _told(tx, named), defaultdict[str, list[Participant]](list)
    for who in await sessions.participants_of_all(tx, named):
        guests[who.session_id].append(who)
    found = []
    for each in coming:
        at = announced.get(each.id, each.starts_at)
        if is_written_out(each, now):
            found.append(_Owed(each, at, _close))
        elif is_missed(each, at, now, up_since):
            found.append(_Owed(each, at, _miss))
        elif _due(each, guests[each.id], told, at, now):
            found.append(_Owed(each, at, _remind))
    return found


async def _announced(tx: Tx, session_ids: Sequence[str]) -> dict[str, datetime]:
    """When people were last told the time of each sitting."""
    found: dict[str, datetime] = {}
    for kind in _ANNOUNCED:
        for event in await events.of_kind(tx, session_ids, kind):
            found[event.session_id] = max(event.at, found.get(event.session_id, event.at))
    return found


async def _remind(ctx: Context, session: Session, announced_at: datetime) -> None:
    """Read again under the lock: another process may have been quicker."""
    async with ctx.db.transaction() as tx:
        current = await sessions.locked(tx, session.id)
        matter = await matters.matter(tx, current.matter_id)
        named, told = await sessions.participants_of(tx, current.id), await _told(tx, [current.id])
        for who, about in _due(current, named, told, announced_at, ctx.clock.now()):
            await remind(ctx, tx, Announcement(matter, current, about), who)
    await deliver(ctx)


async def _told(tx: Tx, session_ids: Sequence[str]) -> _Told:
    found = defaultdict[str, set[tuple[NoticeAbout, int]]](set)
    for participant, about, revision in await sittings.told(tx, session_ids):
        found[participant].add((about, revision))
    return found


def _due(
    session: Session, named: Iterable[Participant], told: _Told, at: datetime, now: datetime
) -> list[tuple[Participant, NoticeAbout]]:
    """Who is to be reminded of what now."""
    found = []
    for who in named:
        mine = {about for about, revision in told.get(who.id, ()) if revision == session.revision}
        about = reminder_due(session, who, mine, at, now)
        if about is not None:
            found.append((who, about))
    return found


async def _close(ctx: Context, session: Session, _: datetime) -> None:
    """The period of a sitting in writing is over."""
    async with ctx.db.transaction() as tx:
        current = await sessions.locked(tx, session.id)
        if not is_written_out(current, ctx.clock.now()):
            return
        closed = replace(current.moved_by(SessionEventKind.CLOSE), ended_at=ctx.clock.now())
        await sessions.save(tx, closed)
        await noted(ctx, tx, closed, EventKind.ENDED, SYSTEM, result=PERIOD_OVER)


async def _miss(ctx: Context, session: Session, _: datetime) -> None:
    room = ctx.rooms.find(session.id)
    if room is not None:
        await _miss_in_room(ctx, room)
        return
    async with ctx.db.transaction() as tx:
        current = await sessions.locked(tx, session.id)
        absent = absent_sides(await sessions.participants_of(tx, session.id), ())
        if absent and is_missed(current, current.starts_at, ctx.clock.now()):
            missed = replace(current.moved_by(SessionEventKind.MISS), ended_at=ctx.clock.now())
            await sessions.save(tx, missed)
            for draft in _drafts(absent):
                await noted(ctx, tx, missed, draft.kind, SYSTEM, **draft.payload)


async def _miss_in_room(ctx: Context, room: Room) -> None:
    """The same where somebody waits: looked at again inside the turn, for the missing may have come meanwhile."""
    gone: tuple[Side, ...] = ()

    def rule(scene: Scene) -> Decision:
        nonlocal gone
        named = [seat.participant for seat in scene.state.seats.values()]
        here = [key for key, seat in scene.state.seats.items() if seat.connected]
        gone = absent_sides(named, here) if is_missed(scene.session, scene.session.starts_at, scene.now) else ()
        if not gone:
            return nothing(scene)
        return Decision(_drafts(gone), replace(scene.session.moved_by(SessionEventKind.MISS), ended_at=scene.now))

    async def then(_scene: Scene) -> None:
        for _, link in room.links.all() if gone else ():
            await room.links.emit(link, "ended", {"outcome": NO_SHOW})

    await act(ctx, room, SYSTEM, rule, then=then)


def _drafts(absent: Collection[Side]) -> tuple[Draft, ...]:
    sides = [each.value for each in absent]
    return Draft(EventKind.MISSED_SITTING, {"sides": sides}), Draft(EventKind.ENDED, {"result": NO_SHOW})
