"""Codes on their way to the phones of parties; here only as slow hashes, for minutes."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import delete, insert, select

from mediation_server.store.account_tables import login_codes
from mediation_server.store.database import Tx

__all__ = ["LoginCode", "add", "code", "forget", "prune"]


class LoginCode(NamedTuple):
    """One code: to which phone it went and the hash of it."""

    phone: str
    code_hash: str


async def add(tx: Tx, token_hash: str, value: LoginCode, expires_at: datetime) -> None:
    """A code was sent to whoever holds the cookie of this hash."""
    values = {"token_hash": token_hash, "phone": value.phone, "code_hash": value.code_hash, "expires_at": expires_at}
    await tx.execute(insert(login_codes).values(**values))


async def code(tx: Tx, token_hash: str, now: datetime) -> LoginCode | None:
    """The code that was sent there, unless there is none or its time is over."""
    query = select(login_codes.c.phone, login_codes.c.code_hash).where(
        login_codes.c.token_hash == token_hash, login_codes.c.expires_at > now
    )
    row = (await tx.execute(query)).first()
    return None if row is None else LoginCode(row.phone, row.code_hash)


async def forget(tx: Tx, phone: str) -> int:
    """Forget every code of a phone; how many there were. Of two at once only one sees them."""
    return (await tx.execute(delete(login_codes).where(login_codes.c.phone == phone))).rowcount


async def prune(tx: Tx, now: datetime) -> None:
    """Forget codes whose time is over."""
    await tx.execute(delete(login_codes).where(login_codes.c.expires_at <= now))
