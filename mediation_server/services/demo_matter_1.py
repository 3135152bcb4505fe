"""Matter 1 of the demo, 民间借贷纠纷 (all invented): being mediated, with a sitting in ten minutes; decides nothing."""

from __future__ import annotations

from datetime import timedelta

from mediation_server.domain.ids import fixed_id
from mediation_server.domain.matter import Matter, MatterState, Track
from mediation_server.services import demo_cast as cast
from mediation_server.services.demo_history import begin, sent_by_court
from mediation_server.services.demo_people import parties_of
from mediation_server.services.demo_sittings import Stage, plan, planned

__all__ = ["MATTER_1", "SESSION_1", "SESSION_1_MORNING", "matter_1"]

MATTER_1 = fixed_id("matter 1")
SESSION_1 = fixed_id("session 1 soon")  # ten minutes after the first start: a newcomer can join at once
SESSION_1_MORNING = fixed_id("session 1 at ten")

_SOON = timedelta(minutes=10)
_CLAIM = "请求归还借款86 000元。转账90 000元，已还4 000元（双方确认）；争议：已还4 000元是本金还是利息，何时还清。"
_CLAIM_EN = (
    "Repayment of a loan of CNY 86,000. 90,000 was transferred and 4,000 repaid (both confirm); "
    "in dispute: whether the 4,000 was principal or interest, and when the rest is due."
)


async def matter_1(stage: Stage) -> None:
    """民间借贷纠纷, being mediated; a sitting at ten and one in ten minutes."""
    days = stage.days
    began = days.at(-1, 9)
    matter = Matter(
        id=MATTER_1,
        ref=f"TJ-9901-{days.year}-000042",
        track=Track.POSTFILING_ENTRUSTED,
        state=MatterState.DRAFT,
        court=cast.YUNXI,
        court_en=cast.YUNXI_EN,
        cause="民间借贷纠纷",
        cause_en="Private loan dispute",
        mediator_id=None,
        created_at=began,
        case_no=f"({days.year})皖9901民初2101号",
        procedure="简易",
        judge_id=cast.TRIAL_JUDGE.id,
        judge_capacity="trial",
        confirming_judge_id=cast.CONFIRMING_JUDGE.id,
        claim=_CLAIM,
        claim_en=_CLAIM_EN,
        claim_fen=8_600_000,
    )
    parties = parties_of(1, MATTER_1)
    await begin(stage.tx, matter, parties, sent_by_court(matter, parties, cast.MEDIATOR_1, cast.FILING, began))
    soon = (stage.ctx.clock.now() + _SOON).replace(second=0, microsecond=0)
    for session_id, starts_at in ((SESSION_1_MORNING, days.at(0, 10)), (SESSION_1, soon)):
        session = planned(session_id, MATTER_1, starts_at, 60, cast.MEDIATOR_1)
        await plan(stage.then(days.at(-1, 11)), session, cast.MEDIATOR_1, parties)
