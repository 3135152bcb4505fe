"""`act`: how every command of a live room is carried out: one turn, one decision, one transaction, then it is told."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from datetime import timedelta
from typing import Any, TypeVar

from mediation_server.domain.log import EventKind, SessionEvent
from mediation_server.errors import Gone, Unavailable
from mediation_server.rooms.decision import SYSTEM, Decision, Draft, Rule, Scene, foreseen
from mediation_server.rooms.hearing import Stretch, payload_of
from mediation_server.rooms.room import Room
from mediation_server.rooms.speaking import Utterance
from mediation_server.rooms.state import RoomState
from mediation_server.rooms.visibility import audience_of, ledger_of
from mediation_server.services.context import Context
from mediation_server.store import events, sessions
from mediation_server.store.database import Tx
from mediation_server.store.events import Entry

__all__ = ["Also", "Then", "act", "act_in_turn", "carried_through", "hush", "nothing"]

_Result = TypeVar("_Result")
_RUNNING: set[asyncio.Future[Any]] = set()  # the loop itself holds tasks weakly
_NOBODYS = (EventKind.SPOKE, EventKind.MISSED, EventKind.AUDIENCE_CHANGED)
Also = Callable[[Tx, Scene], Awaitable[None]]  # more to be written in the same transaction
Then = Callable[[Scene], Awaitable[None]]  # between commit and telling: what must be true before anybody is told


async def act(
    ctx: Context, room: Room, actor: str, rule: Rule, *, also: Also | None = None, then: Then | None = None
) -> tuple[SessionEvent, ...]:
    """Carry out one command; the events it wrote.

    Whatever `rule`, `also` or the database raises leaves room, media and log as they were. Once begun, a command is
    carried through even when whoever asked for it goes away.
    """

    async def whole() -> tuple[SessionEvent, ...]:
        async with room.turn:
            if room.closed:
                raise Unavailable
            return await act_in_turn(ctx, room, actor, rule, also=also, then=then)

    return await carried_through(whole())


async def carried_through(work: Coroutine[Any, Any, _Result]) -> _Result:
    """Await this; if the waiting is cancelled, the work is not."""
    task = asyncio.ensure_future(work)
    _RUNNING.add(task)
    task.add_done_callback(_RUNNING.discard)
    return await asyncio.shield(task)


async def act_in_turn(
    ctx: Context, room: Room, actor: str, rule: Rule, *, also: Also | None = None, then: Then | None = None
) -> tuple[SessionEvent, ...]:
    """The same for whoever holds the room's turn already."""
    spoken: list[Utterance] = []
    missed: list[Stretch] = []
    try:
        async with ctx.db.transaction() as tx:
            scene = await _scene(ctx, tx, room, actor)
            begun_ms = room.offset_ms
            decision = rule(scene)
            spoken, missed = room.speaking.take(), room.fairness.take()
            drafts = (*_spoken(spoken), *_missed(missed), *_with_ledger(scene, decision.drafts))
            await room.tighten(foreseen(scene.state, decision.drafts, room.id, scene.now))
            offset_ms = room.offset_ms  # not before the fence held: until then people could be heard, and recorded
            at = scene.now + timedelta(milliseconds=offset_ms - begun_ms)  # the same instant
            said = [Entry(room.id, offset_ms, _actor_of(each, scene), each.kind, each.payload) for each in drafts]
            written = await events.append_all(tx, at, said)
            if decision.session is not None:
                await sessions.save(tx, decision.session)
            if also is not None:
                await also(tx, scene)
    except BaseException:
        room.speaking.give_back(spoken)
        room.fairness.give_back(missed)
        await room.restore()
        raise
    session = decision.session or scene.session
    if then is not None:
        await then(Scene(scene.state, session, scene.now, actor))
    await room.advance(written, session)
    return tuple(written)


async def _scene(ctx: Context, tx: Tx, room: Room, actor: str) -> Scene:
    """The room brought up to what others wrote about this sitting. Raises `Gone` when it is over."""
    session = await sessions.locked(tx, room.id)
    room.catch_up(await events.events_of(tx, room.id, after=room.state.version), session)
    if not session.is_open:
        raise Gone("session_over")
    return Scene(room.state, session, ctx.clock.now(), actor)


def _spoken(utterances: list[Utterance]) -> list[Draft]:
    return [
        Draft(EventKind.SPOKE, {"participant": each.participant, "from_ms": each.from_ms, "to_ms": each.to_ms})
        for each in utterances
    ]


def _missed(stretches: list[Stretch]) -> list[Draft]:
    return [Draft(EventKind.MISSED, payload_of(each)) for each in stretches]


def _with_ledger(scene: Scene, drafts: tuple[Draft, ...]) -> list[Draft]:
    """Drafts and, when they change who can receive whom, what it is afterwards: the audience ledger."""
    after: RoomState = foreseen(scene.state, drafts, scene.session.id, scene.now)
    audience = audience_of(after)
    if audience == audience_of(scene.state):
        return [*drafts]
    return [*drafts, Draft(EventKind.AUDIENCE_CHANGED, {"receivers": ledger_of(audience)})]


def _actor_of(draft: Draft, scene: Scene) -> str:
    """What was said and missed is logged in bundles by whoever acts next; it is nobody's deed."""
    return SYSTEM if draft.kind in _NOBODYS else scene.actor


def nothing(_scene: Scene) -> Decision:
    """The decision to change nothing, for what only wants the pending utterances written."""
    return Decision(())


def hush(room: Room) -> None:
    """The sitting is about to end: what is being said and missed now ends here."""
    room.listen()
    room.fairness.hush()
    room.speaking.hush(room.offset_ms)
