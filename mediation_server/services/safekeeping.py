"""Safety mode (安全模式): set by whoever mediates or by filing staff; a party asks for it in confidence.

It takes effect at once, in a sitting that is going on too: media are withheld before anything is written.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

from mediation_server.domain.audit import AuditAction
from mediation_server.domain.ids import is_id
from mediation_server.domain.log import EventKind
from mediation_server.domain.matter import Matter
from mediation_server.domain.people import Role, Side
from mediation_server.domain.session import Session, SessionState
from mediation_server.domain.sitting import RequestKind
from mediation_server.domain.users import User
from mediation_server.errors import Conflict, Gone, NotFound, Unavailable
from mediation_server.rooms.decision import SYSTEM, Decision, Draft, Scene
from mediation_server.services.acting import act, nothing
from mediation_server.services.auditing import audited, noted
from mediation_server.services.context import Context
from mediation_server.services.opening import room_of
from mediation_server.store import matters, sessions, sittings
from mediation_server.store.database import Tx

__all__ = ["keeps_safety", "set_safety"]

_HELD = (SessionState.LOBBY, SessionState.LIVE, SessionState.CAUCUS, SessionState.SUSPENDED)


async def set_safety(ctx: Context, user: User, matter_id: str, *, on: bool, first: Side = Side.APPLICANT) -> Matter:
    """Switch safety mode; `first` is the side that leaves first after a sitting.

    Raises `NotFound` unless the user mediates the matter or is filing staff of its court, and
    `Conflict("safety_while_held")` for switching it off while people are in a sitting: the walls do not fall then.
    """
    async with ctx.db.transaction() as tx:
        matter = await _kept_by(tx, user, matter_id)
        open_still = [each for each in await sessions.sessions_of(tx, matter.id) if each.is_open]
        held = [each for each in open_still if each.state in _HELD]
        if not on and held:
            raise Conflict("safety_while_held")
        changed = replace(matter, safety=on)
        await matters.save(tx, changed)
        closed = [each for each in open_still if ctx.rooms.find(each.id) is None]
        for each in open_still:
            await sittings.settle(tx, each.id, RequestKind.SAFETY, ctx.clock.now())
            if each in closed:
                await noted(ctx, tx, each, EventKind.SAFETY_CHANGED, user.id, **_said(on=on, first=first))
        about = f"matter:{matter.id}"
        await audited(ctx, tx, AuditAction.SAFETY_CHANGED, actor=user.id, about=about, on=on, first=first.value)
    await _in_rooms(ctx, open_still, closed, on=on, first=first)
    return changed


def _said(*, on: bool, first: Side) -> dict[str, object]:
    return {"on": on, "first": first.value} if on else {"on": on}


async def _in_rooms(ctx: Context, open_still: list[Session], closed: list[Session], *, on: bool, first: Side) -> None:
    """In rooms that are open the same by their own rule: fence first, then the log, then everybody's screen."""

    def rule(scene: Scene) -> Decision:
        if (scene.state.safety, scene.state.safety_first) == (on, first.value if on else None):
            return nothing(scene)
        return Decision((Draft(EventKind.SAFETY_CHANGED, _said(on=on, first=first)),))

    for each in open_still:
        # A room that was opened meanwhile folds what was noted without a fence; acting in it puts the fence up.
        with suppress(Gone, Unavailable):
            room = ctx.rooms.find(each.id) if each in closed else await room_of(ctx, each.id)
            if room is not None:
                await act(ctx, room, SYSTEM, rule)


async def _kept_by(tx: Tx, user: User, matter_id: str) -> Matter:
    """A matter whose safety is this person's to keep. Raises `NotFound`."""
    if not is_id(matter_id):
        raise NotFound
    matter = await matters.locked(tx, matter_id)
    if not keeps_safety(user, matter):
        raise NotFound
    return matter


def keeps_safety(user: User, matter: Matter) -> bool:
    """Whether somebody may switch it: filing staff of its court, the judge who leads it, whoever mediates it."""
    files_it = user.role is Role.FILING and user.court in (None, matter.court)
    leads = matter.judge_id == user.id and matter.judge_capacity == "leading"
    return files_it or leads or matter.mediator_id == user.id
