"""Signing staff in, and anybody out (登录): throttled, in uniform words, with only hashes kept."""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

from mediation_server.domain.audit import ANONYMOUS, AuditAction
from mediation_server.domain.tokens import hash_of, is_token, new_token
from mediation_server.domain.unsent import UNSENT_LASTS
from mediation_server.domain.users import User
from mediation_server.errors import BadInput, NotSignedIn, Refused, TooMany
from mediation_server.services.auditing import audited
from mediation_server.services.context import Context
from mediation_server.services.throttle import Limit
from mediation_server.store import users
from mediation_server.store.database import Tx

__all__ = ["SignedIn", "begin", "sign_in", "sign_in_as", "sign_out", "user_of"]

_QUARTER_HOUR_MS = 15 * 60 * 1000
_PER_PAIR = Limit(5, _QUARTER_HOUR_MS)  # one account from one address
_PER_ADDRESS = Limit(100, _QUARTER_HOUR_MS)  # a whole court may share one
_PER_ACCOUNT = Limit(50, _QUARTER_HOUR_MS)  # guesses spread over many addresses
_MAX_LOGIN_CHARACTERS = 128
_LOGINS_KEPT = 10


class SignedIn(NamedTuple):
    """Who signed in and the token for the cookie, which exists nowhere else."""

    user: User
    token: str


async def sign_in(ctx: Context, login: str, password: str, address: str = "") -> SignedIn:
    """A login begins. Raises `NotSignedIn("bad_login")` for everything wrong alike, or `TooMany("too_many_logins")`.

    `address` is the network address the attempt comes from. An unknown login takes as long as a wrong password.
    """
    login = login.strip().lower()
    if len(login) > _MAX_LOGIN_CHARACTERS:
        raise BadInput("login_too_long", field="login")
    keys = _counted(ctx, login, address)
    async with ctx.db.reading() as tx:
        found = await users.by_login(tx, login)
    user, stored = found or (None, None)
    right = await ctx.passwords.holds(stored, password)
    if user is None or not right or not user.active:
        await _refused(ctx, user, address)
        raise NotSignedIn("bad_login")
    for key in keys:
        ctx.throttle.forgive(key)
    async with ctx.db.transaction() as tx:
        return SignedIn(user, await begin(ctx, tx, user, address))


async def sign_in_as(ctx: Context, user_id: str) -> str:
    """A login without a password, for the role buttons of the demo; its token. Raises `Refused("demo_only")`."""
    if not ctx.settings.demo:
        raise Refused("demo_only")
    async with ctx.db.transaction() as tx:
        return await begin(ctx, tx, await users.user(tx, user_id), "demo")


async def user_of(ctx: Context, token: str | None) -> User | None:
    """Whose login this is; None when there is none, it is over, or the account was closed."""
    if not is_token(token):
        return None
    async with ctx.db.reading() as tx:
        return await users.user_of_login(tx, hash_of(str(token)), ctx.clock.now())


async def sign_out(ctx: Context, token: str | None) -> None:
    """The login ends, and one that is over is nobody's any more; whoever has none is signed out already."""
    if not is_token(token):
        return
    user, token_hash = await user_of(ctx, token), hash_of(str(token))
    async with ctx.db.transaction() as tx:
        await users.end_login(tx, token_hash)
        if user is not None:
            await audited(ctx, tx, AuditAction.LOGIN_CLOSED, actor=user.id, about=f"user:{user.id}")


def _counted(ctx: Context, login: str, address: str) -> tuple[str, ...]:
    """Count the attempt before it is looked at, so that a hundred at once are a hundred; the keys it counts under."""
    limits = {
        f"login-address:{address}": _PER_ADDRESS,
        f"login-pair:{address}:{login}": _PER_PAIR,
        f"login-account:{login}": _PER_ACCOUNT,
    }
    for key, limit in limits.items():
        if not ctx.throttle.admit(ctx.clock, key, limit):
            raise TooMany("too_many_logins", minutes=limit.window_ms // 60_000)
    return tuple(limits)


async def _refused(ctx: Context, user: User | None, address: str) -> None:
    # What was typed as a login is not kept: people type their password there.
    about = f"user:{user.id}" if user else "user:unknown"
    async with ctx.db.transaction() as tx:
        await audited(
            ctx,
            tx,
            AuditAction.LOGIN_OPENED,
            actor=ANONYMOUS,
            about=about,
            allowed=False,
            basis="bad_login",
            address=address,
        )


async def begin(ctx: Context, tx: Tx, user: User, address: str) -> str:
    """A login of somebody who has proved who they are begins, within the transaction of that; its token."""
    now, token = ctx.clock.now(), new_token()
    await users.prune_logins(tx, now - UNSENT_LASTS)
    for oldest in (await users.logins_of(tx, user.id))[: -(_LOGINS_KEPT - 1)]:
        await users.end_login(tx, oldest)
    ends = now + timedelta(hours=ctx.settings.login_hours)
    await users.add_login(tx, hash_of(token), user.id, now, ends)
    await audited(ctx, tx, AuditAction.LOGIN_OPENED, actor=user.id, about=f"user:{user.id}", address=address)
    return token
