"""Accounts and their logins; passwords and tokens are here only as hashes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import delete, insert, select, update

from mediation_server.domain.people import Role
from mediation_server.domain.users import User, login_of_phone
from mediation_server.errors import NotFound
from mediation_server.store.account_tables import logins, users
from mediation_server.store.database import Tx
from mediation_server.store.mapping import Mapper

__all__ = [
    "add",
    "add_login",
    "add_without_password",
    "at_court",
    "by_login",
    "by_phone",
    "end_login",
    "end_logins_of",
    "logins_of",
    "of_body",
    "of_roles",
    "owner_of_login",
    "prune_logins",
    "save",
    "set_password",
    "user",
    "user_of_login",
    "users_named",
]

_users = Mapper(User, users)
_NAMED = _users.among(users.c.id)
_NO_PASSWORD = "!"  # noqa: S105 - in the place of a hash, and the hash of nothing


async def add(tx: Tx, value: User, password_hash: str, created_at: datetime) -> None:
    """A new account."""
    await _users.add(tx, value, {"password_hash": password_hash, "created_at": created_at})


async def add_without_password(tx: Tx, value: User, created_at: datetime) -> None:
    """A new account that no password opens."""
    await add(tx, value, _NO_PASSWORD, created_at)


async def user(tx: Tx, user_id: str) -> User:
    """The account with this id. Raises `NotFound`."""
    found = await _users.by_key(tx, user_id)
    if found is None:
        raise NotFound
    return found


async def users_named(tx: Tx, user_ids: Iterable[str]) -> dict[str, User]:
    """The accounts with these ids, by id; those that do not exist are missing."""
    found = await _users.all_among(tx, _NAMED, user_ids)
    return {each.id: each for each in found}


async def at_court(tx: Tx, court: str, role: Role) -> list[User]:
    """Who works at a court in a role and may still sign in, by login name."""
    there = (users.c.court == court, users.c.role == role.value, users.c.active)
    return await _users.all(tx, _users.selecting().where(*there).order_by(users.c.login))


async def of_body(tx: Tx, organisation_id: str, role: Role) -> list[User]:
    """Who works for a mediation body in a role and may still sign in, by login name."""
    there = (users.c.organisation_id == organisation_id, users.c.role == role.value, users.c.active)
    return await _users.all(tx, _users.selecting().where(*there).order_by(users.c.login))


async def by_login(tx: Tx, login: str) -> tuple[User, str | None] | None:
    """The account with this login name and the hash of its password, if it has one; or None."""
    row = (await tx.execute(select(users.c.id, users.c.password_hash).where(users.c.login == login))).first()
    if row is None:
        return None
    return await user(tx, row.id), None if row.password_hash == _NO_PASSWORD else row.password_hash


async def by_phone(tx: Tx, phone: str) -> User | None:
    """The account of the party who is reached at this mobile number, or None."""
    return await _users.first(tx, _users.selecting().where(users.c.login == login_of_phone(phone)))


async def add_login(tx: Tx, token_hash: str, user_id: str, created_at: datetime, expires_at: datetime) -> None:
    """A login begins."""
    values = {"token_hash": token_hash, "user_id": user_id, "created_at": created_at, "expires_at": expires_at}
    await tx.execute(insert(logins).values(**values))


async def user_of_login(tx: Tx, token_hash: str, now: datetime) -> User | None:
    """Whose login this is, or None when it is unknown or over, or the account is no longer active."""
    query = (
        _users.selecting()
        .join(logins, logins.c.user_id == users.c.id)
        .where(logins.c.token_hash == token_hash, logins.c.expires_at > now, users.c.active)
    )
    return await _users.first(tx, query)


async def owner_of_login(tx: Tx, token_hash: str, *, locked: bool = False) -> User | None:
    """Whose login this is or was, as long as it is remembered and the account is active; it opens nothing.

    `locked` lets one writer at a time do something for this account until `tx` ends (SQLite: they wait anyway).
    """
    query = (
        _users.selecting()
        .join(logins, logins.c.user_id == users.c.id)
        .where(logins.c.token_hash == token_hash, users.c.active)
    )
    return await _users.first(tx, query.with_for_update(of=users) if locked else query)


async def logins_of(tx: Tx, user_id: str) -> list[str]:
    """Token hashes of the logins of an account, oldest first."""
    query = select(logins.c.token_hash).where(logins.c.user_id == user_id).order_by(logins.c.created_at)
    return list((await tx.execute(query)).scalars())


async def end_login(tx: Tx, token_hash: str) -> None:
    """A login ends; an unknown one has ended already."""
    await tx.execute(delete(logins).where(logins.c.token_hash == token_hash))


async def prune_logins(tx: Tx, over_since: datetime) -> None:
    """Forget logins that were over by then."""
    await tx.execute(delete(logins).where(logins.c.expires_at <= over_since))


async def of_roles(tx: Tx, roles: Iterable[Role]) -> list[User]:
    """Every account with one of these roles, by role and name."""
    query = _users.selecting().where(users.c.role.in_([each.value for each in roles]))
    return await _users.all(tx, query.order_by(users.c.role, users.c.name, users.c.id))


async def save(tx: Tx, value: User) -> None:
    """Write an account as it is now; its password stays."""
    await _users.save(tx, value)


async def set_password(tx: Tx, user_id: str, password_hash: str) -> None:
    """Another password opens an account from now on."""
    await tx.execute(update(users).where(users.c.id == user_id).values(password_hash=password_hash))


async def end_logins_of(tx: Tx, user_id: str) -> None:
    """Every login of an account ends."""
    await tx.execute(delete(logins).where(logins.c.user_id == user_id))
