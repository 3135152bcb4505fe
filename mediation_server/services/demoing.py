"""What the demo's role buttons do (演示): sign in as somebody, or get a fresh link into matter 1; refused elsewhere."""

from __future__ import annotations

from datetime import timedelta

from mediation_server.domain.people import Side
from mediation_server.domain.session import Session
from mediation_server.domain.sitting import Plan
from mediation_server.errors import NotFound, Refused
from mediation_server.services import demo_cast as cast
from mediation_server.services.context import Context
from mediation_server.services.demo_data import MATTER_1
from mediation_server.services.inviting import issue
from mediation_server.services.login import sign_in_as
from mediation_server.services.matters import next_of
from mediation_server.services.scheduling import schedule
from mediation_server.store import matters, sessions

__all__ = ["ACCOUNTS", "PARTIES", "join_token", "login_token", "person_token"]

ACCOUNTS = {
    "mediator": cast.MEDIATOR_1,
    "judge": cast.CONFIRMING_JUDGE,
    "trial_judge": cast.TRIAL_JUDGE,
    "filing": cast.FILING,
    "admin": cast.ADMINISTRATOR,
}
PARTIES = {"applicant": Side.APPLICANT, "respondent": Side.RESPONDENT}

_AHEAD = timedelta(minutes=10)


async def login_token(ctx: Context, role: str) -> str:
    """The token of a login in one of the `ACCOUNTS`. Raises `NotFound` for another role, `Refused("demo_only")`."""
    if role not in ACCOUNTS:
        raise NotFound
    return await sign_in_as(ctx, ACCOUNTS[role].id)


async def person_token(ctx: Context, user_id: str) -> str:
    """The token of a login as anybody of the demo's cast. Raises `NotFound` for others, `Refused("demo_only")`."""
    if user_id not in cast.ACCOUNTS:
        raise NotFound
    return await sign_in_as(ctx, user_id)


async def join_token(ctx: Context, role: str) -> str:
    """A fresh link token for one of the `PARTIES` into matter 1's next sitting; without one it is scheduled now.

    Raises `NotFound` for another role, `Refused("demo_only")`, `Conflict("matter_state")` once matter 1 is concluded.
    """
    if not ctx.settings.demo:
        raise Refused("demo_only")
    if role not in PARTIES:
        raise NotFound
    session = await _next_sitting(ctx)
    async with ctx.db.reading() as tx:
        named = await sessions.participants_of(tx, session.id)
    guest = next(each for each in named if each.side is PARTIES[role])
    return await issue(ctx, cast.MEDIATOR_1, session.id, guest.id)


async def _next_sitting(ctx: Context) -> Session:
    now = ctx.clock.now()
    lasting = timedelta(hours=ctx.settings.invitation_hours_after)
    async with ctx.db.reading() as tx:
        held = [each for each in await sessions.sessions_of(tx, MATTER_1) if each.starts_at + lasting > now]
        parties = frozenset(each.id for each in await matters.parties_of(tx, MATTER_1))
    found = next_of(held, now)
    if found is not None:
        return found
    plan = Plan(now + _AHEAD, 60, waived=parties, despite=True)
    return await schedule(ctx, cast.MEDIATOR_1, MATTER_1, plan)
