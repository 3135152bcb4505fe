"""Files to take away (films, bundles), made in the background one after the other; knows no right and no form.

What was begun before a restart is gone on with, and what its asker has let go is given up within a second.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Generic, NamedTuple, TypeVar

import structlog

from mediation_server.background import background
from mediation_server.domain.bundle import BundleOrder
from mediation_server.domain.film import Film
from mediation_server.domain.making import MakingState
from mediation_server.errors import MediationError
from mediation_server.services.context import Context
from mediation_server.store.database import Tx
from mediation_server.store.made import MadeRows

__all__ = ["Made", "Told", "Workshop", "let_go", "making"]

_log = structlog.get_logger(__name__)

_LOOK_S = 1.0  # how soon one that was cancelled is let go
_IDLE_S = 60.0
_STALE_AT_ONCE = 20

T = TypeVar("T", Film, BundleOrder)
Told = Callable[[int, int], Awaitable[None]]  # done, in all: steps of a film, bytes of a bundle


class Made(NamedTuple):
    """What came of it: length in bytes and SHA-256 of the file."""

    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Workshop(Generic[T]):
    """One kind of file: its orders, how it is made, who throws it away, for how long it is kept."""

    kind: str  # "film": where nobody says what went wrong the fault is `film_failed`
    rows: MadeRows[T]
    kept: timedelta
    asked: asyncio.Event
    make: Callable[[T, Told], Awaitable[Made]]  # raises `MediationError` with the reason
    discard: Callable[[str], Awaitable[None]]


async def let_go(ctx: Context, tx: Tx, rows: MadeRows[T], order: T, kept: timedelta) -> bool:
    """Cancel one, made or not; False when there is nothing left to cancel."""
    if order.state in (MakingState.CANCELLED, MakingState.FAILED):
        return False
    await rows.save(tx, replace(order, state=MakingState.CANCELLED, expires_at=ctx.clock.now() + kept))
    return True


@contextlib.asynccontextmanager
async def making(ctx: Context, shop: Workshop[T]) -> AsyncIterator[None]:
    """Make what is asked for while the block lasts."""

    async def run() -> None:
        while True:
            shop.asked.clear()
            try:
                while await _made_one(ctx, shop):
                    pass
                await _tidied(ctx, shop)
            except Exception as error:  # noqa: BLE001 - whatever is away: the next round finds all as it was
                _log.error("making_broken", kind=shop.kind, error=type(error).__name__)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(shop.asked.wait(), _IDLE_S)

    async with background(run, f"{shop.kind}s"):
        yield


async def _made_one(ctx: Context, shop: Workshop[T]) -> bool:
    """Make the next one; False when there is none."""
    async with ctx.db.transaction() as tx:
        order = await shop.rows.next(tx)
        if order is None:
            return False
        await shop.rows.save(tx, replace(order, state=MakingState.MAKING))

    async def told(done: int, total: int) -> None:
        await _changed(ctx, shop, order.id, done=done, total=total)

    work = asyncio.ensure_future(shop.make(order, told))
    try:
        while not (await asyncio.wait({work}, timeout=_LOOK_S))[0]:
            if await _state(ctx, shop, order.id) is not MakingState.MAKING:
                work.cancel()
        await _finished(ctx, shop, order.id, work)
    finally:
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)
    if await _state(ctx, shop, order.id) is not MakingState.READY:
        await shop.discard(order.id)
    return True


async def _finished(ctx: Context, shop: Workshop[T], order_id: str, work: asyncio.Future[Made]) -> None:
    if work.cancelled():
        return
    kept, error = ctx.clock.now() + shop.kept, work.exception()
    if error is None:
        made = work.result()
        values = {"state": MakingState.READY, "bytes": made.bytes, "sha256": made.sha256}
        await _changed(ctx, shop, order_id, **values, expires_at=kept)
        return
    _log.error("making_failed", kind=shop.kind, error=type(error).__name__)
    fault = error.code if isinstance(error, MediationError) else f"{shop.kind}_failed"
    await _changed(ctx, shop, order_id, state=MakingState.FAILED, fault=fault, expires_at=kept)


async def _changed(ctx: Context, shop: Workshop[T], order_id: str, **values: object) -> None:
    """Write how far one is, unless it is wanted no more."""
    async with ctx.db.transaction() as tx:
        order = await shop.rows.one(tx, order_id, locked=True)
        if order is not None and order.is_open:
            await shop.rows.save(tx, replace(order, **values))  # type: ignore[arg-type]


async def _state(ctx: Context, shop: Workshop[T], order_id: str) -> MakingState | None:
    async with ctx.db.reading() as tx:
        order = await shop.rows.one(tx, order_id)
    return order.state if order is not None else None


async def _tidied(ctx: Context, shop: Workshop[T]) -> None:
    async with ctx.db.reading() as tx:
        gone = await shop.rows.stale(tx, ctx.clock.now(), _STALE_AT_ONCE)
    for order in gone:
        await shop.discard(order.id)
        async with ctx.db.transaction() as tx:
            await shop.rows.remove(tx, order.id)
