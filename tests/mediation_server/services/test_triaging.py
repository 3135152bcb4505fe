"""The filing desk: what waits, what is asked, what is decided; whose it is not learns nothing."""

from dataclasses import replace
from datetime import timedelta

import pytest

from mediation_server.domain.calendar import local_date
from mediation_server.domain.checks.agents import AgentKind
from mediation_server.domain.diversion import Defect
from mediation_server.domain.ids import fixed_id, new_id
from mediation_server.domain.lifecycle import Actor, Capacity, Command, CommandKind
from mediation_server.domain.listing import place_of
from mediation_server.domain.matter import MatterState, Track
from mediation_server.domain.party_agent import PartyAgent
from mediation_server.domain.suitability import Fact, Question
from mediation_server.errors import BadInput, Conflict, MediationError, NotFound, Refused
from mediation_server.services import triaging
from mediation_server.services.posting import deliver
from mediation_server.services.procedure import act_on_matter, log_findings
from mediation_server.services.triaging import Choice
from mediation_server.store import desk as desk_store
from mediation_server.store import matters, party_agents
from tests.filing_desk import ELSEWHERE, GAO, SHEN, SHIQIAO, TIAN, ZHENG, FilingDesk

LOAN = Choice(Track.POSTFILING_ENTRUSTED, "简易", "（2026）皖9901民初2101号")


@pytest.fixture
async def desk(ctx):
    return await FilingDesk(ctx).opened()


async def test_the_oldest_application_comes_first_with_the_last_day_to_decide(desk, clock):
    first = await desk.submitted()
    clock.advance(hours=30)
    await desk.submitted()
    found = await triaging.desk_of(desk.ctx, GAO)
    assert [each.matter.ref for each in found.submitted.lines] == ["TJ-9901-2026-000001", "TJ-9901-2026-000002"]
    assert found.submitted.lines[0].due.isoformat() == "2026-11-26"  # three working days from Monday 23 November
    assert [each.name for each in found.submitted.lines[0].parties] == ["周承安", "林若溪"]
    assert found.submitted.lines[0].matter.id == first.id


async def test_a_long_list_is_leafed_through_without_losing_or_repeating_any(desk, monkeypatch):
    monkeypatch.setattr(triaging, "PAGE", 2)
    handed_in = [(await desk.submitted()).ref for _ in range(5)]  # in one and the same moment
    seen, after = [], None
    for _ in range(3):
        pile = (await triaging.desk_of(desk.ctx, GAO, after)).submitted
        assert pile.every == (5, False)
        seen.append([each.matter.ref for each in pile.lines])
        after = pile.after and place_of(str(pile.after))
    assert [len(page) for page in seen] == [2, 2, 1]
    assert after is None
    assert sorted(ref for page in seen for ref in page) == handed_in


async def test_another_court_sees_neither_the_list_nor_the_application_nor_moves_it(desk):
    matter = await desk.submitted()
    assert (await triaging.desk_of(desk.ctx, ELSEWHERE)).submitted.lines == ()
    tries = [
        lambda: triaging.application(desk.ctx, ELSEWHERE, matter.id),
        lambda: triaging.answer(desk.ctx, ELSEWHERE, matter.id, Question.MEDIABLE, ()),
        lambda: triaging.reject(desk.ctx, ELSEWHERE, matter.id, "wrong_court"),
        lambda: triaging.request_supplement(
            desk.ctx, ELSEWHERE, matter.id, [(Defect.FACTS, "")], local_date(desk.ctx.clock.now()) + timedelta(days=5)
        ),
        lambda: triaging.divert(desk.ctx, ELSEWHERE, matter.id, LOAN),
        lambda: triaging.application(desk.ctx, ZHENG, matter.id),
        lambda: triaging.application(desk.ctx, GAO, "no id at all"),
    ]
    for each in tries:
        with pytest.raises(NotFound):
            await each()
    assert await desk.kinds(matter) == ["created", "submitted"]


