"""What waits for a person: opened and settled by what happens, told by text message, seen by whom it concerns."""

from dataclasses import replace

import pytest

from mediation_server.caseflow.port import Nack
from mediation_server.domain.audit import AuditAction
from mediation_server.domain.ids import fixed_id
from mediation_server.domain.lifecycle import Actor, Capacity
from mediation_server.domain.people import Role, Side
from mediation_server.domain.sitting import RequestKind
from mediation_server.domain.task import TaskKind
from mediation_server.domain.users import User
from mediation_server.errors import BadInput, Conflict, NotFound, Refused
from mediation_server.services import closing, pausing
from mediation_server.services import demo_cast as cast
from mediation_server.services.asking import ask
from mediation_server.services.demo_data import SESSION_1
from mediation_server.services.notifying import sent_lately
from mediation_server.services.posting import deliver
from mediation_server.services.receiving import receive
from mediation_server.services.rescheduling import reschedule
from mediation_server.services.sweeping import sweep
from mediation_server.services.syncing import OutboxLedger
from mediation_server.services.tidying import tidy
from mediation_server.services.todo import resend_task, settle_task, task_page, todo_of
from mediation_server.store import audit, matters, outbox, tasks, users
from tests.court_letters import letter
from tests.mediation_server.services.test_procedure import (
    APPLICANT,
    COURT,
    MATTER,
    MEDIATOR,
    PARTIES,
    RESPONDENT,
    ZHENG,
    C,
    Desk,
    S,
)
from tests.mediation_server.services.test_rescheduling import change

YUNXI, DAY = "江岚市云溪区人民法院", 86_400
LI = User(fixed_id("li"), "li", "李分流", "Li", Role.FILING, phone="16100000041", court=YUNXI)
MA = User(fixed_id("ma"), "ma", "马复核", "Ma", Role.FILING, court=YUNXI)
FAR = User(fixed_id("far"), "far", "石立案", "Shi", Role.FILING, phone="16100000042", court="石桥县人民法院")
JUDGE = User(fixed_id("judge"), "judge", "沈清和", "Shen", Role.JUDGE, phone="16100000043", court=YUNXI)
CLERK = User(fixed_id("clerk"), "tian", "田甜", "Tian", Role.CLERK, phone="16100000044", court=YUNXI)
ADMIN = User(fixed_id("adm"), "adm", "管理员", "Admin", Role.ADMIN)


@pytest.fixture
async def desk(ctx, db, clock):
    opened = await Desk(ctx, db, clock).opened()
    async with db.transaction() as tx:
        for each in (LI, MA, FAR, JUDGE, CLERK, ADMIN):
            await users.add(tx, each, "no password", clock.now())
        await matters.save(tx, replace(await matters.matter(tx, MATTER), judge_id=JUDGE.id, judge_capacity="trial"))
    return opened


async def kinds(desk, who=LI):
    return [each.task.kind for each in (await todo_of(desk.ctx, who)).items]


async def told(desk):
    await deliver(desk.ctx)
    return {each.recipient: each.body for each in await sent_lately(desk.db)}


async def one(desk, who=LI):
    return (await todo_of(desk.ctx, who)).items[0].task


async def test_a_mediator_nobody_named_in_three_working_days_is_the_desks_task_until_one_is(desk):
    await desk.agree(RESPONDENT)
    desk.clock.advance(seconds=4 * DAY)
    await sweep(desk.ctx)
    assert await kinds(desk) == [TaskKind.NAME_MEDIATOR]
    assert await kinds(desk, FAR) == []
    messages = await told(desk)
    assert messages["16100000041"].endswith("已过三个工作日，仍未指定调解员，请于11月30日前登录“待办”处理。")
    assert "16100000042" not in messages
    assert not any(name in messages["16100000041"] for name in ("周承安", "林若溪"))
    await desk.do(C.APPOINT, Actor(LI.id, Capacity.FILING), mediator=ZHENG.id)
    assert await kinds(desk) == []


