"""The demo's matters on its first day (all invented): written once, found again by fixed ids; decides nothing."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

from mediation_server.domain.calendar import SHANGHAI, local_date
from mediation_server.domain.ids import fixed_id
from mediation_server.domain.lifecycle import Actor, Capacity, CommandKind
from mediation_server.domain.log import EventKind
from mediation_server.domain.matter import Conclusion, Ground, Matter, MatterParty, MatterState, Outcome, Track
from mediation_server.domain.session import Participant, Session, SessionKind, SessionState
from mediation_server.domain.users import User
from mediation_server.services import demo_cast as cast
from mediation_server.services.concluding import Closing, agreement_sha256, conclude_in
from mediation_server.services.context import Context
from mediation_server.services.demo_history import Step, applied, begin, go_on, sent_by_court, signed, taken_by_body
from mediation_server.services.demo_roster import fill_roster
from mediation_server.services.scheduling import named_for, scheduled
from mediation_server.store import conclusions, events, letters, sessions, users
from mediation_server.store.database import Tx

__all__ = [
    "MATTER_1",
    "MATTER_2",
    "MATTER_4",
    "SESSION_1",
    "SESSION_1_MORNING",
    "SESSION_2",
    "SESSION_4",
    "SESSION_4_CHECK",
    "participants_4",
    "seed",
]

MATTER_1, MATTER_2, MATTER_4 = (fixed_id(f"matter {number}") for number in (1, 2, 4))
SESSION_1 = fixed_id("session 1 soon")  # ten minutes after the first start: a newcomer can join at once
SESSION_1_MORNING = fixed_id("session 1 at ten")
SESSION_2 = fixed_id("session 2")
SESSION_4 = fixed_id("session 4")  # its log and its recording are made by the recordings' synthetic sitting
SESSION_4_CHECK = fixed_id("session 4 check")

_SOON = timedelta(minutes=10)
SESSION_4_LENGTH = timedelta(seconds=90)  # as long as its synthetic recording

_CLAIM_1 = "请求归还借款86 000元。转账90 000元，已还4 000元（双方确认）；争议：已还4 000元是本金还是利息，何时还清。"
_CLAIM_1_EN = (
    "Repayment of a loan of CNY 86,000. 90,000 was transferred and 4,000 repaid (both confirm); "
    "in dispute: whether the 4,000 was principal or interest, and when the rest is due."
)
_CLAIM_2 = (
    "请求赔偿312 680.00元：医疗费58 420、误工费26 400、护理费9 600、营养费3 600、住院伙食补助2 400、"
    "残疾赔偿金197 260、精神损害抚慰金10 000、鉴定费2 600、交通费2 400。事故认定：吴大勇全责；十级伤残。"
)
_CLAIM_2_EN = (
    "CNY 312,680.00 in damages: medical 58,420, lost wages 26,400, nursing 9,600, nutrition 3,600, hospital meals "
    "2,400, disability 197,260, moral damages 10,000, appraisal 2,600, travel 2,400. Wu Dayong solely liable; grade 10."
)
_TERMS_2 = (
    "一、平川财产保险股份有限公司江岚中心支公司在交强险限额内赔偿198 000元、商业三者险限额内赔偿62 000元，"
    "合计260 000元，于15日内付清；二、吴大勇赔偿12 000元，已付8 000元，余4 000元；以上合计272 000元；"
    "三、各方再无其他请求；四、各方于30日内共同申请司法确认。"
)
_CLAIM_4 = "物业费104㎡×1.60元×26月＝4 326.40元；业主称渗漏维修多次承诺、迟迟未修。"
_CLAIM_4_EN = (
    "Arrears of 104 m² × CNY 1.60 × 26 months = 4,326.40; the owner says a leak was promised to be mended, late."
)
_TERMS_4 = (
    "一、孙巧云于{day}前支付物业费3 900.00元；二、江岚安和物业服务有限公司于15日内完成渗漏维修，放弃违约金；"
    "三、双方共同申请司法确认。"
)


@dataclass(frozen=True, slots=True)
class _Calendar:
    """The first day, T, and instants around it."""

    today: date

    def day(self, days: int) -> date:
        """T and so many days."""
        return self.today + timedelta(days=days)

    def at(self, days: int, hour: int, minute: int = 0) -> datetime:
        """An instant by the clock of Asia/Shanghai."""
        return datetime.combine(self.day(days), time(hour, minute), SHANGHAI)


@dataclass(frozen=True, slots=True)
class _Then:
    """The clock of a day gone by, for what was written down on it."""

    instant: datetime

    def now(self) -> datetime:
        """That instant."""
        return self.instant.astimezone(UTC)

    def monotonic_ms(self) -> int:
        """Nothing is measured in the past."""
        return 0


async def seed(ctx: Context, seed_date: date | None = None) -> dict[str, str]:
    """Write the demo's first day, `seed_date` or today, unless it is there; passwords by login name, told only now."""
    if await _is_there(ctx):
        return {}
    passwords = {each.login: secrets.token_urlsafe(9) for each in cast.USERS}
    hashes = await asyncio.gather(*(ctx.passwords.hashed(passwords[each.login]) for each in cast.USERS))
    days = _Calendar(seed_date or local_date(ctx.clock.now()))
    async with ctx.db.transaction() as tx:
        for user, password_hash in zip(cast.USERS, hashes, strict=True):
            await users.add(tx, user, password_hash, ctx.clock.now())
        for user in cast.PARTY_ACCOUNTS:
            await users.add_without_password(tx, user, ctx.clock.now())
        await fill_roster(tx)
        await _matter_1(ctx, tx, days)
        await _matter_2(replace(ctx, clock=_Then(days.at(-12, 9))), tx, days)
        await _matter_4(replace(ctx, clock=_Then(days.at(-8, 9))), tx, days)
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


