"""What the court sends and takes back; the scenarios of law by their names."""

from dataclasses import replace
from datetime import timedelta

import pytest

from mediation_server.caseflow.port import Ack, Nack, Pending
from mediation_server.domain.invitation import InvitationState
from mediation_server.domain.lifecycle import Actor, Capacity, Command, CommandKind
from mediation_server.domain.matter import MatterState, Track
from mediation_server.domain.session import SessionState
from mediation_server.domain.sitting import Plan
from mediation_server.errors import Conflict, NotFound
from mediation_server.services import inviting, joining
from mediation_server.services.consenting import give
from mediation_server.services.procedure import act_on_matter, log_findings
from mediation_server.services.receiving import receive
from mediation_server.services.scheduling import schedule
from mediation_server.store import inbox, matters, outbox, sessions
from tests.court_letters import letter
from tests.filing_desk import GAO, SHEN, YUNXI, ZHENG, FilingDesk, said

CASE = "(2026)皖9901民初2101号"


@pytest.fixture
async def desk(ctx):
    return await FilingDesk(ctx).opened()


def case(**changes):
    parties = [
        {"side": "applicant", "name": "陶静怡", "kind": "natural", "phone": "16100000019", "consents": True},
        {"side": "respondent", "name": "江岚康护医疗用品有限公司", "kind": "organisation", "phone": "16100000024"},
    ]
    usual = {
        "delegation_no": "委托2026-7",
        "track": "postfiling_entrusted",
        "case_no": CASE,
        "court": YUNXI,
        "cause": "买卖合同纠纷",
        "procedure": "简易",
        "judge": "沈清和",
        "claim": "请求退还货款。",
        "claim_fen": 2_900_000,
        "parties": parties,
    }
    return {**usual, **changes}


def sent(desk, payload=None, **changes):
    payload = payload or case()
    usual = {"type": "CaseDiverted", "business_key": f"{payload['case_no']}+{payload['delegation_no']}"}
    return letter(payload["delegation_no"], desk.ctx.clock.now(), **{**usual, "payload": payload, **changes})


def about(desk, matter, kind, payload, seq=1):
    return letter(matter.ref, desk.ctx.clock.now(), seq, type=kind, business_key=f"{kind}:{seq}", payload=payload)


async def all_matters(desk):
    async with desk.ctx.db.reading() as tx:
        return await matters.by_case_no(tx, YUNXI, CASE)


async def opened(desk, **changes):
    assert isinstance(await receive(desk.ctx, sent(desk, case(**changes))), Ack)
    return (await all_matters(desk))[0]


async def mediating(desk):
    """The case was sent, everybody agreed, the mediator accepted."""
    matter = await opened(desk)
    respondent = (await desk.parties(matter))[1]
    await give(desk.ctx, Actor(respondent.id, Capacity.RESPONDENT, respondent.id), respondent.id, said(answer=True))
    filing, mediator = Actor(GAO.id, Capacity.FILING), Actor(ZHENG.id, Capacity.MEDIATOR)
    await act_on_matter(desk.ctx, filing, matter.id, Command(CommandKind.APPOINT, {"mediator": ZHENG.id}))
    await act_on_matter(desk.ctx, mediator, matter.id, Command(CommandKind.ACCEPT, {"relations": []}))
    return await desk.matter(matter.id)


async def test_a_case_the_court_sends_opens_a_matter_with_its_parties_and_their_answers(desk):
    matter = await opened(desk)
    assert (matter.state, matter.track, matter.procedure) == (
        MatterState.CONSENTING,
        Track.POSTFILING_ENTRUSTED,
        "简易",
    )
    assert (matter.judge_id, matter.judge_capacity, matter.claim_fen) == (SHEN.id, "trial", 2_900_000)
    assert matter.ref == "TJ-9901-2026-000001"
    assert [each.name for each in await desk.parties(matter)] == ["陶静怡", "江岚康护医疗用品有限公司"]
    assert await desk.kinds(matter) == ["created", "diverted", "consented"]
    assert [number for number, _ in await desk.texts()] == ["16100000024"]  # who has agreed is not asked again
    async with desk.ctx.db.reading() as tx:
        (told,) = await outbox.messages_of(tx, matter.id)
    assert (told.type, told.payload["matter_ref"]) == ("DiversionReceived", matter.ref)
    assert await log_findings(desk.ctx.db, matter.id) == []


async def test_duplicate_diversion_idempotent(desk):
    one = sent(desk)
    first = await receive(desk.ctx, one)
    desk.ctx.clock.advance(hours=40)
    assert await receive(desk.ctx, replace(one, sent_at=desk.ctx.clock.now())) == first
    again = sent(desk, seq=2)  # the same sending in another envelope
    assert await receive(desk.ctx, again) == first
    other = await receive(desk.ctx, sent(desk, case(cause="民间借贷纠纷"), seq=3))
    assert (other.code, other.retryable) == ("E_DUPLICATE_CONFLICT", False)
    elsewhere = await receive(desk.ctx, sent(desk, case(delegation_no="委托2026-8")))
    assert elsewhere.code == "E_DUPLICATE_CONFLICT"
    assert len(await all_matters(desk)) == 1