async def test_a_replacement_waits_for_a_yes_from_the_first_day_and_is_told_again_when_late(desk):
    await desk.mediating()
    await desk.do(C.REQUEST_REPLACEMENT, APPLICANT, party=APPLICANT.party, reason="曾是同事")
    assert await kinds(desk) == [TaskKind.DECIDE_REPLACEMENT]
    assert "待决定" in (await told(desk))["16100000041"]
    desk.clock.advance(seconds=4 * DAY)
    await sweep(desk.ctx)
    assert await kinds(desk) == [TaskKind.DECIDE_REPLACEMENT]  # one task, not two
    await told(desk)
    assert any("逾期未决定，请尽快" in each.body for each in await sent_lately(desk.db))
    await desk.do(C.DECIDE_REPLACEMENT, Actor(LI.id, Capacity.FILING), upheld=False, reason="无利害关系")
    assert await kinds(desk) == []


async def test_a_suspicion_reaches_desk_and_judge_and_no_party(desk):
    await desk.mediating()
    await desk.do(C.SUSPECT_FALSE_MEDIATION, MEDIATOR, reason="双方陈述如出一辙")
    assert await kinds(desk) == await kinds(desk, JUDGE) == [TaskKind.CHECK_SUSPICION]
    messages = await told(desk)
    assert {"16100000041", "16100000043"} <= set(messages)
    assert not {each.phone for each in PARTIES} & set(messages)
    assert not any("如出一辙" in each or "虚假" in each for each in messages.values())
    page = await task_page(desk.ctx, LI, (await one(desk)).id)
    assert (page.item.task.facts["reason"], page.said_by.name) == ("双方陈述如出一辙", "郑思远")


async def test_what_is_no_sham_goes_on_and_what_is_one_ends_by_desk_or_judge(desk):
    await desk.mediating()
    await desk.do(C.SUSPECT_FALSE_MEDIATION, MEDIATOR, reason="如出一辙")
    await pausing.resume(desk.ctx, LI, MATTER)
    assert await kinds(desk) == []
    await desk.do(C.SUSPECT_FALSE_MEDIATION, MEDIATOR, reason="伪造借条")
    with pytest.raises(BadInput, match="reason_required"):
        await pausing.find_sham(desk.ctx, JUDGE, MATTER, " ")
    with pytest.raises(NotFound):
        await pausing.find_sham(desk.ctx, FAR, MATTER, "伪造")
    await pausing.find_sham(desk.ctx, JUDGE, MATTER, "借条系伪造")
    assert await kinds(desk) == await kinds(desk, JUDGE) == []
    assert (await desk.read(matters.matter, MATTER)).outcome == "terminated"


async def signed(desk):
    await desk.mediating()
    await desk.do(C.CIRCULATE, MEDIATOR, agreement="v", version=1, sha256="11")
    for who in (APPLICANT, RESPONDENT):
        await desk.do(C.SIGN, who, agreement="v", party=who.party, sha256="11", method="sms_otp")


async def test_an_agreement_signed_when_the_court_closes_the_case_is_settled_by_people(desk):
    """K1, K2: never dropped by itself, and the matter stays open until somebody says how it was settled."""
    await signed(desk)
    await desk.do(C.RECALL, COURT, reason="撤诉")
    async with desk.db.transaction() as tx:
        for each in await outbox.messages_of(tx, MATTER):
            await outbox.save(tx, replace(each, delivered_at=desk.clock.now()))
    assert await tidy(desk.ctx) == 0
    with pytest.raises(Conflict, match="tasks_open"):
        await desk.do(C.CLOSE, Actor(LI.id, Capacity.FILING))
    task = await one(desk)
    assert (task.kind, set(task.facts)) == (TaskKind.SETTLE_CLOSURE, {"signed_at", "closed_at"})
    with pytest.raises(BadInput, match="note_required"):
        await settle_task(desk.ctx, LI, task.id, " ")
    with pytest.raises(NotFound):
        await settle_task(desk.ctx, FAR, task.id, "不归我")
    done = await settle_task(desk.ctx, JUDGE, task.id, "与书记员核对，协议有效，另行出具调解书")
    assert (done.done_by, await kinds(desk)) == (JUDGE.id, [])
    with pytest.raises(NotFound):  # once only
        await settle_task(desk.ctx, LI, task.id, "再来")
    entry = (await desk.read(audit.latest, 1))[0]
    assert (entry.action, entry.actor) == (AuditAction.TASK_SETTLED, JUDGE.id)
    assert await tidy(desk.ctx) == 1
    assert (await desk.read(matters.matter, MATTER)).state is S.CLOSED