async def _matter_1(ctx: Context, tx: Tx, days: _Calendar) -> None:
    """民间借贷纠纷, being mediated; a sitting at ten and one in ten minutes."""
    matter = Matter(
        id=MATTER_1,
        ref=f"TJ-9901-{days.today.year}-000042",
        track=Track.POSTFILING_ENTRUSTED,
        state=MatterState.DRAFT,
        court=cast.YUNXI,
        court_en=cast.YUNXI_EN,
        cause="民间借贷纠纷",
        cause_en="Private loan dispute",
        mediator_id=None,
        created_at=days.at(-1, 9),
        case_no=f"({days.today.year})皖9901民初2101号",
        procedure="简易",
        judge_id=cast.TRIAL_JUDGE.id,
        judge_capacity="trial",
        confirming_judge_id=cast.CONFIRMING_JUDGE.id,
        claim=_CLAIM_1,
        claim_en=_CLAIM_1_EN,
        claim_fen=8_600_000,
    )
    parties = cast.parties_1(MATTER_1)
    await begin(tx, matter, parties, sent_by_court(matter, parties, cast.MEDIATOR_1, cast.FILING, days.at(-1, 9)))
    soon = (ctx.clock.now() + _SOON).replace(second=0, microsecond=0)
    for session_id, starts_at in ((SESSION_1_MORNING, days.at(0, 10)), (SESSION_1, soon)):
        await _sitting(
            ctx, tx, _session(session_id, MATTER_1, starts_at, 60, cast.MEDIATOR_1), cast.MEDIATOR_1, parties
        )


async def _matter_2(ctx: Context, tx: Tx, days: _Calendar) -> None:
    """机动车交通事故责任纠纷: agreed nine days ago, being signed; the appraisal stopped the clock for eight days."""
    year = days.today.year
    matter = Matter(
        id=MATTER_2,
        ref=f"TJ-9922-{year}-000017",
        track=Track.PREFILING_DELEGATED,
        state=MatterState.DRAFT,
        court=cast.SHIQIAO,
        court_en=cast.SHIQIAO_EN,
        cause="机动车交通事故责任纠纷",
        cause_en="Motor vehicle accident liability dispute",
        mediator_id=None,
        created_at=days.at(-25, 9),
        case_no=f"({year})皖9922民诉前调87号",
        claim=_CLAIM_2,
        claim_en=_CLAIM_2_EN,
        claim_fen=31_268_000,
    )
    parties = cast.parties_2(MATTER_2)
    course = sent_by_court(matter, parties, cast.MEDIATOR_2, cast.FILING, days.at(-25, 9))
    await begin(tx, matter, parties, [*course, *_appraised_2(parties, days)])
    session = _session(SESSION_2, MATTER_2, days.at(-9, 14), 90, cast.MEDIATOR_2)
    named = await _sitting(ctx, tx, session, cast.MEDIATOR_2, parties)
    agreement = await _held_2(tx, session, named)
    await go_on(tx, MATTER_2, signed(parties[:0:-1], agreement.id, agreement_sha256(agreement), days.at(-8, 10)))


def _appraised_2(parties: list[MatterParty], days: _Calendar) -> list[Step]:
    """The grade of the injury was appraised, with everybody's consent; the clock stood still for eight days."""
    consents = [each.id for each in parties]
    filing = Actor(cast.FILING.id, Capacity.FILING)
    return [
        Step(days.at(-20, 9), filing, CommandKind.START_APPRAISAL, {"reason": "伤残等级鉴定", "consents": consents}),
        Step(days.at(-12, 9), filing, CommandKind.RESUME, {}),
    ]


