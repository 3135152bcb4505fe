"""Taking a matter along as one file (事项卷宗包): asked for, made in the background, fetched for a few days.

`bundle_kinds` says what is in it. The rights are asked for when it is asked for, made and fetched, and while it is on
its way: what has become too much for its recipient meanwhile is not handed out, however long ago it was made.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from typing import BinaryIO, NamedTuple, Protocol

import structlog

from mediation_server.background import background
from mediation_server.domain.audit import AuditAction
from mediation_server.domain.bundle import (
    BUNDLE_KEPT,
    BUNDLES_AT_ONCE,
    BUNDLES_WAITING,
    Bundle,
    BundleOrder,
    BundleState,
)
from mediation_server.domain.checks.texts import reason as reason_of
from mediation_server.domain.ids import is_id, new_id
from mediation_server.domain.users import User
from mediation_server.errors import Conflict, Gone, MediationError, NotFound
from mediation_server.services.auditing import audited
from mediation_server.services.bundle_kinds import RecordingFiles, gathered
from mediation_server.services.context import Context
from mediation_server.store import bundles, users
from mediation_server.store.database import Tx

__all__ = [
    "Binder",
    "BundleMade",
    "BundleTaken",
    "Told",
    "ask_bundle",
    "bundle_for",
    "cancel_bundle",
    "making_bundles",
    "orders_for",
    "still_theirs",
    "take_bundle",
]

_log = structlog.get_logger(__name__)

_LOOK_S = 1.0  # how soon one that was cancelled is let go
_IDLE_S = 60.0
_STALE_AT_ONCE = 20

Told = Callable[[int, int], Awaitable[None]]  # bytes written, bytes in all


class BundleMade(NamedTuple):
    """What came of it: length in bytes and SHA-256 of the file."""

    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class BundleTaken:
    """A bundle, open for reading; whoever asked for it closes `stream`."""

    order: BundleOrder
    ref: str
    stream: BinaryIO
    bytes: int


class Binder(Protocol):
    """The port to whoever makes and keeps the files."""

    async def make(self, order: BundleOrder, bundle: Bundle, told: Told) -> BundleMade:
        """Make it, or go on with it. Raises `MediationError` with the reason; cancelling ends all work on it."""
        ...

    async def open(self, order_id: str) -> tuple[BinaryIO, int]:
        """The file and its length in bytes. Raises `NotFound`."""
        ...

    async def discard(self, order_id: str) -> None:
        """Leave nothing of it; idempotent."""
        ...


async def bundle_for(ctx: Context, shelf: RecordingFiles, user: User, matter_id: str) -> Bundle:
    """What this person would take along now; opens no file. Raises `NotFound`, `Refused("export_not_yours")`."""
    async with ctx.db.reading() as tx:
        return await gathered(ctx, tx, shelf, user, matter_id)


async def orders_for(ctx: Context, user: User, matter_id: str) -> list[BundleOrder]:
    """What this person asked for of a matter, the newest first; of a stranger's matter that is nothing."""
    async with ctx.db.reading() as tx:
        return await bundles.orders_of(tx, matter_id, user.id)


async def ask_bundle(
    ctx: Context, shelf: RecordingFiles, user: User, matter_id: str, reason: str, language: str
) -> BundleOrder:
    """Have one made; who asks for which reason is written down.

    Raises what `bundle_for` raises, `BadInput` for the reason, `Conflict("bundle_waits")` while one's own are being
    made, `Conflict("bundles_busy")` while too many of all are.
    """
    words = reason_of(reason)
    async with ctx.db.transaction() as tx:
        await gathered(ctx, tx, shelf, user, matter_id)
        if await bundles.waiting(tx, user.id) >= BUNDLES_AT_ONCE:
            raise Conflict("bundle_waits", most=BUNDLES_AT_ONCE)
        if await bundles.waiting(tx) >= BUNDLES_WAITING:
            raise Conflict("bundles_busy")
        order = BundleOrder(new_id(), matter_id, user.id, language, BundleState.QUEUED, ctx.clock.now())
        await bundles.save(tx, order)
        await _written(ctx, tx, AuditAction.BUNDLE_ASKED, order, words)
    ctx.bundles_asked.set()
    return order


async def cancel_bundle(ctx: Context, binder: Binder, user: User, matter_id: str, order_id: str) -> None:
    """Let one go, made or not; idempotent. Raises `NotFound` for another's."""
    async with ctx.db.transaction() as tx:
        order = await _own(tx, user, matter_id, order_id)
        if order.state in (BundleState.CANCELLED, BundleState.FAILED):
            return
        await bundles.save(tx, replace(order, state=BundleState.CANCELLED, expires_at=ctx.clock.now() + BUNDLE_KEPT))
        await _written(ctx, tx, AuditAction.BUNDLE_CANCELLED, order)
    if not order.is_open:
        await binder.discard(order.id)


