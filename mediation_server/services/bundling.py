"""Taking a matter along as one file (事项卷宗包): asked for, made in the background, fetched for a few days.

`bundle_kinds` says what is in it. The rights are asked for when it is asked for, made and fetched, and while it is on
its way: what has become too much for its recipient meanwhile is not handed out, however long ago it was made.
"""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from typing import BinaryIO, Protocol

from mediation_server.domain.audit import AuditAction
from mediation_server.domain.bundle import (
    BUNDLE_KEPT,
    BUNDLES_AT_ONCE,
    BUNDLES_WAITING,
    Bundle,
    BundleOrder,
)
from mediation_server.domain.checks.texts import reason as reason_of
from mediation_server.domain.ids import is_id, new_id
from mediation_server.domain.making import MakingState
from mediation_server.domain.users import User
from mediation_server.errors import Conflict, Gone, MediationError, NotFound
from mediation_server.services.auditing import audited
from mediation_server.services.bundle_asking import RecordingFiles
from mediation_server.services.bundle_kinds import gathered
from mediation_server.services.context import Context
from mediation_server.services.making import Made, Told, Workshop, let_go, making
from mediation_server.store import users
from mediation_server.store.database import Tx
from mediation_server.store.made import BUNDLES

__all__ = [
    "Binder",
    "BundleTaken",
    "ask_bundle",
    "bundle_for",
    "cancel_bundle",
    "making_bundles",
    "orders_for",
    "still_theirs",
    "take_bundle",
]


@dataclass(frozen=True, slots=True)
class BundleTaken:
    """A bundle, open for reading; whoever asked for it closes `stream`."""

    order: BundleOrder
    ref: str
    stream: BinaryIO
    bytes: int


class Binder(Protocol):
    """The port to whoever makes and keeps the files."""

    async def make(self, order: BundleOrder, bundle: Bundle, told: Told) -> Made:
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
        return await BUNDLES.of(tx, matter_id, user.id)


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
        if await BUNDLES.waiting(tx, user.id) >= BUNDLES_AT_ONCE:
            raise Conflict("bundle_waits", most=BUNDLES_AT_ONCE)
        if await BUNDLES.waiting(tx) >= BUNDLES_WAITING:
            raise Conflict("bundles_busy")
        order = BundleOrder(new_id(), matter_id, user.id, language, MakingState.QUEUED, ctx.clock.now())
        await BUNDLES.save(tx, order)
        await _written(ctx, tx, AuditAction.BUNDLE_ASKED, order, words)
    ctx.bundles_asked.set()
    return order


async def cancel_bundle(ctx: Context, binder: Binder, user: User, matter_id: str, order_id: str) -> None:
    """Let one go, made or not; idempotent. Raises `NotFound` for another's."""
    async with ctx.db.transaction() as tx:
        order = await _own(tx, user, matter_id, order_id, locked=True)
        if not await let_go(ctx, tx, BUNDLES, order, BUNDLE_KEPT):
            return
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
        order = await _own(tx, user, matter_id, order_id, locked=True)
        if order.state is not MakingState.READY:
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
    return known.state is MakingState.READY and now.sources.issuperset(order.sources)


def making_bundles(ctx: Context, shelf: RecordingFiles, binder: Binder) -> AbstractAsyncContextManager[None]:
    """Make what is asked for, one at a time, while the block lasts; what was begun before is gone on with."""

    async def make(order: BundleOrder, told: Told) -> Made:
        """What its recipient may have now, not when it was asked for."""
        async with ctx.db.reading() as tx:
            user = await users.user(tx, order.user_id)
            bundle = await gathered(ctx, tx, shelf, user, order.matter_id)
        async with ctx.db.transaction() as tx:
            known = await BUNDLES.one(tx, order.id, locked=True)
            if known is not None and known.is_open:
                await BUNDLES.save(tx, replace(known, sources=tuple(sorted(bundle.sources))))
        return await binder.make(order, bundle, told)

    return making(ctx, Workshop("bundle", BUNDLES, BUNDLE_KEPT, ctx.bundles_asked, make, binder.discard))


async def _own(tx: Tx, user: User, matter_id: str, order_id: str, *, locked: bool = False) -> BundleOrder:
    order = await BUNDLES.one(tx, order_id, locked=locked) if is_id(order_id) else None
    if order is None or (order.user_id, order.matter_id) != (user.id, matter_id):
        raise NotFound
    return order


async def _written(ctx: Context, tx: Tx, action: AuditAction, order: BundleOrder, purpose: str = "") -> None:
    about, sha256 = f"matter:{order.matter_id}", order.sha256 or ""
    await audited(ctx, tx, action, actor=order.user_id, about=about, purpose=purpose, bundle=order.id, sha256=sha256)
