"""What the house does of itself when nobody else will (善后): hands over, closes, forgets drafts and wrong tries.

Each step is a command of the life cycle given while the matter is locked, so that neither a second process nor a week
without any makes two of one.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

import structlog

from mediation_server.background import background
from mediation_server.domain.calendar import CHINA
from mediation_server.domain.handover import due_since, hand_over_at
from mediation_server.domain.lifecycle import THE_SYSTEM, Command, CommandKind
from mediation_server.errors import Conflict
from mediation_server.services import unsent
from mediation_server.services.applying import forget_drafts
from mediation_server.services.context import Context
from mediation_server.services.procedure import act_in, file_in
from mediation_server.services.receipts import forget_attempts
from mediation_server.store import leftovers, matters

__all__ = ["tidy", "tidying"]

_PERIOD_S = 60.0
_AT_ONCE = 50

_log = structlog.get_logger(__name__)


async def tidy(ctx: Context) -> int:
    """One round; in how many places something was done. What goes wrong in one is logged and tried again next time."""
    async with ctx.db.reading() as tx:
        due = await leftovers.to_hand_over(tx, due_since(ctx.clock.now(), CHINA), _AT_ONCE)
        done_with = await leftovers.to_close(tx, _AT_ONCE)
    done = [await _tried(ctx, each, _handed_over) for each in due]
    done += [await _tried(ctx, each, _closed) for each in done_with]
    if any(done):
        ctx.outbox_filled.set()
    await forget_attempts(ctx)
    await unsent.forget(ctx)
    return sum(done) + await forget_drafts(ctx)


@contextlib.asynccontextmanager
async def tidying(ctx: Context) -> AsyncIterator[None]:
    """Tidy up when the product starts, and every minute while the block lasts."""

    async def run() -> None:
        while True:
            try:
                await tidy(ctx)
            except Exception as error:  # noqa: BLE001 - whatever is away: the next round finds all as it was
                _log.error("tidying_broken", error=type(error).__name__)
            await asyncio.sleep(_PERIOD_S)

    async with background(run, "tidying"):
        yield


async def _tried(ctx: Context, matter_id: str, step: Callable[[Context, str], Awaitable[bool]]) -> bool:
    try:
        return await step(ctx, matter_id)
    except Conflict:  # somebody did it, or something came between: a message, a sitting
        return False
    except Exception as error:  # noqa: BLE001 - the other matters do not wait for it
        _log.error("tidying_failed", matter=matter_id, error=type(error).__name__)
        return False


async def _handed_over(ctx: Context, matter_id: str) -> bool:
    """Hand over a mediation that failed, unless it was taken up again and ended anew since it was found."""
    now = ctx.clock.now()
    async with ctx.db.transaction() as tx:
        ended = (await file_in(tx, await matters.locked(tx, matter_id))).concluded_at
        if ended is None or hand_over_at(ended, CHINA) > now:
            return False
        await act_in(tx, THE_SYSTEM, matter_id, Command(CommandKind.HAND_OVER), at=now)
    return True


async def _closed(ctx: Context, matter_id: str) -> bool:
    async with ctx.db.transaction() as tx:
        await act_in(tx, THE_SYSTEM, matter_id, Command(CommandKind.CLOSE), at=ctx.clock.now())
    return True