async def test_a_draft_is_nobodys_but_the_applicants(desk):
    matter = await desk.submitted()
    async with desk.ctx.db.transaction() as tx:
        await tx.exec_driver_sql("UPDATE matters SET state = 'draft'")
    with pytest.raises(NotFound):
        await triaging.application(desk.ctx, GAO, matter.id)


async def test_answers_are_kept_from_step_to_step_and_may_be_changed(desk):
    matter = await desk.submitted()
    await triaging.answer(desk.ctx, GAO, matter.id, Question.MEDIABLE, (Fact.ARBITRATION_CLAUSE,))
    kept = (await triaging.application(desk.ctx, GAO, matter.id)).triage
    assert (kept.answers["arbitration_clause"], kept.answers["already_decided"], kept.updated_by) == (
        True,
        False,
        GAO.id,
    )
    again = await triaging.answer(desk.ctx, GAO, matter.id, Question.MEDIABLE, ())
    assert set(again.answers.values()) == {False}


async def test_what_an_answer_makes_superfluous_is_forgotten(desk):
    matter = await desk.answered(await desk.submitted(), Fact.RESPONDENT_HERE, Fact.BANKRUPTCY)
    changed = await triaging.answer(desk.ctx, GAO, matter.id, Question.MEDIABLE, (Fact.SPECIAL_PROCEDURE,))
    assert "bankruptcy" not in changed.answers


async def test_a_diversion_takes_the_answers_into_the_log_and_asks_both_sides(desk):
    matter = await desk.answered(await desk.submitted())
    acted = await triaging.divert(desk.ctx, GAO, matter.id, LOAN)
    assert (acted.matter.state, acted.matter.case_no) == (MatterState.CONSENTING, "(2026)皖9901民初2101号")
    diverted = acted.events[0].payload
    assert diverted["checklist"]["respondent_here"] is True
    assert diverted["checklist"]["state_secret"] is False
    assert (diverted["by"], diverted["confirmable"], diverted["regime"]) == ("filing", True, 2026)
    assert await desk.texts() == [
        (
            "16100000011",
            (
                "【江岚市云溪区人民法院】(2026)皖9901民初2101号已转入调解，请于11月26日前登录"
                "https://mediate.example/enter答复是否同意调解，可拒绝。"
            ),
        ),
        (
            "16100000012",
            (
                "【江岚市云溪区人民法院】林若溪您好，周承安申请调解与您的民间借贷纠纷，请于11月26日前登录"
                "https://mediate.example/enter答复，可拒绝。"
            ),
        ),
    ]
    assert await log_findings(desk.ctx.db, matter.id) == []


async def test_letters_go_out_once_and_again_when_the_gateway_failed(desk):
    await desk.diverted()
    failing = FailingOnce(desk.ctx.notifier)
    desk.ctx = replace(desk.ctx, notifier=failing)
    assert await desk.texts() == []
    await deliver(desk.ctx)
    assert len(await desk.texts()) == 2
    assert len(await desk.texts()) == 2


class FailingOnce:
    def __init__(self, real):
        self.real, self.failed = real, False

    async def send(self, notice):
        if not self.failed:
            self.failed = True
            raise ConnectionError
        await self.real.send(notice)


async def test_nothing_is_diverted_while_a_question_is_open(desk):
    matter = await desk.submitted()
    with pytest.raises(Conflict, match="triage_open"):
        await triaging.divert(desk.ctx, GAO, matter.id, LOAN)


@pytest.mark.parametrize(
    ("choice", "code", "field"),
    [
        (Choice(Track.POSTFILING_ENTRUSTED, "简易", "2026皖9901民初1号"), "case_number_brackets", "case_no"),
        (Choice(Track.POSTFILING_ENTRUSTED, "简易", ""), "required", "case_no"),
        (Choice(Track.POSTFILING_ENTRUSTED, None, "(2026)皖9901民初1号"), "procedure_required", "procedure"),
        (Choice(Track.COURT_LED, "简易", "(2026)皖9901民初1号"), "judge_required", "judge"),
        (Choice(Track.COURT_LED, "简易", "(2026)皖9901民初1号", GAO.id), "judge_required", "judge"),
        (Choice(Track.PREFILING_DELEGATED), "track_not_open", "track"),
        (Choice(Track.ORG_ACCEPTED), "track_not_open", "track"),
    ],
)
async def test_a_diversion_that_does_not_fit_changes_nothing(desk, choice, code, field):
    matter = await desk.answered(await desk.submitted())
    with pytest.raises(MediationError) as refused:
        await triaging.divert(desk.ctx, GAO, matter.id, choice)
    assert (refused.value.code, refused.value.field) == (code, field)
    assert await desk.kinds(matter) == ["created", "submitted"]
    assert await desk.matter(matter.id) == matter


