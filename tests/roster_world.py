"""A matter whose mediator is still to be found, with accounts of both parties, at a court of the demo."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from mediation_server.domain.consent import ConsentItem
from mediation_server.domain.consent_texts import TEXT_VERSIONS
from mediation_server.domain.ids import fixed_id
from mediation_server.domain.lifecycle import Actor, Capacity, Command, CommandKind
from mediation_server.domain.matter import Matter, MatterParty, MatterState, Track
from mediation_server.domain.people import Role, Side
from mediation_server.services import demo_cast as cast
from mediation_server.services.consenting import Reply, give
from mediation_server.services.context import Context
from mediation_server.services.procedure import act_on_matter, open_matter
from mediation_server.store import matter_events, matters

LOAN = fixed_id("a matter without a mediator")
ZHOU, LIN = cast.PARTY_ACCOUNTS[:2]
MANAGER = next(each for each in cast.USERS if each.role is Role.ORGANISATION)
ZHENG, WEN = cast.MEDIATOR_1, cast.MEDIATOR_6
COURT_TEXT = TEXT_VERSIONS[ConsentItem.COURT_APPOINTS]


def party(user, side, matter_id=LOAN):
    role = Role.APPLICANT if side is Side.APPLICANT else Role.RESPONDENT
    named = MatterParty(
        fixed_id(f"{user.name} {matter_id}"), matter_id, side, role, user.name, user.name_en, "natural", user.phone
    )
    return replace(named, user_id=user.id)


@dataclass
class Looking:
    """The matter, and shortcuts for what people do with it."""

    ctx: Context
    id: str = LOAN

    @property
    def parties(self):
        return [party(ZHOU, Side.APPLICANT, self.id), party(LIN, Side.RESPONDENT, self.id)]

    async def opened(self, *, cause="民间借贷纠纷", track=Track.POSTFILING_ENTRUSTED, consents=(0,)):
        """The court sends it; the parties whose places are given have agreed already."""
        matter = Matter(
            id=self.id,
            ref=f"TJ-9901-2026-{self.id[:6]}",
            track=track,
            state=MatterState.DRAFT,
            court=cast.YUNXI,
            court_en=cast.YUNXI_EN,
            cause=cause,
            cause_en="Private loan dispute",
            mediator_id=None,
            created_at=self.ctx.clock.now(),
            judge_id=cast.TRIAL_JUDGE.id,
            judge_capacity="trial",
        )
        sent = {"track": track.value, "procedure": "简易", "case_no": f"(2026)皖9901民初{len(self.id)}号"}
        sent["consents"] = [self.parties[each].id for each in consents]
        await open_matter(
            self.ctx, Actor("court", Capacity.COURT), matter, self.parties, Command(CommandKind.COURT_DIVERT, sent)
        )
        return self

    async def appointing(self, **kept):
        """Both have agreed to mediate: the two working days for the choice begin."""
        await self.opened(**kept)
        who = Actor(self.parties[1].id, Capacity.RESPONDENT, self.parties[1].id)
        await give(self.ctx, who, who.party, Reply(ConsentItem.MEDIATION, TEXT_VERSIONS[ConsentItem.MEDIATION], True))
        return self

    async def submitted(self, *, cause="物业服务合同纠纷"):
        """Applied for by the applicant, waiting at the counter."""
        matter = Matter(
            id=self.id,
            ref=f"TJ-9901-2026-{self.id[:6]}",
            track=Track.ORG_ACCEPTED,
            state=MatterState.DRAFT,
            court=cast.YUNXI,
            court_en=cast.YUNXI_EN,
            cause=cause,
            cause_en="Property service contract dispute",
            mediator_id=None,
            created_at=self.ctx.clock.now(),
        )
        who = Actor(self.parties[0].id, Capacity.APPLICANT, self.parties[0].id)
        await open_matter(self.ctx, who, matter, self.parties, Command(CommandKind.CREATE))
        await act_on_matter(self.ctx, who, self.id, Command(CommandKind.SUBMIT, {"receipt": "r"}))
        return self

    async def matter(self):
        async with self.ctx.db.reading() as tx:
            return await matters.matter(tx, self.id)

    async def log(self):
        async with self.ctx.db.reading() as tx:
            return await matter_events.events_of(tx, self.id)

    def later(self, **delta):
        self.ctx.clock.advance(seconds=timedelta(**delta).total_seconds())
        return self
