"""What administrators do with accounts (用户管理): made, changed, closed, given a new password; no content at all.

Accounts of parties are not theirs to see: who is a party to a dispute is content.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from typing import NamedTuple

from mediation_server.domain.audit import AuditAction, AuditEntry
from mediation_server.domain.checks.names import latin_name, person_name
from mediation_server.domain.checks.together import Together
from mediation_server.domain.courts import COURTS, SUPERIOR
from mediation_server.domain.ids import is_id, new_id
from mediation_server.domain.people import Role
from mediation_server.domain.users import User
from mediation_server.errors import BadInput, Conflict, NotFound
from mediation_server.services.context import Context
from mediation_server.store import audit, matters, users
from mediation_server.store.database import Tx

__all__ = ["STAFF", "AccountForm", "NewPassword", "account", "accounts", "change", "create", "reset_password"]

# Who has an account that an administrator makes.
STAFF = (
    Role.MEDIATOR,
    Role.JUDGE,
    Role.CLERK,
    Role.FILING,
    Role.ORGANISATION,
    Role.ADMIN,
    Role.AUDITOR,
)
_OF_COURT = (Role.JUDGE, Role.CLERK, Role.FILING)
_MOST_LOGIN, _PASSWORD_BYTES = 40, 12
_LOGIN_MARKS = ".-_"


@dataclass(frozen=True, slots=True)
class AccountForm:
    """What is filled in for an account; texts as typed."""

    name: str
    name_en: str
    role: str
    court: str = ""
    organisation_id: str = ""
    active: bool = True
    heads_division: bool = False


class NewPassword(NamedTuple):
    """An account and its password, which is told once and kept only as a hash."""

    user: User
    password: str


async def accounts(ctx: Context, user: User) -> list[User]:
    """Every account of staff, by role and name. Raises `NotFound` to whoever is no administrator."""
    _require_admin(user)
    async with ctx.db.reading() as tx:
        return await users.of_roles(tx, STAFF)


async def account(ctx: Context, user: User, user_id: str) -> User:
    """One of them. Raises `NotFound`."""
    _require_admin(user)
    async with ctx.db.reading() as tx:
        return await _staff(tx, user_id)


async def create(ctx: Context, user: User, login: str, form: AccountForm) -> NewPassword:
    """A new account; its password is told once. Raises `BadInput` naming the field, `Conflict("login_taken")`."""
    _require_admin(user)
    with Together() as checked:
        name = checked(_login, login)
        made = checked(_filled, User(new_id(), name, "", "", Role.CLERK), form)
    password = secrets.token_urlsafe(_PASSWORD_BYTES)
    hashed = await ctx.passwords.hashed(password)
    async with ctx.db.transaction() as tx:
        if await users.by_login(tx, made.login) is not None:
            raise Conflict("login_taken", field="login")
        await users.add(tx, made, hashed, ctx.clock.now())
        await _audit(ctx, tx, AuditAction.ACCOUNT_OPENED, user, made)
    return NewPassword(made, password)


async def change(ctx: Context, user: User, user_id: str, form: AccountForm) -> User:
    """Another name, role, court or body; closed or open again. A closed account is signed out at once.

    Raises `NotFound`, `BadInput` naming the field, `Conflict("own_account")`: nobody locks themselves out.
    """
    _require_admin(user)
    async with ctx.db.transaction() as tx:
        before = await _staff(tx, user_id)
        after = _filled(before, form)
        if before.id == user.id and (after.role, after.active) != (before.role, before.active):
            raise Conflict("own_account", field="role")
        if after == before:
            return before
        await users.save(tx, after)
        if (after.name, after.name_en) != (before.name, before.name_en):
            await matters.index_all(tx, await matters.mediated_by(tx, after.id))
        if (after.role, after.active) != (before.role, before.active):
            await users.end_logins_of(tx, after.id)  # rights of before end with the logins of before
        changed = sorted(name for name in User.__slots__ if getattr(before, name) != getattr(after, name))
        await _audit(ctx, tx, AuditAction.ACCOUNT_CHANGED, user, after, changed=changed)
    return after


async def reset_password(ctx: Context, user: User, user_id: str) -> NewPassword:
    """A new password, told once; the former one and every login end. Raises `NotFound`."""
    _require_admin(user)
    password = secrets.token_urlsafe(_PASSWORD_BYTES)
    hashed = await ctx.passwords.hashed(password)
    async with ctx.db.transaction() as tx:
        whose = await _staff(tx, user_id)
        await users.set_password(tx, whose.id, hashed)
        await users.end_logins_of(tx, whose.id)
        await _audit(ctx, tx, AuditAction.PASSWORD_RESET, user, whose)
    return NewPassword(whose, password)


def _require_admin(user: User) -> None:
    if user.role is not Role.ADMIN:
        raise NotFound


async def _staff(tx: Tx, user_id: str) -> User:
    found = (await users.users_named(tx, [user_id])).get(user_id) if is_id(user_id) else None
    if found is None or found.role not in STAFF:
        raise NotFound
    return found


def _login(text: str) -> str:
    login = text.strip().lower()
    if not login:
        raise BadInput("required", field="login")
    if len(login) > _MOST_LOGIN:
        raise BadInput("too_long", field="login", most=_MOST_LOGIN)
    if not all(each.isascii() and (each.isalnum() or each in _LOGIN_MARKS) for each in login):
        raise BadInput("login_form", field="login")
    return login


def _filled(user: User, form: AccountForm) -> User:
    role = next((each for each in STAFF if each.value == form.role), None)
    with Together() as checked:
        return replace(
            user,
            name=checked(person_name, form.name, field="name"),
            name_en=checked(latin_name, form.name_en) if form.name_en.strip() else "",
            role=checked(_chosen, role),
            court=checked(_court, form.court.strip(), user, role),
            organisation_id=checked(_body, form.organisation_id.strip(), role),
            active=form.active,
            heads_division=checked(_heads, form, role),
        )


def _chosen(role: Role | None) -> Role:
    if role is None:
        raise BadInput("role_required", field="role")
    return role


def _court(court: str, user: User, role: Role | None) -> str | None:
    if role in _OF_COURT and not court:
        raise BadInput("court_required", field="court")
    if court and court != user.court and court not in {each.name for each in (*COURTS.all(), SUPERIOR)}:
        raise BadInput("court_not_offered", field="court")
    return court or None


def _body(body: str, role: Role | None) -> str | None:
    if role is Role.ORGANISATION and not body:
        raise BadInput("organisation_required", field="organisation_id")
    if body and not is_id(body):
        raise BadInput("organisation_unknown", field="organisation_id")
    return body or None


def _heads(form: AccountForm, role: Role | None) -> bool:
    if form.heads_division and role not in (Role.JUDGE, None):
        raise BadInput("head_is_judge", field="heads_division")
    return form.heads_division


async def _audit(ctx: Context, tx: Tx, action: AuditAction, by: User, whose: User, **details: object) -> None:
    entry = AuditEntry(
        id=new_id(),
        at=ctx.clock.now(),
        actor=by.id,
        action=action,
        object=f"user:{whose.id}",
        allowed=True,
        details={"role": whose.role.value, "active": whose.active, "heads_division": whose.heads_division, **details},
    )
    await audit.add(tx, entry)
