"""The demo's first day (all invented): accounts and six matters, written once, found by fixed ids; decides nothing."""

from __future__ import annotations

import asyncio
import secrets
from datetime import date

from mediation_server.domain.calendar import local_date
from mediation_server.domain.ids import foreseeable_ids
from mediation_server.domain.session import Participant
from mediation_server.services import demo_cast as cast
from mediation_server.services.context import Context
from mediation_server.services.demo_days import Days
from mediation_server.services.demo_matter_1 import MATTER_1, SESSION_1, SESSION_1_MORNING, matter_1
from mediation_server.services.demo_matter_2 import MATTER_2, SESSION_2, matter_2
from mediation_server.services.demo_matter_3 import MATTER_3, SESSION_3, matter_3
from mediation_server.services.demo_matter_4 import MATTER_4, SESSION_4, SESSION_4_CHECK, matter_4
from mediation_server.services.demo_matter_5 import MATTER_5, SESSION_5, matter_5
from mediation_server.services.demo_matter_6 import MATTER_6, SESSION_6, matter_6
from mediation_server.services.demo_roster import fill_roster
from mediation_server.services.demo_sittings import Stage
from mediation_server.store import letters, sessions, users

__all__ = [
    "MATTERS",
    "MATTER_1",
    "MATTER_2",
    "MATTER_3",
    "MATTER_4",
    "MATTER_5",
    "MATTER_6",
    "SESSION_1",
    "SESSION_1_MORNING",
    "SESSION_2",
    "SESSION_3",
    "SESSION_4",
    "SESSION_4_CHECK",
    "SESSION_5",
    "SESSION_6",
    "participants_4",
    "seed",
]

MATTERS = (MATTER_1, MATTER_2, MATTER_3, MATTER_4, MATTER_5, MATTER_6)
_ACCOUNTS_SINCE = 30  # days before T


async def seed(ctx: Context, seed_date: date | None = None) -> dict[str, str]:
    """Write the demo's first day, `seed_date` or today, unless it is there; passwords by login name, told only now.

    Of one day everything is the same each time but passwords and the sitting that begins ten minutes from now.
    """
    if await _is_there(ctx):
        return {}
    passwords = {each.login: secrets.token_urlsafe(9) for each in cast.USERS}
    hashes = await asyncio.gather(*(ctx.passwords.hashed(passwords[each.login]) for each in cast.USERS))
    days = Days(seed_date or local_date(ctx.clock.now()))
    since = days.at(-_ACCOUNTS_SINCE, 9)
    with foreseeable_ids(f"demo {days.today}", since):
        async with ctx.db.transaction() as tx:
            for user, password_hash in zip(cast.USERS, hashes, strict=True):
                await users.add(tx, user, password_hash, since)
            for user in cast.PARTY_ACCOUNTS:
                await users.add_without_password(tx, user, since)
            await fill_roster(tx)
            stage = Stage(ctx, tx, days)
            for matter in (matter_1, matter_2, matter_3, matter_4, matter_5, matter_6):
                await matter(stage)
            await letters.settle(tx)  # a history that is told: nobody is written to today about what was long ago
    ctx.outbox_filled.set()
    return passwords


async def _is_there(ctx: Context) -> bool:
    async with ctx.db.reading() as tx:
        return bool(await users.users_named(tx, [cast.MEDIATOR_1.id]))


async def participants_4(ctx: Context) -> list[Participant]:
    """Who sat in matter 4's sitting: mediator, the company's representative, the owner of the flat."""
    async with ctx.db.reading() as tx:
        return await sessions.participants_of(tx, SESSION_4)