async def test_what_a_step_settles_nobody_settles_by_hand(desk):
    await desk.mediating()
    await desk.do(C.REQUEST_REPLACEMENT, APPLICANT, party=APPLICANT.party, reason="曾是同事")
    with pytest.raises(Conflict, match="task_by_step"):
        await settle_task(desk.ctx, LI, (await one(desk)).id, "办了")


async def test_a_second_sending_of_a_case_is_refused_and_shown_to_the_desk_once(desk):
    said = {
        "delegation_no": "委托8",
        "track": "postfiling_entrusted",
        "case_no": "(2026)皖9901民初2101号",
        "court": YUNXI,
        "cause": "民间借贷纠纷",
        "procedure": "简易",
        "parties": [
            {"side": side, "name": name, "kind": "natural"}
            for side, name in (("applicant", "周"), ("respondent", "林"))
        ],
    }
    for _ in range(2):
        sent = letter("委托8", desk.clock.now(), type="CaseDiverted", business_key="x", payload=said)
        answer = await receive(desk.ctx, sent)
    assert isinstance(answer, Nack)
    assert await kinds(desk) == [TaskKind.SETTLE_CLASH]


async def given_up(desk, error="E_DOC_HASH", *, refused=True):
    """The court does not take the first message of the matter."""
    async with desk.db.reading() as tx:
        message = (await outbox.messages_of(tx, MATTER))[0]
    at = desk.clock.now() if refused else None
    dead = replace(message, dead=True, delivered_at=at, last_error=error)
    await OutboxLedger(desk.db, desk.clock).keep(dead, resend_from=None)


async def delivered(desk):
    ledger = OutboxLedger(desk.db, desk.clock)
    async with desk.db.reading() as tx:
        waiting = [each for each in await outbox.messages_of(tx, MATTER) if each.delivered_at is None]
    for each in waiting:
        await ledger.keep(replace(each, delivered_at=desk.clock.now()), resend_from=None)
    return waiting


@pytest.mark.parametrize("refused", [True, False])
async def test_what_the_court_does_not_take_is_a_clerks_and_the_operators_task_until_it_has(desk, refused):
    await desk.mediating()
    for _ in range(2):
        await given_up(desk, refused=refused)
    assert await kinds(desk, CLERK) == await kinds(desk, ADMIN) == [TaskKind.DEAD_LETTER]
    assert await kinds(desk) == await kinds(desk, JUDGE) == []
    task = await one(desk, CLERK)
    assert task.facts["error"] == "E_DOC_HASH"
    await resend_task(desk.ctx, CLERK, task.id)
    assert await kinds(desk, CLERK) == [TaskKind.DEAD_LETTER]  # not before the court has it
    assert await delivered(desk)
    assert await kinds(desk, CLERK) == []


async def test_only_what_did_not_arrive_can_be_sent_again_and_only_by_those_it_waits_for(desk):
    await desk.mediating()
    await given_up(desk)
    with pytest.raises(NotFound):
        await resend_task(desk.ctx, LI, (await one(desk, CLERK)).id)
    await desk.do(C.REQUEST_REPLACEMENT, APPLICANT, party=APPLICANT.party, reason="曾是同事")
    with pytest.raises(NotFound):
        await resend_task(desk.ctx, LI, (await one(desk)).id)


