import asyncio
import json
from dataclasses import replace
from datetime import timedelta

import pytest

from mediation_server.domain.audit import AuditAction
from mediation_server.domain.calendar import CHINA, local_date
from mediation_server.domain.ids import fixed_id
from mediation_server.domain.lifecycle import Actor, Capacity, Command, CommandKind
from mediation_server.domain.matter import Matter, MatterOutcome, MatterParty, MatterState, Track
from mediation_server.domain.matter_folds import file_of
from mediation_server.domain.matter_log import MatterEventKind, first_break
from mediation_server.domain.people import Role, Side
from mediation_server.domain.session import Session, SessionKind, SessionState
from mediation_server.domain.users import User
from mediation_server.errors import Conflict, MediationError, NotFound, Refused
from mediation_server.services.procedure import act_in, act_on_matter, file_in, log_findings, open_matter
from mediation_server.store import audit, matter_events, matters, outbox, sessions, users

C, K, S = CommandKind, MatterEventKind, MatterState
MATTER = fixed_id("matter in procedure")
ZHENG = User(fixed_id("zheng"), "zheng", "郑思远", "Zheng Siyuan", Role.MEDIATOR)
HE = User(fixed_id("he"), "he", "何秀兰", "He Xiulan", Role.MEDIATOR)
GAO = User(fixed_id("gao"), "gao", "高文心", "Gao Wenxin", Role.FILING)
ZHOU, LIN = fixed_id("zhou"), fixed_id("lin")
PARTIES = [
    MatterParty(ZHOU, MATTER, Side.APPLICANT, Role.APPLICANT, "周承安", "Zhou", "natural", "16100000011"),
    MatterParty(LIN, MATTER, Side.RESPONDENT, Role.RESPONDENT, "林若溪", "Lin", "natural", "16100000012"),
]
COURT = Actor("court", Capacity.COURT)
FILING = Actor(GAO.id, Capacity.FILING)
MEDIATOR = Actor(ZHENG.id, Capacity.MEDIATOR)
APPLICANT = Actor(ZHOU, Capacity.APPLICANT, ZHOU)
RESPONDENT = Actor(LIN, Capacity.RESPONDENT, LIN)
SYSTEM = Actor("system", Capacity.SYSTEM)
DIVERSION = {"track": "postfiling_entrusted", "procedure": "简易", "case_no": "(2026)皖9901民初2101号"}


class Desk:
    """A matter that the court sent, and what people do with it."""

    def __init__(self, ctx, db, clock):
        self.ctx, self.db, self.clock = ctx, db, clock

    async def opened(self, track=Track.POSTFILING_ENTRUSTED, court="江岚市云溪区人民法院"):
        async with self.db.transaction() as tx:
            for each in (ZHENG, HE, GAO):
                await users.add(tx, each, "no password", self.clock.now())
        matter = Matter(
            id=MATTER,
            ref="TJ-9901-2026-000042",
            track=track,
            state=S.DRAFT,
            court=court,
            court_en="Yunxi District People's Court",
            cause="民间借贷纠纷",
            cause_en="Private loan dispute",
            mediator_id=None,
            created_at=self.clock.now(),
        )
        diverted = Command(C.COURT_DIVERT, {**DIVERSION, "track": track.value, "consents": [ZHOU]})
        await open_matter(self.ctx, COURT, matter, PARTIES, diverted)
        return self

    async def do(self, kind, who, **payload):
        return await act_on_matter(self.ctx, who, MATTER, Command(kind, payload))

    async def agree(self, who, item="c1"):
        said = {"party": who.party, "item": item, "text_version": "1", "answer": True}
        return await self.do(C.CONSENT, who, **said, given_by="self", channel="web")

    async def mediating(self):
        await self.agree(RESPONDENT)
        await self.do(C.APPOINT, FILING, mediator=ZHENG.id)
        return await self.do(C.ACCEPT, MEDIATOR, relations=[])

    async def read(self, function, *keys):
        async with self.db.reading() as tx:
            return await function(tx, *keys)

    async def everything(self):
        return [
            await self.read(matters.matter, MATTER),
            await self.read(matter_events.events_of, MATTER),
            await self.read(outbox.messages_of, MATTER),
        ]


@pytest.fixture
async def desk(ctx, db, clock):
    return await Desk(ctx, db, clock).opened()