async def take_bundle(
    ctx: Context, shelf: RecordingFiles, binder: Binder, user: User, matter_id: str, order_id: str
) -> BundleTaken:
    """Fetch one that is ready; that it was taken is written down before a byte is sent.

    Raises `NotFound` for another's or one that is not ready, what `bundle_for` raises, and `Gone("bundle_outdated")`
    when something in it is not for this person any more.
    """
    async with ctx.db.transaction() as tx:
        order = await _own(tx, user, matter_id, order_id)
        if order.state is not BundleState.READY:
            raise NotFound
        now = await gathered(ctx, tx, shelf, user, matter_id)
        if not now.sources.issuperset(order.sources):
            raise Gone("bundle_outdated")
        await _written(ctx, tx, AuditAction.BUNDLE_TAKEN, order)
    stream, size = await binder.open(order.id)
    return BundleTaken(order, str(now.matter["ref"]), stream, size)


async def still_theirs(ctx: Context, shelf: RecordingFiles, user: User, order: BundleOrder) -> bool:
    """Whether it may go on being sent to this person."""
    try:
        async with ctx.db.reading() as tx:
            known = await _own(tx, user, order.matter_id, order.id)
            now = await gathered(ctx, tx, shelf, user, order.matter_id)
    except MediationError:
        return False
    return known.state is BundleState.READY and now.sources.issuperset(order.sources)


@contextlib.asynccontextmanager
async def making_bundles(ctx: Context, shelf: RecordingFiles, binder: Binder) -> AsyncIterator[None]:
    """Make what is asked for, one at a time, while the block lasts; what was begun before is gone on with."""

    async def run() -> None:
        while True:
            ctx.bundles_asked.clear()
            try:
                while await _made_one(ctx, shelf, binder):
                    pass
                await _tidied(ctx, binder)
            except Exception as error:  # noqa: BLE001 - whatever is away: the next round finds all as it was
                _log.error("bundles_broken", error=type(error).__name__)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(ctx.bundles_asked.wait(), _IDLE_S)

    async with background(run, "bundles"):
        yield


async def _made_one(ctx: Context, shelf: RecordingFiles, binder: Binder) -> bool:
    """Make the next one; False when there is none."""
    async with ctx.db.transaction() as tx:
        order = await bundles.next_order(tx)
        if order is None:
            return False
        await bundles.save(tx, replace(order, state=BundleState.MAKING))
    work = asyncio.ensure_future(_made(ctx, shelf, binder, order))
    try:
        while not (await asyncio.wait({work}, timeout=_LOOK_S))[0]:
            if not await _is(ctx, order.id, BundleState.MAKING):
                work.cancel()
        await _finished(ctx, order.id, work)
    finally:
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)
    if not await _is(ctx, order.id, BundleState.READY):
        await binder.discard(order.id)
    return True


async def _made(ctx: Context, shelf: RecordingFiles, binder: Binder, order: BundleOrder) -> BundleMade:
    """What its recipient may have now, not when it was asked for."""
    async with ctx.db.reading() as tx:
        user = await users.user(tx, order.user_id)
        bundle = await gathered(ctx, tx, shelf, user, order.matter_id)
    await _changed(ctx, order.id, sources=tuple(sorted(bundle.sources)))

    async def told(done: int, total: int) -> None:
        await _changed(ctx, order.id, done=done, total=total)

    return await binder.make(order, bundle, told)


async def _finished(ctx: Context, order_id: str, work: asyncio.Future[BundleMade]) -> None:
    if work.cancelled():
        return
    kept, error = ctx.clock.now() + BUNDLE_KEPT, work.exception()
    if error is None:
        made = work.result()
        values = {"state": BundleState.READY, "bytes": made.bytes, "sha256": made.sha256}
        await _changed(ctx, order_id, **values, expires_at=kept)
        return
    _log.error("bundle_failed", error=type(error).__name__)
    fault = error.code if isinstance(error, MediationError) else "bundle_failed"
    await _changed(ctx, order_id, state=BundleState.FAILED, fault=fault, expires_at=kept)


async def _changed(ctx: Context, order_id: str, **values: object) -> None:
    """Write how far it is, unless it is wanted no more."""
    async with ctx.db.transaction() as tx:
        order = await bundles.order(tx, order_id, locked=True)
        if order is not None and order.is_open:
            await bundles.save(tx, replace(order, **values))  # type: ignore[arg-type]


async def _is(ctx: Context, order_id: str, state: BundleState) -> bool:
    async with ctx.db.reading() as tx:
        order = await bundles.order(tx, order_id)
    return order is not None and order.state is state


async def _tidied(ctx: Context, binder: Binder) -> None:
    async with ctx.db.reading() as tx:
        gone = await bundles.stale(tx, ctx.clock.now(), _STALE_AT_ONCE)
    for order in gone:
        await binder.discard(order.id)
        async with ctx.db.transaction() as tx:
            await bundles.remove(tx, order.id)


async def _own(tx: Tx, user: User, matter_id: str, order_id: str) -> BundleOrder:
    order = await bundles.order(tx, order_id) if is_id(order_id) else None
    if order is None or (order.user_id, order.matter_id) != (user.id, matter_id):
        raise NotFound
    return order


async def _written(ctx: Context, tx: Tx, action: AuditAction, order: BundleOrder, purpose: str = "") -> None:
    about, sha256 = f"matter:{order.matter_id}", order.sha256 or ""
    await audited(ctx, tx, action, actor=order.user_id, about=about, purpose=purpose, bundle=order.id, sha256=sha256)
