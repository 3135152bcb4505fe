"""The filing desk of a court: people with accounts, applications that were handed in, and what became of them."""

from __future__ import annotations

from dataclasses import dataclass, field

from mediation_server.domain.consent import ConsentChannel, ConsentItem
from mediation_server.domain.consent_texts import TEXT_VERSIONS
from mediation_server.domain.diversion import STEPS
from mediation_server.domain.ids import fixed_id
from mediation_server.domain.lifecycle import Actor, Capacity, Command, CommandKind
from mediation_server.domain.matter import Matter, MatterParty, MatterState, Track
from mediation_server.domain.people import Role, Side
from mediation_server.domain.suitability import Fact
from mediation_server.domain.users import User
from mediation_server.services import triaging
from mediation_server.services.consenting import Reply, Word
from mediation_server.services.context import Context
from mediation_server.services.mailing import send_letters
from mediation_server.services.procedure import act_on_matter, open_matter
from mediation_server.services.triaging import Choice
from mediation_server.store import matter_events, matters, notices, users

YUNXI, SHIQIAO = "江岚市云溪区人民法院", "石桥县人民法院"


def _staff(login, name, role, court=YUNXI):
    return User(fixed_id(f"desk {login}"), login, name, login.title(), role, court=court)


GAO = _staff("gao", "高文心", Role.FILING)
TIAN = _staff("tian", "田甜", Role.CLERK)
SHEN = _staff("shen", "沈清和", Role.JUDGE)
ELSEWHERE = _staff("luan", "卢安", Role.FILING, SHIQIAO)
ZHENG = User(fixed_id("desk zheng"), "zheng", "郑思远", "Zheng Siyuan", Role.MEDIATOR)
CALL = Word(ConsentChannel.PHONE, note="本人接听")


def said(answer, item=ConsentItem.MEDIATION):
    return Reply(item, TEXT_VERSIONS[item], answer)


@dataclass
class FilingDesk:
    """What a test of the desk needs."""

    ctx: Context
    made: int = field(default=0)

    async def opened(self):
        async with self.ctx.db.transaction() as tx:
            for each in (GAO, TIAN, SHEN, ELSEWHERE, ZHENG):
                await users.add(tx, each, "no password", self.ctx.clock.now())
        return self

    async def submitted(self, cause="民间借贷纠纷", court=YUNXI):
        """An application as it was handed in: its matter, whose parties are 周承安 and 林若溪."""
        self.made += 1
        key = fixed_id(f"desk matter {self.made}")
        now = self.ctx.clock.now()
        code = "9901" if court == YUNXI else "9922"
        matter = Matter(
            id=key,
            ref=f"TJ-{code}-{now.year}-{self.made:06}",
            track=Track.POSTFILING_ENTRUSTED,
            state=MatterState.DRAFT,
            court=court,
            court_en="Yunxi District People's Court",
            cause=cause,
            cause_en="A dispute",
            mediator_id=None,
            created_at=now,
            claim="请求归还借款86 000元。",
        )
        parties = [
            self.party(key, Side.APPLICANT, "周承安", "16100000011", id_number="349901198503120011"),
            self.party(key, Side.RESPONDENT, "林若溪", "16100000012"),
        ]
        applicant = Actor(parties[0].id, Capacity.APPLICANT, parties[0].id)
        await open_matter(self.ctx, applicant, matter, parties, Command(CommandKind.CREATE))
        await act_on_matter(self.ctx, applicant, key, Command(CommandKind.SUBMIT, {"receipt": f"R{self.made}"}))
        return await self.matter(key)

    @staticmethod
    def party(matter_id, side, name, phone, **more):
        role = Role.APPLICANT if side is Side.APPLICANT else Role.RESPONDENT
        key = fixed_id(f"{matter_id} {name}")
        return MatterParty(key, matter_id, side, role, name, name, "natural", phone, **more)

    async def answered(self, matter, *true):
        """Every question of the wizard answered: these facts are true, by default that the respondent lives here."""
        for step in STEPS:
            await triaging.answer(self.ctx, GAO, matter.id, step, true or (Fact.RESPONDENT_HERE,))
        return matter

    async def diverted(self, track=Track.POSTFILING_ENTRUSTED, court=YUNXI, **choice):
        """An application that was sent on."""
        who = GAO if court == YUNXI else ELSEWHERE
        matter = await self.submitted(court=court)
        for step in STEPS:
            await triaging.answer(self.ctx, who, matter.id, step, (Fact.RESPONDENT_HERE,))
        filed = track is not Track.PREFILING_DELEGATED
        usual = {"procedure": "简易", "case_no": f"(2026)皖9901民初{2100 + self.made}号"} if filed else {}
        await triaging.divert(self.ctx, who, matter.id, Choice(track, **{**usual, **choice}))
        return await self.matter(matter.id)

    async def matter(self, matter_id):
        async with self.ctx.db.reading() as tx:
            return await matters.matter(tx, matter_id)

    async def parties(self, matter):
        async with self.ctx.db.reading() as tx:
            return await matters.parties_of(tx, matter.id)

    async def log(self, matter):
        async with self.ctx.db.reading() as tx:
            return await matter_events.events_of(tx, matter.id)

    async def kinds(self, matter):
        return [each.kind.value for each in await self.log(matter)]

    async def texts(self):
        """What went out by text message, oldest first, as (number, words)."""
        await send_letters(self.ctx)
        async with self.ctx.db.reading() as tx:
            return [(each.recipient, each.body) for each in reversed(await notices.latest(tx))]
