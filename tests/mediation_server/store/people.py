"""A matter with two parties and a sitting, as small as the tables allow."""

from __future__ import annotations

from datetime import UTC, datetime

from mediation_server.domain.ids import fixed_id
from mediation_server.domain.matter import Matter, MatterParty, MatterState, Track
from mediation_server.domain.people import Role, Side
from mediation_server.domain.session import Participant, Session, SessionKind, SessionState
from mediation_server.domain.users import User
from mediation_server.store import matters, sessions, users
from mediation_server.store.database import Tx

NOW = datetime(2026, 11, 23, 6, 0, 0, 123456, tzinfo=UTC)
MEDIATOR = User(fixed_id("mediator"), "zheng", "郑思远", "Zheng Siyuan", Role.MEDIATOR)
JUDGE = User(fixed_id("judge"), "fang", "方静", "Fang Jing", Role.JUDGE)
MATTER = Matter(
    id=fixed_id("matter"),
    ref="TJ-9901-2026-000042",
    track=Track.POSTFILING_ENTRUSTED,
    state=MatterState.MEDIATING,
    court="江岚市云溪区人民法院",
    court_en="Yunxi District People's Court",
    cause="民间借贷纠纷",
    cause_en="Private loan dispute",
    mediator_id=MEDIATOR.id,
    created_at=NOW,
    case_no="(2026)皖9901民初2101号",
    procedure="简易",
    period_end=NOW.date(),
    judge_id=JUDGE.id,
    judge_capacity="trial",
    claim="归还借款",
    claim_en="repayment",
    claim_fen=8_600_000,
)
PARTIES = [
    MatterParty(fixed_id("zhou"), MATTER.id, Side.APPLICANT, Role.APPLICANT, "周承安", "Zhou", "natural", "161"),
    MatterParty(fixed_id("lin"), MATTER.id, Side.RESPONDENT, Role.RESPONDENT, "林若溪", "Lin", "natural", "162"),
]
SESSION = Session(fixed_id("s"), MATTER.id, SessionKind.MEDIATION, SessionState.SCHEDULED, NOW, 60, MEDIATOR.id)
NAMED = [
    Participant(fixed_id("p0"), SESSION.id, Role.MEDIATOR, Side.NEUTRAL, "郑思远", "Zheng", user_id=MEDIATOR.id),
    *(
        Participant(fixed_id(f"seat {each.name}"), SESSION.id, each.role, each.side, each.name, each.name_en, each.id)
        for each in PARTIES
    ),
]


async def populate(tx: Tx) -> None:
    await users.add(tx, MEDIATOR, "no password", NOW)
    await users.add(tx, JUDGE, "no password", NOW)
    await matters.add(tx, MATTER, PARTIES)
    await sessions.add(tx, SESSION, NAMED)
