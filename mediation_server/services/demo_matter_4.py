"""Matter 4 of the demo, 物业服务合同纠纷 (all invented): agreed, recorded, before the judge who confirms."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from mediation_server.domain.ids import fixed_id
from mediation_server.domain.lifecycle import Actor, Capacity, CommandKind
from mediation_server.domain.matter import Conclusion, Ground, Matter, MatterParty, MatterState, Outcome, Track
from mediation_server.domain.session import SessionKind, SessionState
from mediation_server.services import demo_cast as cast
from mediation_server.services.concluding import agreement_sha256
from mediation_server.services.demo_days import Days
from mediation_server.services.demo_history import Step, applied, begin, go_on, signed, taken_by_body
from mediation_server.services.demo_people import parties_of
from mediation_server.services.demo_sittings import Stage, plan, planned
from mediation_server.store import conclusions, sessions

__all__ = ["MATTER_4", "SESSION_4", "SESSION_4_CHECK", "matter_4"]

MATTER_4 = fixed_id("matter 4")
SESSION_4 = fixed_id("session 4")  # its log and its recording are made by the recordings' synthetic sitting
SESSION_4_CHECK = fixed_id("session 4 check")

_LENGTH = timedelta(seconds=90)  # as long as its synthetic recording
_CLAIM = "物业费104㎡×1.60元×26月＝4 326.40元；业主称渗漏维修多次承诺、迟迟未修。"
_CLAIM_EN = (
    "Arrears of 104 m² × CNY 1.60 × 26 months = 4,326.40; the owner says a leak was promised to be mended, late."
)
_TERMS = (
    "一、孙巧云于{day}前支付物业费3 900.00元；二、江岚安和物业服务有限公司于15日内完成渗漏维修，放弃违约金；"
    "三、双方共同申请司法确认。"
)


async def matter_4(stage: Stage) -> None:
    """Agreed five days ago, applied for confirmation the day after, with 方静 since; all meet her tomorrow."""
    days = stage.days
    matter = _matter(days)
    parties = parties_of(4, MATTER_4)
    await begin(stage.tx, matter, parties, taken_by_body(parties, cast.MEDIATOR_4, matter.created_at))
    coming = planned(SESSION_4, MATTER_4, days.at(-5, 14, 30), 60, cast.MEDIATOR_4)
    await plan(stage.then(days.at(-8, 9)), coming, cast.MEDIATOR_4, parties)
    ended_at = coming.starts_at + _LENGTH
    held = replace(coming, state=SessionState.ENDED, started_at=coming.starts_at, ended_at=ended_at)
    await sessions.save(stage.tx, held)
    conclusion = _conclusion(days, ended_at)
    await conclusions.add(stage.tx, conclusion)
    await go_on(stage.tx, MATTER_4, _agreed(conclusion, parties, matter, days))
    judge, kind = cast.CONFIRMING_JUDGE, SessionKind.CONFIRMATION_CHECK
    check = planned(SESSION_4_CHECK, MATTER_4, days.at(1, 9, 30), 30, judge, kind)
    await plan(stage.then(days.at(-2, 9)), check, judge, parties)


def _matter(days: Days) -> Matter:
    return Matter(
        id=MATTER_4,
        ref=f"TJ-9901-{days.year}-000021",
        track=Track.ORG_ACCEPTED,
        state=MatterState.DRAFT,
        court=cast.YUNXI,
        court_en=cast.YUNXI_EN,
        cause="物业服务合同纠纷",
        cause_en="Property service contract dispute",
        mediator_id=None,
        created_at=days.at(-12, 9),
        case_no=f"({days.year})皖9901民特37号",
        judge_id=cast.CONFIRMING_JUDGE.id,
        judge_capacity="confirming",
        claim=_CLAIM,
        claim_en=_CLAIM_EN,
        claim_fen=432_640,
    )


def _agreed(conclusion: Conclusion, parties: list[MatterParty], matter: Matter, days: Days) -> list[Step]:
    """Signed within twelve minutes after the sitting; the day after, both applied for confirmation."""
    text = agreement_sha256(conclusion)
    sent: dict[str, object] = {"agreement": conclusion.id, "version": 1, "sha256": text}
    mediator, at = Actor(cast.MEDIATOR_4.id, Capacity.MEDIATOR), conclusion.concluded_at
    return [
        Step(at, mediator, CommandKind.CIRCULATE, sent),
        *signed(parties, conclusion.id, text, at + timedelta(minutes=6)),
        *applied(parties, matter.court, matter.case_no or "", days.at(-4, 9)),
    ]


def _conclusion(days: Days, concluded_at: datetime) -> Conclusion:
    return Conclusion(
        id=fixed_id("conclusion 4"),
        session_id=SESSION_4,
        matter_id=MATTER_4,
        outcome=Outcome.AGREED,
        ground=Ground.AGREEMENT,
        terms=_TERMS.format(day=days.written(10)),
        reasons="",
        concluded_at=concluded_at,
        concluded_by=cast.MEDIATOR_4.id,
    )
