"""Reading the audit log (审计日志): by object, actor and day, page by page; that it was read is written into it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from mediation_server.domain.audit import AuditAction, AuditLine, AuditQuery
from mediation_server.domain.calendar import SHANGHAI
from mediation_server.domain.checks.together import Together
from mediation_server.domain.ids import is_id
from mediation_server.domain.people import Role
from mediation_server.domain.users import User
from mediation_server.errors import BadInput, NotFound
from mediation_server.services.auditing import audited
from mediation_server.services.context import Context
from mediation_server.store import audit, users

__all__ = ["PAGE", "READERS", "AuditPage", "audit_page"]

PAGE = 50
READERS = (Role.AUDITOR, Role.ADMIN)
_MOST_ASKED = 80


@dataclass(frozen=True, slots=True)
class AuditPage:
    """One page of the log, newest first; `before` begins the next, None on the last. `people`: accounts by id."""

    lines: tuple[AuditLine, ...]
    people: dict[str, User]
    before: int | None


async def audit_page(ctx: Context, user: User, about: str, actor: str, day: str, before: str) -> AuditPage:
    """The entries that were asked for; an actor is an account's login name or an id.

    Raises `NotFound` to whoever may not read the log, `BadInput` naming `about`, `actor` or `day`.
    """
    if user.role not in READERS:
        raise NotFound
    with Together() as checked:
        about, days = checked(_about, about), checked(_on, day)
        if len(actor) > _MOST_ASKED:
            raise BadInput("too_long", field="actor", most=_MOST_ASKED)
    asked = replace(days, about=about, before=int(before) if before.isdecimal() else None)
    async with ctx.db.transaction() as tx:
        if actor:
            found = None if is_id(actor) else await users.by_login(tx, actor.lower())
            asked = replace(asked, actor=found[0].id if found else actor)
        lines = await audit.matching(tx, asked, PAGE + 1)
        people = await users.users_named(tx, {each.entry.actor for each in lines})
        if asked.before is None:  # leafing on is the same look
            by = asked.actor if is_id(asked.actor) else ""
            await audited(
                ctx, tx, AuditAction.AUDIT_READ, actor=user.id, about="house:audit", object=asked.about, by=by, day=day
            )
    shown = tuple(lines[:PAGE])
    staff = {key: each for key, each in people.items() if each.role is not Role.PARTY}
    return AuditPage(shown, staff, shown[-1].seq if len(lines) > PAGE else None)


def _about(text: str) -> str:
    text = text.strip()
    if len(text) > _MOST_ASKED:
        raise BadInput("too_long", field="about", most=_MOST_ASKED)
    if text and ":" not in text:
        raise BadInput("audit_object", field="about")
    return text


def _on(day: str) -> AuditQuery:
    if not day:
        return AuditQuery()
    try:
        since = datetime.combine(date.fromisoformat(day), time(), SHANGHAI)
    except ValueError:
        raise BadInput("date_form", field="day") from None
    return AuditQuery(since=since, until=since + timedelta(days=1))
