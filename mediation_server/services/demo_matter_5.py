"""Matter 5 of the demo, 追索劳动报酬纠纷 (all invented): failed, on its way back to the trial.

What the employer offered stands nowhere: an offer is not to be held against whoever made it (在线调解规则 art. 18).
"""

from __future__ import annotations

from datetime import timedelta

from mediation_server.domain.ids import fixed_id
from mediation_server.domain.lifecycle import Actor, Capacity, CommandKind
from mediation_server.domain.matter import Ground, Matter, MatterParty, MatterState, Outcome, Track
from mediation_server.domain.party_agent import PartyAgent
from mediation_server.services import demo_cast as cast
from mediation_server.services.access import OwnMatter
from mediation_server.services.concluding import Closing
from mediation_server.services.demo_agents import he_yu
from mediation_server.services.demo_days import Days
from mediation_server.services.demo_history import Step, begin, go_on, sent_by_court, try_in_vain
from mediation_server.services.demo_people import parties_of
from mediation_server.services.demo_sittings import Course, Stage, hold, plan, planned
from mediation_server.store import matters

__all__ = ["MATTER_5", "SESSION_5", "matter_5"]

MATTER_5, SESSION_5 = fixed_id("matter 5"), fixed_id("session 5")

_CLAIM = (
    "请求支付加班费12 800元、违法解除劳动合同赔偿金45 000元（7 500元×3年×2），合计57 800元。"
    "仲裁裁决：云劳人仲案〔{year}〕412号。双方确认：入职日期、月工资7 500元、离职日期、考勤记录真实、最后一月工资已付。"
)
_CLAIM_EN = (
    "CNY 12,800 of overtime pay and 45,000 for unlawful dismissal (7,500 × 3 years × 2), 57,800 in all, after an award "
    "of the labour arbitration. Both confirm: first day, wage of 7,500, last day, attendance records, last wage paid."
)
_REASONS = "双方对加班时间和解除理由分歧较大，经两次沟通未能接近。无争议事实五项已由双方确认，附后。"


async def matter_5(stage: Stage) -> None:
    """Failed two days ago, being handed over; an agent without special authority had tried to sign (特别授权)."""
    days = stage.days
    matter = _matter(days)
    parties = parties_of(5, MATTER_5)
    course = sent_by_court(matter, parties, cast.MEDIATOR_5, cast.FILING, matter.created_at)
    await begin(stage.tx, matter, parties, course)
    agent = await he_yu(stage.tx, parties[1], days.at(-11, 10))
    await _signing_that_came_to_nothing(stage, parties, agent)
    session = planned(SESSION_5, MATTER_5, days.at(-2, 14), 60, cast.MEDIATOR_5)
    named = await plan(stage.then(days.at(-4, 10)), session, cast.MEDIATOR_5, parties)
    closing = Closing(Outcome.FAILED, Ground.WIDE_GAP, reasons=_REASONS)
    conclusion = await hold(stage.tx, session, named, Course(50, caucus=(15, 35)), closing)
    mediator = Actor(cast.MEDIATOR_5.id, Capacity.MEDIATOR)
    back = Step(conclusion.concluded_at + timedelta(minutes=20), mediator, CommandKind.HAND_OVER, {})
    await go_on(stage.tx, MATTER_5, [back])


async def _signing_that_came_to_nothing(stage: Stage, parties: list[MatterParty], agent: PartyAgent) -> None:
    """A draft was out for signature; the company's agent may not settle for it, so it was taken back."""
    draft, text = fixed_id("draft 5"), "0" * 64
    mediator, days = Actor(cast.MEDIATOR_5.id, Capacity.MEDIATOR), stage.days
    sent: dict[str, object] = {"agreement": draft, "version": 1, "sha256": text}
    tries = OwnMatter(await matters.matter(stage.tx, MATTER_5), parties[1], agent).actor
    signs: dict[str, object] = {"agreement": draft, "sha256": text, "method": "sms_otp", "party": parties[1].id}
    await go_on(stage.tx, MATTER_5, [Step(days.at(-6, 15), mediator, CommandKind.CIRCULATE, sent)])
    await try_in_vain(stage.tx, MATTER_5, Step(days.at(-6, 16), tries, CommandKind.SIGN, signs))
    edited: dict[str, object] = {"agreement": draft, "version": 2}
    await go_on(stage.tx, MATTER_5, [Step(days.at(-5, 9), mediator, CommandKind.EDIT, edited)])


def _matter(days: Days) -> Matter:
    return Matter(
        id=MATTER_5,
        ref=f"TJ-9901-{days.year}-000033",
        track=Track.POSTFILING_ENTRUSTED,
        state=MatterState.DRAFT,
        court=cast.YUNXI,
        court_en=cast.YUNXI_EN,
        cause="追索劳动报酬纠纷",
        cause_en="Unpaid wages",
        mediator_id=None,
        created_at=days.at(-12, 9),
        case_no=f"({days.year})皖9901民初1990号",
        procedure="普通",
        judge_id=cast.TRIAL_JUDGE.id,
        judge_capacity="trial",
        claim=_CLAIM.format(year=days.year),
        claim_en=_CLAIM_EN,
        claim_fen=5_780_000,
    )