async def test_out_of_order_seq_parked(desk):
    matter = await mediating(desk)
    recall = about(desk, matter, "DiversionRecalled", {"reason": "移送管辖"}, seq=2)
    assert await receive(desk.ctx, recall) == Pending(resend_from=1)
    assert (await desk.matter(matter.id)).state is MatterState.MEDIATING
    change = about(desk, matter, "ProcedureChanged", {"old": "简易", "new": "普通", "on": "2026-11-23"}, seq=1)
    assert isinstance(await receive(desk.ctx, change), Ack)
    assert isinstance(await receive(desk.ctx, recall), Ack)
    assert (await desk.kinds(matter))[-2:] == ["procedure_changed", "recalled"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"case_no": "2026皖9901民初1号"}, "E_SCHEMA"),
        ({"track": "org_accepted"}, "E_SCHEMA"),
        ({"procedure": None}, "E_SCHEMA"),
        ({"track": "prefiling_delegated"}, "E_FORBIDDEN_STATE"),
        ({"parties": [{"side": "applicant", "name": "陶静怡", "kind": "natural"}] * 2}, "E_SCHEMA"),
        ({"secret": "x"}, "E_SCHEMA"),
    ],
)
async def test_a_case_that_cannot_be_taken_leaves_nothing_but_its_answer(desk, changes, code):
    refused = await receive(desk.ctx, sent(desk, case(**changes)))
    assert isinstance(refused, Nack)
    assert (refused.code, refused.retryable) == (code, False)
    assert await all_matters(desk) == []
    async with desk.ctx.db.reading() as tx:
        assert await inbox.last_seq(tx, "委托2026-7") == 1
        counts = [
            (await tx.exec_driver_sql(f"SELECT count(*) FROM {each}")).scalar_one()
            for each in ("matters", "matter_parties", "matter_events", "letters", "outbox")
        ]
    assert counts == [0] * 5


async def test_a_number_of_ours_is_no_number_of_a_sending(desk):
    matter = await opened(desk)
    assert (await receive(desk.ctx, about(desk, matter, "CaseDiverted", case()))).code == "E_SCHEMA"


async def test_another_procedure_counts_the_period_anew_from_its_start_and_everybody_is_told(desk):
    matter = await mediating(desk)
    assert matter.period_end.isoformat() == "2026-11-30"
    change = {"old": "简易", "new": "普通", "on": "2026-11-23"}
    await receive(desk.ctx, about(desk, matter, "ProcedureChanged", change))
    after = await desk.matter(matter.id)
    assert (after.procedure, after.period_end.isoformat()) == ("普通", "2026-12-08")
    told = [words for _, words in await desk.texts() if "普通程序" in words]
    assert told == [f"【{YUNXI}】{CASE}改为普通程序，调解期限至12月8日。"] * 2


async def test_a_shorter_period_never_ends_before_the_next_working_day(desk):
    matter = await mediating(desk)
    await receive(desk.ctx, about(desk, matter, "ProcedureChanged", {"new": "普通", "on": "2026-11-23"}))
    desk.ctx.clock.advance(hours=24 * 11)
    await receive(desk.ctx, about(desk, matter, "ProcedureChanged", {"new": "简易", "on": "2026-12-04"}, seq=2))
    assert (await desk.matter(matter.id)).period_end.isoformat() == "2026-12-07"


async def test_a_recall_cancels_what_is_planned_and_its_links_are_dead_at_once(desk):
    matter = await mediating(desk)
    starts_at = desk.ctx.clock.now() + timedelta(days=4)
    session = await schedule(desk.ctx, ZHENG, matter.id, Plan(starts_at, 60))
    tokens = await inviting.issue_all(desk.ctx, ZHENG, session.id)
    closed = {"manner": "01", "manner_name": "撤诉", "on": "2026-11-23"}
    assert isinstance(await receive(desk.ctx, about(desk, matter, "CaseClosed", closed)), Ack)
    async with desk.ctx.db.reading() as tx:
        assert (await sessions.session(tx, session.id)).state is SessionState.CANCELLED
        states = {each.state for each in await inviting.statuses(desk.ctx, tx, session.id)}
    assert states == {InvitationState.REVOKED}
    for token in tokens.values():
        with pytest.raises(NotFound):
            await joining.invitation_letter(desk.ctx, token)
    assert (await desk.matter(matter.id)).state is MatterState.RECALLED  # closed once the court has been told all
    assert (await desk.log(matter))[-1].payload == {"reason": "撤诉"}
    assert sum("法院收回" in words for _, words in await desk.texts()) == 2
    with pytest.raises(Conflict, match="matter_state"):
        await schedule(desk.ctx, ZHENG, matter.id, Plan(starts_at, 60))


async def test_a_recall_of_a_matter_about_which_the_court_knows_all_closes_it(desk):
    matter = await opened(desk)
    async with desk.ctx.db.transaction() as tx:
        await tx.exec_driver_sql("UPDATE outbox SET delivered_at = '2026-11-23 02:00:00'")
    await receive(desk.ctx, about(desk, matter, "DiversionRecalled", {"reason": "不宜调解"}))
    assert (await desk.matter(matter.id)).state is MatterState.CLOSED


async def test_what_is_over_cannot_be_recalled_and_the_court_is_told_so(desk):
    matter = await desk.submitted()
    refused = await receive(desk.ctx, about(desk, matter, "DiversionRecalled", {"reason": "x"}))
    assert refused.code == "E_FORBIDDEN_STATE"
    assert (await desk.matter(matter.id)).state is MatterState.SUBMITTED
