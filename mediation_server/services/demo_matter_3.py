"""Matter 3 of the demo, 离婚纠纷 (all invented): led by the judge, agreed, waiting for the mediation judgment.

The child's name stands nowhere: whoever may see the matter has no need of it.
"""

from __future__ import annotations

from mediation_server.domain.ids import fixed_id
from mediation_server.domain.matter import Ground, Matter, MatterState, Outcome, Track
from mediation_server.services import demo_cast as cast
from mediation_server.services.concluding import Closing
from mediation_server.services.demo_days import Days
from mediation_server.services.demo_history import begin, led_by_court
from mediation_server.services.demo_people import parties_of
from mediation_server.services.demo_sittings import Course, Stage, hold, plan, planned

__all__ = ["MATTER_3", "SESSION_3", "matter_3"]

MATTER_3, SESSION_3 = fixed_id("matter 3"), fixed_id("session 3")

_CLAIM = (
    "请求离婚；婚生子女顾某某（6岁）由苏晓禾抚养，顾远山支付抚养费；共同房屋尚有12个月按揭。"
    "本案涉及婚姻身份和未成年人，不公开，不录音录像。"
)
_CLAIM_EN = (
    "Divorce; their child (6) to live with Su Xiaohe, maintenance by Gu Yuanshan; twelve months of the mortgage are "
    "left. It concerns personal status and a minor: not public, not recorded."
)
_TERMS = (
    "一、苏晓禾与顾远山自愿离婚；二、婚生子女顾某某由苏晓禾抚养，顾远山自次月起每月5日前支付抚养费1 500元，"
    "至其年满18周岁，隔周周末探望；三、共同房屋余下12个月按揭由双方各半负担；四、家庭物品按清单分割；"
    "五、案件受理费150元（减半后），双方各负担一半。"
)


async def matter_3(stage: Stage) -> None:
    """Agreed three days ago before 沈清和, 何秀兰 beside; the judgment is asked for, a confirmation is impossible."""
    days = stage.days
    matter = _matter(days)
    parties = parties_of(3, MATTER_3)
    await begin(stage.tx, matter, parties, led_by_court(matter, parties, cast.FILING, matter.created_at))
    session = planned(SESSION_3, MATTER_3, days.at(-3, 9, 30), 60, cast.TRIAL_JUDGE)
    named = await plan(stage.then(days.at(-5, 15)), session, cast.TRIAL_JUDGE, parties, invited=[cast.MEDIATOR_4])
    closing = Closing(Outcome.AGREED, Ground.AGREEMENT, terms=_TERMS)
    await hold(stage.tx, session, named, Course(55), closing)


def _matter(days: Days) -> Matter:
    return Matter(
        id=MATTER_3,
        ref=f"TJ-9901-{days.year}-000038",
        track=Track.COURT_LED,
        state=MatterState.DRAFT,
        court=cast.YUNXI,
        court_en=cast.YUNXI_EN,
        cause="离婚纠纷",
        cause_en="Divorce",
        mediator_id=None,
        created_at=days.at(-6, 9),
        case_no=f"({days.year})皖9901民初2044号",
        procedure="简易",
        judge_id=cast.TRIAL_JUDGE.id,
        judge_capacity="leading",
        confirming_judge_id=cast.TRIAL_JUDGE.id,
        confirmable=False,
        claim=_CLAIM,
        claim_en=_CLAIM_EN,
    )