async def _held_2(tx: Tx, session: Session, named: list[Participant]) -> Conclusion:
    """68 minutes with a caucus of 20, told by the log; there is no recording of it here."""
    presider, guests = named[0], named[1:]
    live = replace(session, state=SessionState.LIVE, started_at=session.starts_at)
    await sessions.save(tx, live)
    caucus = fixed_id("caucus 2")
    inside: dict[str, object] = {"side": guests[0].side.value, "participants": [presider.id, guests[0].id]}
    course: list[tuple[int, EventKind, dict[str, object]]] = [(0, EventKind.ARRIVED, {"participant": presider.id})]
    for guest in guests:
        course += [
            (0, EventKind.ARRIVED, {"participant": guest.id}),
            (0, EventKind.IDENTITY_VERIFIED, {"participant": guest.id, "verified": True}),
            (0, EventKind.ADMITTED, {"participant": guest.id}),
        ]
    course += [
        (0, EventKind.STARTED, {}),
        (24, EventKind.CAUCUS_OPENED, {"caucus": caucus, **inside}),
        (44, EventKind.CAUCUS_CLOSED, {"caucus": caucus}),
    ]
    for minute, kind, payload in course:
        at, offset_ms = session.starts_at + timedelta(minutes=minute), minute * 60_000
        await events.append_event(
            tx, session.id, at=at, offset_ms=offset_ms, actor=presider.id, kind=kind, payload=payload
        )
    ended_at = session.starts_at + timedelta(minutes=68)
    closing = Closing(Outcome.AGREED, Ground.AGREEMENT, terms=_TERMS_2, to_sign=True)
    agreement, _ = await conclude_in(tx, session.id, presider, closing, at=ended_at, offset_ms=68 * 60_000)
    return agreement


async def _matter_4(ctx: Context, tx: Tx, days: _Calendar) -> None:
    """物业服务合同纠纷: agreed five days ago, applied for confirmation the day after, with 方静 since."""
    year = days.today.year
    matter = Matter(
        id=MATTER_4,
        ref=f"TJ-9901-{year}-000021",
        track=Track.ORG_ACCEPTED,
        state=MatterState.DRAFT,
        court=cast.YUNXI,
        court_en=cast.YUNXI_EN,
        cause="物业服务合同纠纷",
        cause_en="Property service contract dispute",
        mediator_id=None,
        created_at=days.at(-12, 9),
        case_no=f"({year})皖9901民特37号",
        judge_id=cast.CONFIRMING_JUDGE.id,
        judge_capacity="confirming",
        claim=_CLAIM_4,
        claim_en=_CLAIM_4_EN,
        claim_fen=432_640,
    )
    parties = cast.parties_4(MATTER_4)
    await begin(tx, matter, parties, taken_by_body(parties, cast.MEDIATOR_4, days.at(-12, 9)))
    planned = _session(SESSION_4, MATTER_4, days.at(-5, 14, 30), 60, cast.MEDIATOR_4)
    await _sitting(ctx, tx, planned, cast.MEDIATOR_4, parties)
    ended_at = planned.starts_at + SESSION_4_LENGTH
    held = replace(planned, state=SessionState.ENDED, started_at=planned.starts_at, ended_at=ended_at)
    await sessions.save(tx, held)
    conclusion = _conclusion_4(days, ended_at)
    await conclusions.add(tx, conclusion)
    await go_on(tx, MATTER_4, _agreed_4(conclusion, parties, matter, days))
    check = _session(
        SESSION_4_CHECK, MATTER_4, days.at(1, 9, 30), 30, cast.CONFIRMING_JUDGE, SessionKind.CONFIRMATION_CHECK
    )
    await _sitting(ctx, tx, check, cast.CONFIRMING_JUDGE, parties)


def _agreed_4(conclusion: Conclusion, parties: list[MatterParty], matter: Matter, days: _Calendar) -> list[Step]:
    """Signed within twelve minutes after the sitting; the day after, both applied for confirmation."""
    text = agreement_sha256(conclusion)
    sent: dict[str, object] = {"agreement": conclusion.id, "version": 1, "sha256": text}
    mediator, at = Actor(cast.MEDIATOR_4.id, Capacity.MEDIATOR), conclusion.concluded_at
    return [
        Step(at, mediator, CommandKind.CIRCULATE, sent),
        *signed(parties, conclusion.id, text, at + timedelta(minutes=6)),
        *applied(parties, matter.court, matter.case_no or "", days.at(-4, 9)),
    ]


def _conclusion_4(days: _Calendar, concluded_at: datetime) -> Conclusion:
    day = days.day(10)
    return Conclusion(
        id=fixed_id("conclusion 4"),
        session_id=SESSION_4,
        matter_id=MATTER_4,
        outcome=Outcome.AGREED,
        ground=Ground.AGREEMENT,
        terms=_TERMS_4.format(day=f"{day.year}年{day.month}月{day.day}日"),
        reasons="",
        concluded_at=concluded_at,
        concluded_by=cast.MEDIATOR_4.id,
    )


def _session(
    session_id: str,
    matter_id: str,
    starts_at: datetime,
    minutes: int,
    presider: User,
    kind: SessionKind = SessionKind.MEDIATION,
) -> Session:
    return Session(session_id, matter_id, kind, SessionState.SCHEDULED, starts_at, minutes, presider.id)


async def _sitting(
    ctx: Context, tx: Tx, session: Session, presider: User, parties: list[MatterParty]
) -> list[Participant]:
    """A planned sitting whose participants have fixed ids."""
    named = [
        replace(each, id=fixed_id(f"participant {session.id} {each.name}"))
        for each in named_for(session, presider, parties)
    ]
    await scheduled(ctx, tx, session, named)
    return named