async def test_one_number_belongs_to_one_open_matter(desk):
    await desk.diverted(case_no="(2026)皖9901民初2101号")
    second = await desk.answered(await desk.submitted())
    with pytest.raises(Conflict, match="case_no_taken"):
        await triaging.divert(desk.ctx, GAO, second.id, LOAN)


async def test_the_judge_who_leads_is_named_with_the_diversion(desk):
    matter = await desk.diverted(Track.COURT_LED, judge_id=SHEN.id)
    assert (matter.judge_id, matter.judge_capacity, matter.state) == (SHEN.id, "leading", MatterState.CONSENTING)


async def test_a_court_that_keeps_it_may_send_a_matter_on_before_filing(desk):
    matter = await desk.diverted(Track.PREFILING_DELEGATED, court=SHIQIAO)
    assert (matter.track, matter.case_no, matter.procedure) == (Track.PREFILING_DELEGATED, None, None)


async def test_a_divorce_can_be_mediated_but_never_confirmed(desk):
    matter = await desk.answered(await desk.submitted("离婚纠纷"))
    acted = await triaging.divert(desk.ctx, GAO, matter.id, LOAN)
    assert acted.matter.confirmable is False


async def test_all_defects_are_said_at_once_and_a_further_list_holds_new_things_only(desk):
    matter = await desk.submitted()
    due = local_date(desk.ctx.clock.now()) + timedelta(days=7)
    listed = [(Defect.CLAIM, "请写明利息怎么算"), (Defect.OTHER, "请补交收条")]
    await triaging.request_supplement(desk.ctx, GAO, matter.id, listed, due)
    assert (await desk.log(matter))[-1].payload == {"defects": ["claim", "other:1"], "due": "2026-11-30"}
    assert await desk.texts() == [
        (
            "16100000011",
            (
                "【江岚市云溪区人民法院】您的调解申请TJ-9901-2026-000001需要补正，请于11月30日前登录"
                "https://mediate.example/enter查看并补交。"
            ),
        )
    ]
    applicant = (await desk.parties(matter))[0]
    who = Actor(applicant.id, Capacity.APPLICANT, applicant.id)
    await act_on_matter(desk.ctx, who, matter.id, Command(CommandKind.RESUBMIT))
    with pytest.raises(Conflict, match="defects_known"):
        await triaging.request_supplement(desk.ctx, GAO, matter.id, [(Defect.CLAIM, ""), (Defect.FACTS, "")], due)
    await triaging.request_supplement(desk.ctx, GAO, matter.id, [(Defect.OTHER, "还缺转账记录第二页")], due)
    async with desk.ctx.db.reading() as tx:
        kept = await desk_store.defects_of(tx, matter.id)
    assert [(each.round, each.code, each.note) for each in kept] == [
        (1, "claim", "请写明利息怎么算"),
        (1, "other", "请补交收条"),
        (2, "other", "还缺转账记录第二页"),
    ]


@pytest.mark.parametrize(
    ("listed", "days", "code"),
    [
        ([], 7, "required"),
        ([(Defect.OTHER, "  ")], 7, "defect_note_required"),
        ([(Defect.FACTS, "字" * 301)], 7, "too_long"),
        ([(Defect.FACTS, "")], 0, "date_early"),
        ([(Defect.FACTS, "")], 31, "date_late"),
    ],
)
async def test_a_list_of_defects_is_checked_before_anything_is_written(desk, listed, days, code):
    matter = await desk.submitted()
    due = local_date(desk.ctx.clock.now()) + timedelta(days=days)
    with pytest.raises(BadInput) as refused:
        await triaging.request_supplement(desk.ctx, GAO, matter.id, listed, due)
    assert refused.value.code == code
    assert await desk.kinds(matter) == ["created", "submitted"]


