"""Bundles of matters: what was asked for, in which order, and how far it is."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, func, select, update

from mediation_server.domain.bundle import BundleOrder, BundleState
from mediation_server.store.bundle_tables import bundle_orders
from mediation_server.store.database import Tx
from mediation_server.store.mapping import Mapper

__all__ = ["cancel_all", "next_order", "order", "orders_of", "remove", "save", "stale", "waiting"]

_orders = Mapper(BundleOrder, bundle_orders)
_OPEN = (BundleState.QUEUED, BundleState.MAKING)
_SHOWN = 20  # of one person about one matter


async def save(tx: Tx, value: BundleOrder) -> None:
    """Write an order as it is now."""
    await _orders.save(tx, value)


async def order(tx: Tx, order_id: str, *, locked: bool = False) -> BundleOrder | None:
    """The order with this id, or None."""
    return await _orders.by_key(tx, order_id, locked=locked)


async def orders_of(tx: Tx, matter_id: str, user_id: str) -> list[BundleOrder]:
    """What one person asked for of one matter, the newest first."""
    query = _orders.selecting().where(bundle_orders.c.matter_id == matter_id, bundle_orders.c.user_id == user_id)
    return await _orders.all(
        tx, query.order_by(bundle_orders.c.asked_at.desc(), bundle_orders.c.id.desc()).limit(_SHOWN)
    )


async def waiting(tx: Tx, user_id: str | None = None) -> int:
    """How many are still to be made, of one person or of everybody."""
    query = select(func.count()).select_from(bundle_orders).where(bundle_orders.c.state.in_(_OPEN))
    mine = query if user_id is None else query.where(bundle_orders.c.user_id == user_id)
    return (await tx.execute(mine)).scalar_one()


async def next_order(tx: Tx) -> BundleOrder | None:
    """The one to make now: what was begun first, then what was asked for first."""
    begun_first = bundle_orders.c.state != BundleState.MAKING
    query = _orders.selecting().where(bundle_orders.c.state.in_(_OPEN))
    return await _orders.first(tx, query.order_by(begun_first, bundle_orders.c.asked_at, bundle_orders.c.id))


async def stale(tx: Tx, now: datetime, most: int) -> list[BundleOrder]:
    """Those that are kept no longer."""
    return await _orders.all(tx, _orders.selecting().where(bundle_orders.c.expires_at <= now).limit(most))


async def cancel_all(tx: Tx, matter_id: str, now: datetime) -> int:
    """Let every bundle of a matter go, made or not; how many are still there."""
    of_it = bundle_orders.c.matter_id == matter_id
    await tx.execute(update(bundle_orders).where(of_it).values(state=BundleState.CANCELLED, expires_at=now))
    return (await tx.execute(select(func.count()).select_from(bundle_orders).where(of_it))).scalar_one()


async def remove(tx: Tx, order_id: str) -> None:
    """Forget a bundle whose file is gone."""
    await tx.execute(delete(bundle_orders).where(bundle_orders.c.id == order_id))
