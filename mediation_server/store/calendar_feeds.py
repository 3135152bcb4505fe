"""The secret addresses of people's calendars; only hashes."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, insert, select

from mediation_server.store.account_tables import users
from mediation_server.store.clock_tables import calendar_feeds
from mediation_server.store.database import Tx

__all__ = ["drop", "owner_of", "put", "since"]


async def put(tx: Tx, user_id: str, token_hash: str, at: datetime) -> None:
    """A fresh address for somebody; the one before leads nowhere any more."""
    await drop(tx, user_id)
    await tx.execute(insert(calendar_feeds).values(user_id=user_id, token_hash=token_hash, created_at=at))


async def drop(tx: Tx, user_id: str) -> bool:
    """Close somebody's address; whether there was one."""
    return bool((await tx.execute(delete(calendar_feeds).where(calendar_feeds.c.user_id == user_id))).rowcount)


async def since(tx: Tx, user_id: str) -> datetime | None:
    """When somebody's address was made; None without one."""
    query = select(calendar_feeds.c.created_at).where(calendar_feeds.c.user_id == user_id)
    return (await tx.execute(query)).scalar()


async def owner_of(tx: Tx, token_hash: str) -> str | None:
    """The id of the account whose address this is, while the account is active."""
    query = (
        select(calendar_feeds.c.user_id)
        .join(users, users.c.id == calendar_feeds.c.user_id)
        .where(calendar_feeds.c.token_hash == token_hash, users.c.active)
    )
    return (await tx.execute(query)).scalar()
