"""Matter 2 of the demo, 机动车交通事故责任纠纷 (all invented): three parties, a stopped clock, signatures missing."""

from __future__ import annotations

from mediation_server.domain.ids import fixed_id
from mediation_server.domain.lifecycle import Actor, Capacity, CommandKind
from mediation_server.domain.matter import Ground, Matter, MatterParty, MatterState, Outcome, Track
from mediation_server.services import demo_cast as cast
from mediation_server.services.concluding import Closing, agreement_sha256
from mediation_server.services.demo_agents import tang_min
from mediation_server.services.demo_days import Days
from mediation_server.services.demo_history import Step, begin, go_on, sent_by_court, signed
from mediation_server.services.demo_people import parties_of
from mediation_server.services.demo_sittings import Course, Stage, hold, plan, planned

__all__ = ["MATTER_2", "SESSION_2", "matter_2"]

MATTER_2, SESSION_2 = fixed_id("matter 2"), fixed_id("session 2")

_CLAIM = (
    "请求赔偿312 680.00元：医疗费58 420、误工费26 400、护理费9 600、营养费3 600、住院伙食补助2 400、"
    "残疾赔偿金197 260、精神损害抚慰金10 000、鉴定费2 600、交通费2 400。事故认定：吴大勇全责；十级伤残。"
)
_CLAIM_EN = (
    "CNY 312,680.00 in damages: medical 58,420, lost wages 26,400, nursing 9,600, nutrition 3,600, hospital meals "
    "2,400, disability 197,260, moral damages 10,000, appraisal 2,600, travel 2,400. Wu Dayong solely liable; grade 10."
)
_TERMS = (
    "一、平川财产保险股份有限公司江岚中心支公司在交强险限额内赔偿198 000元、商业三者险限额内赔偿62 000元，"
    "合计260 000元，于15日内付清；二、吴大勇赔偿12 000元，已付8 000元，余4 000元；以上合计272 000元；"
    "三、各方再无其他请求；四、各方于30日内共同申请司法确认。"
)


async def matter_2(stage: Stage) -> None:
    """Agreed nine days ago, being signed; the appraisal stopped the clock for eight days."""
    days = stage.days
    began = days.at(-25, 9)
    matter = Matter(
        id=MATTER_2,
        ref=f"TJ-9922-{days.year}-000017",
        track=Track.PREFILING_DELEGATED,
        state=MatterState.DRAFT,
        court=cast.SHIQIAO,
        court_en=cast.SHIQIAO_EN,
        cause="机动车交通事故责任纠纷",
        cause_en="Motor vehicle accident liability dispute",
        mediator_id=None,
        created_at=began,
        case_no=f"({days.year})皖9922民诉前调87号",
        claim=_CLAIM,
        claim_en=_CLAIM_EN,
        claim_fen=31_268_000,
    )
    parties = parties_of(2, MATTER_2)
    course = sent_by_court(matter, parties, cast.MEDIATOR_2, cast.FILING, began)
    await begin(stage.tx, matter, parties, [*course, *_appraised(parties, days)])
    await tang_min(stage.tx, parties[2], days.at(-24, 11))
    session = planned(SESSION_2, MATTER_2, days.at(-9, 14), 90, cast.MEDIATOR_2)
    named = await plan(stage.then(days.at(-12, 9)), session, cast.MEDIATOR_2, parties)
    closing = Closing(Outcome.AGREED, Ground.AGREEMENT, terms=_TERMS, to_sign=True)
    agreement = await hold(stage.tx, session, named, Course(68, caucus=(24, 44)), closing)
    text = agreement_sha256(agreement)
    await go_on(stage.tx, MATTER_2, signed(parties[:0:-1], agreement.id, text, days.at(-8, 10)))


def _appraised(parties: list[MatterParty], days: Days) -> list[Step]:
    """The grade of the injury was appraised, with everybody's consent; the clock stood still for eight days."""
    consents = [each.id for each in parties]
    filing = Actor(cast.FILING.id, Capacity.FILING)
    return [
        Step(days.at(-20, 9), filing, CommandKind.START_APPRAISAL, {"reason": "伤残等级鉴定", "consents": consents}),
        Step(days.at(-12, 9), filing, CommandKind.RESUME, {}),
    ]
