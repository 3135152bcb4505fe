"""Signing parties in (当事人登录): a code sent to their phone, no password; throttled, in uniform words, hashed."""

from __future__ import annotations

import secrets
from datetime import timedelta

from mediation_server.domain.audit import ANONYMOUS, AuditAction
from mediation_server.domain.checks.contacts import mobile
from mediation_server.domain.ids import new_id
from mediation_server.domain.masking import Datum, masked
from mediation_server.domain.notice import Channel, Notice
from mediation_server.domain.people import Role
from mediation_server.domain.tokens import hash_of, is_token, new_token
from mediation_server.domain.users import User, login_of_phone
from mediation_server.errors import NotSignedIn, TooMany, Unavailable
from mediation_server.services.auditing import audited
from mediation_server.services.context import Context
from mediation_server.services.login import SignedIn, begin
from mediation_server.services.posting import hand_over
from mediation_server.services.throttle import Limit
from mediation_server.store import login_codes, matters, party_agents, users
from mediation_server.store.database import Tx
from mediation_server.store.login_codes import LoginCode

__all__ = ["CODE_LASTS", "account_at", "ask_for_code", "asked_phone", "enter_by_code"]

CODE_LASTS = timedelta(minutes=5)
_QUARTER_HOUR_MS = 15 * 60 * 1000
_MINUTES = 15
_CODES_PER_PHONE = Limit(5, _QUARTER_HOUR_MS)  # each is a message somebody pays for and somebody reads
_CODES_PER_ADDRESS = Limit(100, _QUARTER_HOUR_MS)  # a whole court or village may share one
_WRONG_PER_PHONE = Limit(5, _QUARTER_HOUR_MS)  # five guesses at a million codes
_WRONG_PER_ADDRESS = Limit(100, _QUARTER_HOUR_MS)


async def ask_for_code(ctx: Context, phone: str, address: str = "") -> str:
    """Send a code to a mobile phone, known or not; the token for the cookie of whoever asked, without which it is void.

    `address` is the network address the wish comes from. Raises what `contacts.mobile` raises,
    `TooMany("too_many_codes")`, or `Unavailable("code_not_sent")` when the gateway does not take the message.
    """
    number = mobile(phone)
    for key, limit in ((f"code:{number}", _CODES_PER_PHONE), (f"code-address:{address}", _CODES_PER_ADDRESS)):
        if not ctx.throttle.admit(ctx.clock, key, limit):
            raise TooMany("too_many_codes", minutes=_MINUTES)
    code, token, now = f"{secrets.randbelow(1_000_000):06}", new_token(), ctx.clock.now()
    sent = LoginCode(number, await ctx.passwords.hashed(code))
    async with ctx.db.transaction() as tx:
        await login_codes.prune(tx, now)
        await login_codes.add(tx, hash_of(token), sent, now + CODE_LASTS)
        known = await users.by_phone(tx, number)
        await audited(ctx, tx, AuditAction.CODE_SENT, actor=ANONYMOUS, about=_about(known), address=address)
    if not await hand_over(ctx, Notice(new_id(), Channel.SMS, number, "", _text(code), now)):
        raise Unavailable("code_not_sent")
    return token


async def asked_phone(ctx: Context, token: str) -> str | None:
    """The phone a code was sent to, masked, for whoever asked for it; None when its time is over."""
    async with ctx.db.reading() as tx:
        sent = await _sent(ctx, tx, token)
    return masked(Datum.PHONE, sent.phone) if sent else None


async def enter_by_code(ctx: Context, token: str, code: str, address: str = "") -> SignedIn:
    """A login begins; the first one of a phone makes its account, and every party and agent with this phone is theirs.

    Raises `NotSignedIn("bad_code")` for everything wrong alike, or `TooMany("too_many_codes")`.
    """
    async with ctx.db.reading() as tx:
        sent = await _sent(ctx, tx, token)
    keys = _counted(ctx, sent, address)
    right = await ctx.passwords.holds(sent.code_hash if sent else None, "".join(code.split()))
    signed_in = await _entered(ctx, sent, address) if sent and right else None
    if signed_in is None:
        await _refused(ctx, sent, address)
        raise NotSignedIn("bad_code", field="code")
    for key in keys:
        ctx.throttle.forgive(key)
    return signed_in


async def _sent(ctx: Context, tx: Tx, token: str) -> LoginCode | None:
    return await login_codes.code(tx, hash_of(token), ctx.clock.now()) if is_token(token) else None


def _counted(ctx: Context, sent: LoginCode | None, address: str) -> tuple[str, ...]:
    """Count the attempt before it is looked at, so that a hundred at once are a hundred; the keys it counts under."""
    limits = {f"code-wrong-address:{address}": _WRONG_PER_ADDRESS}
    if sent:
        limits[f"code-wrong:{sent.phone}"] = _WRONG_PER_PHONE
    for key, limit in limits.items():
        if not ctx.throttle.admit(ctx.clock, key, limit):
            raise TooMany("too_many_codes", minutes=_MINUTES)
    return tuple(limits)


async def _entered(ctx: Context, sent: LoginCode, address: str) -> SignedIn | None:
    async with ctx.db.transaction() as tx:
        if not await login_codes.forget(tx, sent.phone):
            return None  # used in this very moment
        user = await account_at(ctx, tx, sent.phone)
        if not user.active:
            return None
        await matters.link_parties(tx, sent.phone, user.id)
        await party_agents.link(tx, sent.phone, user.id)
        return SignedIn(user, await begin(ctx, tx, user, address))


async def account_at(ctx: Context, tx: Tx, phone: str) -> User:
    """The account of a phone, made if there is none; its name is the one the court knows, else the masked number."""
    known = await users.by_phone(tx, phone)
    if known is not None:
        return known
    named, agent = await matters.party_reached_at(tx, phone), await party_agents.named_at(tx, phone)
    name = (agent.name, "") if agent else ("", "")
    if named:
        name = named.attends_as or named.name, named.attends_as_en or named.name_en
    shown = masked(Datum.PHONE, phone)
    user = User(new_id(), login_of_phone(phone), name[0] or shown, name[1] or shown, Role.PARTY, phone=phone)
    await users.add_without_password(tx, user, ctx.clock.now())
    await audited(ctx, tx, AuditAction.ACCOUNT_OPENED, actor=user.id, about=f"user:{user.id}")
    return user


async def _refused(ctx: Context, sent: LoginCode | None, address: str) -> None:
    async with ctx.db.transaction() as tx:
        known = await users.by_phone(tx, sent.phone) if sent else None
        await audited(
            ctx,
            tx,
            AuditAction.LOGIN_OPENED,
            actor=ANONYMOUS,
            about=_about(known),
            allowed=False,
            basis="bad_code",
            address=address,
        )


def _about(user: User | None) -> str:
    return f"user:{user.id}" if user else "user:unknown"


def _text(code: str) -> str:
    """One segment of an SMS; it says nothing of any matter, for whoever reads it may be anybody."""
    return f"【在线调解室】验证码{code}，{CODE_LASTS.seconds // 60}分钟内有效。请不要告诉任何人，工作人员不会向您索要。"