async def test_what_is_not_accepted_says_where_to_go_instead(desk):
    matter = await desk.submitted("劳动合同纠纷")
    await triaging.reject(desk.ctx, GAO, matter.id, "labour_arbitration_first", "云溪区劳动人事争议仲裁委员会在二楼。")
    rejected = (await desk.log(matter))[-1]
    assert rejected.payload["reason"] == "labour_arbitration_first"
    assert "先申请劳动仲裁" in rejected.payload["alternative"]
    assert rejected.payload["alternative"].endswith("云溪区劳动人事争议仲裁委员会在二楼。")
    assert (await desk.matter(matter.id)).state is MatterState.REJECTED
    assert [number for number, _ in await desk.texts()] == ["16100000011"]
    with pytest.raises(BadInput, match="rejection_unknown"):
        await triaging.reject(desk.ctx, GAO, matter.id, "do not like it")


async def test_a_clerk_reads_an_application_and_decides_nothing(desk):
    matter = await desk.submitted()
    assert (await triaging.application(desk.ctx, TIAN, matter.id)).matter == matter
    with pytest.raises(Refused, match="not_your_part"):
        await triaging.reject(desk.ctx, TIAN, matter.id, "wrong_court")


async def test_an_applicant_who_leaves_the_application_takes_the_letters_along(desk):
    matter = await desk.submitted()
    due = local_date(desk.ctx.clock.now()) + timedelta(days=7)
    await triaging.request_supplement(desk.ctx, GAO, matter.id, [(Defect.RESPONDENT, "")], due)
    applicant, respondent = await desk.parties(matter)
    other = replace(applicant, id=fixed_id("another applicant"), name="陶静怡", phone="16100000019")
    async with desk.ctx.db.transaction() as tx:
        await matters.replace_parties(tx, matter, [other, respondent])
    assert [each.name for each in await desk.parties(matter)] == ["陶静怡", "林若溪"]
    assert await desk.texts() == []


async def test_in_safety_mode_a_letter_names_nobody_of_the_other_side(desk):
    matter = await desk.answered(await desk.submitted())
    async with desk.ctx.db.transaction() as tx:
        await matters.save(tx, replace(matter, safety=True))
    await triaging.divert(desk.ctx, GAO, matter.id, LOAN)
    words = dict(await desk.texts())["16100000012"]
    assert "对方当事人申请调解与您的民间借贷纠纷" in words
    assert "周承安" not in words


async def test_a_letter_goes_by_mail_too_to_whoever_has_an_address(desk):
    matter = await desk.answered(await desk.submitted())
    respondent = (await desk.parties(matter))[1]
    async with desk.ctx.db.transaction() as tx:
        await tx.exec_driver_sql("UPDATE matter_parties SET email = 'lin@demo.invalid' WHERE side = 'respondent'")
    await triaging.divert(desk.ctx, GAO, matter.id, LOAN)
    sent = await desk.texts()
    assert [number for number, _ in sent].count("lin@demo.invalid") == 1
    assert respondent.phone in [number for number, _ in sent]


async def test_an_agent_an_application_names_is_told_when_it_is_sent_on_and_not_before(desk):
    matter = await desk.submitted()
    async with desk.ctx.db.transaction() as tx:
        (applicant, *_) = await matters.parties_of(tx, matter.id)
        agent = PartyAgent(new_id(), applicant.id, AgentKind.LAWYER, "何屿", "16100000031")
        await party_agents.add(tx, agent, 0)
    assert not [each for each in await desk.texts() if each[0] == agent.phone]
    await desk.answered(matter)
    await triaging.divert(desk.ctx, GAO, matter.id, LOAN)
    (told,) = [body for phone, body in await desk.texts() if phone == agent.phone]
    assert "委托诉讼代理人" in told
    assert applicant.name not in told