async def test_a_court_that_contradicts_itself_is_somebodys_task_once(desk):
    await desk.mediating()
    async with desk.db.reading() as tx:
        ref = (await matters.matter(tx, MATTER)).ref
    first = letter(ref, desk.clock.now())
    await receive(desk.ctx, first)
    for number in ("别的案号", "又一个案号"):
        await receive(desk.ctx, replace(first, payload=dict(first.payload) | {"case_no": number}))
    assert await kinds(desk) == await kinds(desk, CLERK) == [TaskKind.COURT_CONTRADICTS]
    assert (await one(desk)).facts == {"message": first.type}
    await settle_task(desk.ctx, LI, (await one(desk)).id, "以第一份为准，已与法院核对")
    assert await kinds(desk) == []


async def test_a_closed_matter_is_opened_again_by_two_people(desk):
    await desk.mediating()
    await desk.do(C.RECALL, COURT, reason="撤诉")
    async with desk.db.transaction() as tx:
        for each in await outbox.messages_of(tx, MATTER):
            await outbox.save(tx, replace(each, delivered_at=desk.clock.now()))
    await closing.close(desk.ctx, LI, MATTER)
    with pytest.raises(BadInput, match="reason_required"):
        await closing.ask_reopening(desk.ctx, LI, MATTER, "")
    with pytest.raises(NotFound):
        await closing.ask_reopening(desk.ctx, FAR, MATTER, "错了")
    await closing.ask_reopening(desk.ctx, LI, MATTER, "结案方式录错")
    task = await one(desk, MA)
    assert [each.kind for each in (task, await one(desk, ADMIN))] == [TaskKind.APPROVE_REOPENING] * 2
    with pytest.raises(Refused, match="second_person_needed"):
        await closing.approve_reopening(desk.ctx, LI, task.id, "同意")
    await closing.approve_reopening(desk.ctx, MA, task.id, "已核对")
    assert (await desk.read(matters.matter, MATTER)).state is S.RECALLED
    assert await kinds(desk, MA) == []


async def test_a_clerk_a_mediator_and_a_party_have_no_tasks(desk):
    await desk.mediating()
    await desk.do(C.SUSPECT_FALSE_MEDIATION, MEDIATOR, reason="如出一辙")
    task = await one(desk)
    for role in (Role.MEDIATOR, Role.CLERK, Role.PARTY, Role.ADMIN):
        stranger = replace(ZHENG, role=role, court=YUNXI)
        assert (await todo_of(desk.ctx, stranger)).count == 0
        with pytest.raises(NotFound):
            await task_page(desk.ctx, stranger, task.id)
    assert await desk.read(tasks.open_in, MATTER) == 1


async def test_a_third_new_time_for_one_side_stands_in_the_list_of_its_court(demo):
    guest = await demo.guest(Side.RESPONDENT)
    await ask(demo.ctx, guest, RequestKind.ANOTHER_TIME, "明天有事")
    assert (await todo_of(demo.ctx, cast.FILING)).moving == ()  # the mediator alone moves it the first two times
    for days in (4, 5):
        await reschedule(demo.ctx, demo.mediator, SESSION_1, change(demo, days=days, asked_by=Side.RESPONDENT))
    assert (await todo_of(demo.ctx, cast.FILING)).moving == ()
    await ask(demo.ctx, guest, RequestKind.ANOTHER_TIME, "下周出差")
    (waiting,) = (await todo_of(demo.ctx, cast.FILING)).moving
    assert (waiting.session.id, waiting.side) == (SESSION_1, Side.RESPONDENT)
    assert (await todo_of(demo.ctx, replace(cast.FILING, court="石桥县人民法院"))).moving == ()
    assert (await todo_of(demo.ctx, demo.judge)).moving == ()