async def test_the_row_is_at_every_step_what_the_log_says(desk):
    steps = [
        lambda: desk.agree(RESPONDENT),
        lambda: desk.do(C.APPOINT, FILING, mediator=ZHENG.id),
        lambda: desk.do(C.ACCEPT, MEDIATOR, relations=[]),
        lambda: desk.agree(APPLICANT, "c6"),
        lambda: desk.agree(RESPONDENT, "c6"),
        lambda: desk.do(C.EXTEND, MEDIATOR, days=5),
        lambda: desk.do(C.FORCE_MAJEURE, MEDIATOR, reason="暴雨"),
        lambda: desk.do(C.RESUME, MEDIATOR),
        lambda: desk.do(C.CIRCULATE, MEDIATOR, agreement="v", version=1, sha256="11"),
        *(
            lambda who=who: desk.do(C.SIGN, who, agreement="v", party=who.party, sha256="11", method="sms_otp")
            for who in (APPLICANT, RESPONDENT)
        ),
        lambda: desk.do(C.REQUEST_JUDGMENT, MEDIATOR, request="1"),
    ]
    states = []
    for step in steps:
        await step()
        matter, log, _ = await desk.everything()
        file = file_of(MATTER, log)
        assert first_break(log) is None
        assert (matter.state, matter.outcome) == (file.state, file.outcome)
        assert matter.period_end == file.period_end(CHINA)
        assert await log_findings(desk.db, MATTER) == []
        states.append(matter.state)
    assert states[:3] == [S.APPOINTING, S.AWAITING_ACCEPT, S.MEDIATING]
    assert (matter.state, matter.outcome, matter.mediator_id) == (
        S.JUDGMENT_REQUESTED,
        MatterOutcome.AGREED,
        ZHENG.id,
    )


async def test_the_mediator_who_is_asked_sees_the_matter_and_nobody_does_before(desk):
    assert (await desk.read(matters.matter, MATTER)).mediator_id is None
    await desk.agree(RESPONDENT)
    await desk.do(C.APPOINT, FILING, mediator=ZHENG.id)
    assert (await desk.read(matters.matter, MATTER)).staff == {ZHENG.id}
    await desk.do(C.DECLINE, MEDIATOR, reason="超出专业", justified=True)
    assert (await desk.read(matters.matter, MATTER)).mediator_id is None


async def test_24_an_audit_row_for_every_transition_names_who_what_and_the_law(desk):
    await desk.mediating()
    rows = await desk.read(audit.entries_about, f"matter:{MATTER}")
    assert [(each.details["command"], each.details["after"], each.details["role"]) for each in rows] == [
        ("court_divert", "consenting", "court"),
        ("consent", "appointing", "respondent"),
        ("appoint", "awaiting_accept", "filing"),
        ("accept", "mediating", "mediator"),
    ]
    assert {each.action for each in rows} == {AuditAction.MATTER_MOVED}
    assert rows[-1].details["law"] == "在线调解规则 12, 13, 24; 特邀规定 27"
    assert (rows[-1].details["before"], rows[-1].details["events"]) == ("awaiting_accept", ["accepted", "disclosed"])


async def test_what_the_court_has_to_know_commits_with_the_fact(desk):
    await desk.mediating()
    await desk.do(C.START_APPRAISAL, FILING, reason="鉴定", consents=[ZHOU, LIN])
    desk.clock.advance(seconds=2 * 86_400)
    await desk.do(C.RESUME, FILING)
    told = await desk.read(outbox.messages_of, MATTER)
    assert [each.type for each in told] == [
        "ConsentRecorded",
        "MediatorAppointed",
        "MediatorAccepted",
        "PeriodPaused",
        "PeriodResumed",
    ]
    assert [each.seq for each in told] == [1, 2, 3, 4, 5]
    assert (told[0].payload["party"], told[0].payload["item"]) == ("林若溪", "c1")
    accepted, paused, resumed = (each.payload for each in told[2:])
    assert (accepted["mediator"], accepted["period_end"]) == ("郑思远", "2026-11-30")
    assert paused["pause_id"] == resumed["pause_id"] == f"{MATTER}:1"
    assert resumed["period_end"] == "2026-12-02"
    assert desk.ctx.outbox_filled.is_set()


async def test_answers_that_are_not_the_courts_business_stay_here(desk):
    before = len(await desk.read(outbox.messages_of, MATTER))
    await desk.agree(APPLICANT, "c10")
    assert len(await desk.read(outbox.messages_of, MATTER)) == before


