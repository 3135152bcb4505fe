"""Matter 6 of the demo, 买卖合同纠纷 of masks (all invented): the spring of 2020, agreed, performed, in the archive."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import date, datetime, timedelta

from mediation_server.domain.ids import fixed_id
from mediation_server.domain.lifecycle import Actor, Capacity, CommandKind
from mediation_server.domain.matter import Conclusion, Ground, Matter, MatterParty, MatterState, Outcome, Track
from mediation_server.services import demo_cast as cast
from mediation_server.services.concluding import Closing, agreement_sha256
from mediation_server.services.demo_days import court_time
from mediation_server.services.demo_history import Step, as_party, begin, go_on, sent_by_court, signed
from mediation_server.services.demo_people import parties_of
from mediation_server.services.demo_sittings import Course, Stage, hold, plan, planned
from mediation_server.store import outbox
from mediation_server.store.database import Tx

__all__ = ["MATTER_6", "SESSION_6", "matter_6"]

MATTER_6, SESSION_6 = fixed_id("matter 6"), fixed_id("session 6")

_APPLIED, _ACCEPTED, _HELD = date(2020, 2, 24), date(2020, 2, 26), date(2020, 3, 5)
_SIGNED, _PERFORMED, _ARCHIVED = date(2020, 3, 6), date(2020, 3, 9), date(2020, 3, 20)
_REFUND_FEN = 2_900_000
_CLAIM = (
    "2020年2月订购口罩20 000只，单价2.90元，合计58 000元，已付清；只交付一半。请求退还未交付部分货款29 000元。"
    "疫情期间全程在线调解。"
)
_CLAIM_EN = (
    "20,000 masks at CNY 2.90 ordered in February 2020, 58,000 paid, half delivered; 29,000 to be refunded. "
    "Mediated online throughout, during the epidemic."
)
_TERMS = (
    "一、江岚康护医疗用品有限公司于2020年3月10日前退还石桥县仁济大药房连锁有限公司货款29 000元；"
    "二、余下10 000只口罩不再交付；三、双方再无其他争议。"
)


async def matter_6(stage: Stage) -> None:
    """From the application of 24 February to the archive of 20 March 2020, under a number of that year."""
    matter = _matter()
    parties = parties_of(6, MATTER_6)
    accepted = court_time(_ACCEPTED, 9)
    course = sent_by_court(matter, parties, cast.MEDIATOR_6, cast.FILING, accepted)
    await begin(stage.tx, matter, parties, course)
    session = planned(SESSION_6, MATTER_6, court_time(_HELD, 14), 90, cast.MEDIATOR_6)
    named = await plan(stage.then(court_time(_ACCEPTED, 15)), session, cast.MEDIATOR_6, parties)
    closing = Closing(Outcome.AGREED, Ground.AGREEMENT, terms=_TERMS, to_sign=True)
    agreement = await hold(stage.tx, session, named, Course(70), closing)
    await go_on(stage.tx, MATTER_6, _signed_and_performed(agreement, parties))
    await _delivered(stage.tx, court_time(_PERFORMED, 17))
    catalogue = hashlib.sha256(_TERMS.encode()).hexdigest()
    clerk = Actor(cast.CLERK.id, Capacity.CLERK)
    archived = Step(court_time(_ARCHIVED, 10), clerk, CommandKind.ARCHIVE, {"catalogue_sha256": catalogue})
    await go_on(stage.tx, MATTER_6, [archived])
    await _delivered(stage.tx, court_time(_ARCHIVED, 11))


def _signed_and_performed(agreement: Conclusion, parties: list[MatterParty]) -> list[Step]:
    """The refund came of itself, three days after the last signature; whoever was owed it says so."""
    mediator = Actor(cast.MEDIATOR_6.id, Capacity.MEDIATOR)
    due: dict[str, object] = {"instalments": [{"due": "2020-03-10", "fen": _REFUND_FEN}]}
    last = court_time(_SIGNED, 10)
    return [
        *signed(parties, agreement.id, agreement_sha256(agreement), last),
        Step(last + timedelta(hours=1), mediator, CommandKind.TRACK_PERFORMANCE, due),
        Step(court_time(_PERFORMED, 16), as_party(parties[0]), CommandKind.FULLY_PERFORM, {}),
    ]


async def _delivered(tx: Tx, at: datetime) -> None:
    """The court had everything long ago; nothing goes into the archive before (messages_sent)."""
    for message in await outbox.messages_of(tx, MATTER_6):
        if message.delivered_at is None:
            await outbox.save(tx, replace(message, attempts=1, delivered_at=at))


def _matter() -> Matter:
    return Matter(
        id=MATTER_6,
        ref="TJ-9922-2020-000318",
        track=Track.PREFILING_DELEGATED,
        state=MatterState.DRAFT,
        court=cast.SHIQIAO,
        court_en=cast.SHIQIAO_EN,
        cause="买卖合同纠纷",
        cause_en="Sales contract",
        mediator_id=None,
        created_at=court_time(_APPLIED, 9),
        case_no="(2020)皖9922民诉前调318号",
        claim=_CLAIM,
        claim_en=_CLAIM_EN,
        claim_fen=_REFUND_FEN,
    )
