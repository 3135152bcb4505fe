"""The demo's first day, with everybody in it at hand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import pytest

from mediation_server.domain.consent import ConsentItem
from mediation_server.domain.people import Side
from mediation_server.domain.sitting import Plan
from mediation_server.domain.users import User
from mediation_server.services import demo_cast as cast
from mediation_server.services import inviting, joining
from mediation_server.services.context import Context
from mediation_server.services.demo_data import MATTER_1, SESSION_1
from mediation_server.store import audit, events, matters, sessions

YES = {ConsentItem.ONLINE: True, ConsentItem.RECORDING_NOTICE: True}


@dataclass
class Demo:
    """The seeded product; `ctx` is what use cases are given, `passwords` what was told once."""

    ctx: Context
    passwords: dict[str, str]

    mediator: User = cast.MEDIATOR_1
    other_mediator: User = cast.MEDIATOR_2
    trial_judge: User = cast.TRIAL_JUDGE
    judge: User = cast.CONFIRMING_JUDGE

    async def named(self, session_id=SESSION_1):
        async with self.ctx.db.reading() as tx:
            return await sessions.participants_of(tx, session_id)

    async def guest(self, side=Side.APPLICANT, session_id=SESSION_1):
        return next(each for each in await self.named(session_id) if each.side is side)

    async def link(self, side=Side.APPLICANT, session_id=SESSION_1):
        guest = await self.guest(side, session_id)
        return await inviting.issue(self.ctx, self.mediator, session_id, guest.id)

    async def plan(self, matter_id=MATTER_1, *, minutes=60, **more):
        """A plan for a sitting so far from now, with everybody's word that it may be sooner than in three days."""
        delta = {key: more.pop(key) for key in ("days", "hours", "minutes_ahead") if key in more}
        delta = {"minutes" if key == "minutes_ahead" else key: value for key, value in delta.items()}
        return Plan(self.ctx.clock.now() + timedelta(**delta), minutes, waived=await self.parties(matter_id), **more)

    async def parties(self, matter_id=MATTER_1):
        async with self.ctx.db.reading() as tx:
            return frozenset(each.id for each in await matters.parties_of(tx, matter_id))

    async def enter(self, token, consents=None, **report):
        return await joining.enter(self.ctx, token, consents or YES, report)

    async def log(self, session_id=SESSION_1):
        async with self.ctx.db.reading() as tx:
            return await events.events_of(tx, session_id)

    async def kinds(self, session_id=SESSION_1):
        return [each.kind for each in await self.log(session_id)]

    async def audited(self, action=None):
        """The audit log, oldest first."""
        async with self.ctx.db.reading() as tx:
            entries = await audit.latest(tx, 1000)
        return [each for each in reversed(entries) if action in (None, each.action)]

    async def everything(self):
        """Every row of every table, to show that nothing changed."""
        async with self.ctx.db.reading() as tx:
            names = await tx.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
            return {name: (await tx.exec_driver_sql(f"SELECT * FROM {name}")).all() for (name,) in names.all()}


@pytest.fixture
def demo(ctx, accounts):
    return Demo(ctx, accounts)