@pytest.mark.parametrize(
    ("who", "kind", "payload", "refusal", "code"),
    [
        (MEDIATOR, C.ACCEPT, {"relations": []}, Conflict, "matter_state"),
        (MEDIATOR, C.FAIL, {"ground": "g5", "reason": "x"}, Conflict, "matter_state"),
        (FILING, C.APPOINT, {"mediator": GAO.id}, Refused, "mediator_unfit"),
        (FILING, C.APPOINT, {"mediator": "nobody"}, Refused, "mediator_unfit"),
        (RESPONDENT, C.APPOINT, {"mediator": ZHENG.id}, Refused, "not_your_part"),
        (FILING, C.APPOINT, {"mediator": ZHENG.id, "x": 1}, MediationError, "payload_unknown"),
    ],
)
async def test_what_is_refused_changes_nothing(desk, who, kind, payload, refusal, code):
    await desk.agree(RESPONDENT)
    before = await desk.everything()
    with pytest.raises(refusal, match=code):
        await desk.do(kind, who, **payload)
    assert await desk.everything() == before


async def test_whoever_reaches_for_anothers_part_is_written_down(desk):
    with pytest.raises(Refused, match="not_your_part"):
        await desk.do(C.RECALL, MEDIATOR, reason="x")
    last = (await desk.read(audit.entries_about, f"matter:{MATTER}"))[-1]
    assert (last.actor, last.allowed, last.basis) == (ZHENG.id, False, "not_your_part")
    assert last.details["command"] == "recall"


async def test_no_such_matter(desk):
    with pytest.raises(NotFound):
        await act_on_matter(desk.ctx, FILING, fixed_id("another"), Command(C.CLOSE))
    with pytest.raises(NotFound):
        await log_findings(desk.db, fixed_id("another"))


async def both(desk, *commands):
    """What commands given at the same time came to: the kinds of those that won, the codes of those that lost."""
    at_once = [desk.do(kind, who, **payload) for kind, who, payload in commands]
    done = await asyncio.gather(*at_once, return_exceptions=True)
    won = [each.events[0].kind for each in done if not isinstance(each, BaseException)]
    return won, [each.code for each in done if isinstance(each, MediationError)]


@pytest.mark.parametrize("first", [0, 1])
async def test_of_two_commands_at_once_only_one_wins(desk, first):
    await desk.agree(RESPONDENT)
    await desk.do(C.APPOINT, FILING, mediator=ZHENG.id)
    rivals = [
        (C.ACCEPT, MEDIATOR, {"relations": []}),
        (C.DECLINE, MEDIATOR, {"reason": "超出专业", "justified": True}),
    ]
    won, lost = await both(desk, rivals[first], rivals[1 - first])
    assert (len(won), lost) == (1, ["matter_state"])
    matter, log, _ = await desk.everything()
    assert matter.state is (S.MEDIATING if won == [K.ACCEPTED] else S.APPOINTING)
    assert [each.seq for each in log] == list(range(1, len(log) + 1))


async def test_the_same_word_given_ten_times_at_once_counts_once(desk):
    await desk.mediating()
    await desk.do(C.CIRCULATE, MEDIATOR, agreement="v", version=1, sha256="11")
    signing = (C.SIGN, APPLICANT, {"agreement": "v", "party": ZHOU, "sha256": "11", "method": "sms_otp"})
    won, lost = await both(desk, *[signing] * 10)
    assert (won, lost) == ([K.SIGNED], ["signed_already"] * 9)
    expiry = (C.EXPIRE, SYSTEM, {"clock": "T09", "due": "2026-11-26"})
    assert await both(desk, expiry, expiry) == ([K.CLOCK_EXPIRED], ["clock_done"])


async def test_a_step_that_fails_half_way_leaves_nothing_behind(desk):
    await desk.agree(RESPONDENT)
    before = await desk.everything()
    async with desk.db.transaction() as tx:
        await tx.exec_driver_sql(
            "CREATE TRIGGER full_disk BEFORE INSERT ON outbox BEGIN SELECT RAISE(ABORT, 'no'); END"
        )
    with pytest.raises(Exception, match="no"):
        await desk.do(C.APPOINT, FILING, mediator=ZHENG.id)
    assert await desk.everything() == before


