"""The wall clock of this machine has jumped: every sitting that is under way says so in its log, with the size."""

from __future__ import annotations

import asyncio

import structlog

from mediation_server.domain.log import EventKind
from mediation_server.rooms.decision import SYSTEM, Decision, Draft, Scene
from mediation_server.rooms.room import Room
from mediation_server.services.acting import act
from mediation_server.services.context import Context

__all__ = ["clock_jumped"]

_log = structlog.get_logger(__name__)


async def clock_jumped(ctx: Context, jump_ms: int) -> None:
    """Write it into the log of each started sitting of this process; one that cannot be written hinders no other."""

    def rule(scene: Scene) -> Decision:
        under_way = scene.state.started and not scene.state.ended
        return Decision((Draft(EventKind.CLOCK_JUMPED, {"jump_ms": jump_ms}),) if under_way else ())

    async def note(room: Room) -> None:
        try:
            await act(ctx, room, SYSTEM, rule)
        except Exception as error:  # noqa: BLE001 - over meanwhile, or its database is away
            _log.error("clock_jump_not_noted", session=room.id, error=type(error).__name__)

    await asyncio.gather(*(note(room) for room in ctx.rooms.rooms()))