async def test_a_sitting_that_is_live_keeps_the_period_from_ending_the_matter(desk):
    await desk.mediating()
    now = desk.clock.now()
    sitting = Session(fixed_id("late"), MATTER, SessionKind.MEDIATION, SessionState.LIVE, now, 60, ZHENG.id, now)
    async with desk.db.transaction() as tx:
        await sessions.add(tx, sitting, [])
    desk.clock.advance(seconds=9 * 86_400)
    over = {"clock": "T05", "due": "2026-11-30"}
    with pytest.raises(Conflict, match="sitting_live"):
        await desk.do(C.EXPIRE, SYSTEM, **over)
    async with desk.db.transaction() as tx:
        await sessions.save(tx, replace(sitting, state=SessionState.ENDED))
    await desk.do(C.EXPIRE, SYSTEM, **over)
    assert (await desk.read(matters.matter, MATTER)).outcome is MatterOutcome.FAILED


async def test_a_matter_with_a_message_on_its_way_is_neither_closed_nor_archived(desk):
    await desk.mediating()
    await desk.do(C.RECALL, COURT, reason="撤诉")
    with pytest.raises(Conflict, match="messages_unsent"):
        await desk.do(C.CLOSE, SYSTEM)
    async with desk.db.transaction() as tx:
        for each in await outbox.messages_of(tx, MATTER):
            await outbox.save(tx, replace(each, delivered_at=desk.clock.now()))
    await desk.do(C.CLOSE, SYSTEM)
    assert (await desk.read(matters.matter, MATTER)).state is S.CLOSED


async def test_before_filing_is_offered_only_where_a_court_keeps_it(ctx, db, clock):
    with pytest.raises(Refused, match="track_not_open"):
        await Desk(ctx, db, clock).opened(Track.PREFILING_DELEGATED)
    async with db.reading() as tx:
        with pytest.raises(NotFound):
            await matters.matter(tx, MATTER)


async def test_a_matter_from_before_the_log_gets_its_first_entry_from_its_row(ctx, db, clock):
    old = Matter(
        id=MATTER,
        ref="TJ-9901-2026-000042",
        track=Track.POSTFILING_ENTRUSTED,
        state=S.MEDIATING,
        court="江岚市云溪区人民法院",
        court_en="Yunxi",
        cause="民间借贷纠纷",
        cause_en="Loan",
        mediator_id=ZHENG.id,
        created_at=clock.now(),
        procedure="简易",
        period_end=local_date(clock.now()) + timedelta(days=7),
    )
    async with db.transaction() as tx:
        await users.add(tx, ZHENG, "no password", clock.now())
        await matters.add(tx, old, PARTIES)
    async with db.reading() as tx:
        seen = await file_in(tx, old)
        assert await matter_events.events_of(tx, MATTER) == []
    acted = await act_on_matter(ctx, MEDIATOR, MATTER, Command(C.FAIL, {"ground": "g5", "reason": "分歧较大"}))
    assert [each.kind for each in acted.events] == [K.CONCLUDED]
    async with db.reading() as tx:
        log = await matter_events.events_of(tx, MATTER)
    assert [each.kind for each in log] == [K.ADOPTED, K.CONCLUDED]
    assert (seen.state, seen.team.presider, acted.matter.period_end) == (S.MEDIATING, ZHENG.id, old.period_end)
    assert await log_findings(db, MATTER) == []


async def test_several_commands_can_share_a_transaction(desk):
    async with desk.db.transaction() as tx:
        at = desk.clock.now()
        said = {"party": LIN, "item": "c1", "text_version": "1", "answer": True, "given_by": "self", "channel": "web"}
        await act_in(tx, RESPONDENT, MATTER, Command(C.CONSENT, said), at=at)
        acted = await act_in(tx, FILING, MATTER, Command(C.APPOINT, {"mediator": HE.id}), at=at)
    assert acted.file.candidate.presider == HE.id


async def rewritten(db, statement):
    async with db.transaction() as tx:
        await tx.exec_driver_sql("DROP TRIGGER matter_events_no_update")
        await tx.exec_driver_sql(statement)


@pytest.mark.parametrize(
    ("statement", "finding"),
    [
        ("UPDATE matter_events SET actor = 'x' WHERE seq = 2", "matter_log: 2 content"),
        ("UPDATE matters SET state = 'closed'", "matter_row: differs from its log"),
    ],
)
async def test_a_rewritten_log_or_row_is_found(desk, db, statement, finding):
    assert await log_findings(db, MATTER) == []
    await rewritten(db, statement)
    assert await log_findings(db, MATTER) == [finding]


async def test_the_log_holds_ids_and_no_names(desk):
    await desk.mediating()
    log = await desk.read(matter_events.events_of, MATTER)
    told = json.dumps([dict(each.payload) for each in log], ensure_ascii=False)
    assert ZHOU in told
    assert not any(name in told for name in ("周承安", "林若溪", "郑思远", "16100000011"))
