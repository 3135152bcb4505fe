"""Naming mediators by court and body, the conflict register, the body's day."""

from dataclasses import replace

import pytest

from mediation_server.domain.audit import AuditAction
from mediation_server.domain.checks.agents import AgentKind
from mediation_server.domain.conflicts import CaseRole, Person
from mediation_server.domain.ids import fixed_id
from mediation_server.domain.matter import MatterState, Track
from mediation_server.domain.party_agent import PartyAgent
from mediation_server.domain.users import User
from mediation_server.errors import BadInput, Conflict, NotFound, Refused
from mediation_server.services import demo_cast as cast
from mediation_server.services.accepting import Disclosure, accept, inbox
from mediation_server.services.appointing import appoint, appoint_page, entrust
from mediation_server.services.demo_data import MATTER_1, MATTER_4
from mediation_server.services.demo_roster import ORGANISATIONS
from mediation_server.services.notifying import MockNotifier, sent_lately
from mediation_server.services.organising import body_home, hand_back, take
from mediation_server.services.register import check_part, register_part
from mediation_server.store import party_agents, roster
from tests.roster_world import LOAN, MANAGER, WEN, ZHENG, Looking

NOTHING = Disclosure(nothing=True, relations={})
PEOPLE, LABOUR = ORGANISATIONS[0].id, ORGANISATIONS[1].id


@pytest.fixture
async def demo(demo):
    return replace(demo, ctx=replace(demo.ctx, notifier=MockNotifier(demo.ctx.db)))


@pytest.fixture
async def looking(demo):
    return (await Looking(demo.ctx).appointing()).later(days=3)


async def mediated(looking):
    await appoint(looking.ctx, cast.FILING, LOAN, ZHENG.id)
    await accept(looking.ctx, ZHENG, LOAN, NOTHING)


async def test_the_list_puts_who_fits_first_and_says_why_the_others_do_not(looking):
    page = await appoint_page(looking.ctx, cast.FILING, LOAN)
    shown = [(each.candidate.name, each.against, each.in_field) for each in page.candidates]
    assert shown[:2] == [("温岚", (), True), ("郑思远", (), True)]  # 郑思远 has matter 1 already
    assert {name for name, _, _ in shown} == {"温岚", "郑思远", "何秀兰", "邵文博", "蒋一帆"}
    loads = {each.candidate.name: each.candidate.open_matters for each in page.candidates}
    assert (loads["郑思远"], loads["邵文博"], loads["温岚"]) == (1, 1, 0)


@pytest.mark.parametrize("user", [cast.TRIAL_JUDGE, cast.FILING])
async def test_the_courts_own_people_name_a_mediator(looking, user):
    await appoint(looking.ctx, user, LOAN, WEN.id)
    assert [each.matter.id for each in await inbox(looking.ctx, WEN)] == [LOAN]


@pytest.mark.parametrize(
    "user",
    [
        cast.CONFIRMING_JUDGE,
        cast.ADMINISTRATOR,
        cast.MEDIATOR_1,
        MANAGER,
        cast.PARTY_ACCOUNTS[0],
        replace(cast.FILING, court=cast.SHIQIAO),
    ],
    ids=lambda each: each.login + (each.court or ""),
)
async def test_nobody_else_sees_or_names_anybody(looking, user):
    for call in (
        appoint_page(looking.ctx, user, LOAN),
        appoint(looking.ctx, user, LOAN, WEN.id),
        entrust(looking.ctx, user, LOAN, PEOPLE),
        register_part(looking.ctx, user, LOAN, "witness", "某某"),
    ):
        with pytest.raises(NotFound):
            await call


async def test_who_has_too_many_matters_is_refused_and_the_refusal_written_down(demo, looking):
    async with looking.ctx.db.transaction() as tx:
        await roster.save_mediator(tx, replace(await roster.mediator(tx, ZHENG.id), most_matters=1))
    with pytest.raises(Refused, match="mediator_unfit"):
        await appoint(looking.ctx, cast.FILING, LOAN, ZHENG.id)
    assert (await demo.audited(AuditAction.MATTER_MOVED))[-1].basis == "mediator_unfit"
    assert (await looking.matter()).state is MatterState.APPOINTING


async def test_a_party_or_its_namesake_does_not_mediate_its_own_matter(looking):
    async with looking.ctx.db.transaction() as tx:
        await tx.exec_driver_sql("UPDATE matter_parties SET name = '郑思远', phone = '' WHERE matter_id = ?", (LOAN,))
    with pytest.raises(Refused, match="mediator_unfit"):
        await appoint(looking.ctx, cast.FILING, LOAN, ZHENG.id)


async def test_who_mediated_a_case_takes_no_other_part_in_it_and_the_attempt_is_written_down(demo, looking):
    await mediated(looking)
    with pytest.raises(Refused, match="barred_by_part"):
        await register_part(looking.ctx, cast.FILING, LOAN, "witness", "郑思远")
    entry = (await demo.audited(AuditAction.PART_REGISTERED))[-1]
    assert (entry.allowed, entry.basis) == (False, "barred_by_part")
    await register_part(looking.ctx, cast.FILING, LOAN, "expert", "温岚", "16100000046")
    parts = (await appoint_page(looking.ctx, cast.FILING, LOAN)).parts
    assert {(each.person.name, each.role) for each in parts} >= {
        ("郑思远", CaseRole.MEDIATOR),
        ("温岚", CaseRole.EXPERT),
    }


async def test_who_is_an_expert_in_a_case_does_not_mediate_it(looking):
    await register_part(looking.ctx, cast.FILING, LOAN, "expert", "温岚", "16100000046")
    with pytest.raises(Refused, match="mediator_unfit"):
        await appoint(looking.ctx, cast.FILING, LOAN, WEN.id)


async def test_an_agent_in_a_case_does_not_mediate_it(looking):
    papers = PartyAgent(fixed_id("agent wen"), looking.parties[0].id, AgentKind.LAWYER, "温岚", "16100000046")
    async with looking.ctx.db.transaction() as tx:
        await party_agents.replace_all(tx, [looking.parties[0].id], [papers])
    with pytest.raises(Refused, match="mediator_unfit"):
        await appoint(looking.ctx, cast.FILING, LOAN, WEN.id)


async def test_other_use_cases_ask_the_register_before_they_give_somebody_a_part(looking):
    await mediated(looking)
    async with looking.ctx.db.reading() as tx:
        matter = await looking.matter()
        with pytest.raises(Refused, match="barred_by_part"):
            await check_part(tx, matter, Person("郑思远", phone=ZHENG.phone), CaseRole.AGENT)
        await check_part(tx, matter, Person("郑思远", phone="16100000099"), CaseRole.AGENT)  # a namesake


@pytest.mark.parametrize(("role", "name", "code"), [("judge", "某某", "part_unknown"), ("witness", "", "required")])
async def test_what_the_register_does_not_take(looking, role, name, code):
    with pytest.raises(BadInput, match=code):
        await register_part(looking.ctx, cast.FILING, LOAN, role, name)


async def test_a_body_that_is_given_a_matter_names_only_its_own(looking):
    await entrust(looking.ctx, cast.FILING, LOAN, PEOPLE)
    page = await appoint_page(looking.ctx, MANAGER, LOAN)
    assert {each.candidate.name for each in page.candidates} == {"何秀兰", "邵文博"}
    with pytest.raises(Refused, match="mediator_unfit"):
        await appoint(looking.ctx, MANAGER, LOAN, ZHENG.id)
    await appoint(looking.ctx, MANAGER, LOAN, cast.MEDIATOR_4.id)
    assert (await looking.log())[-1].payload["by"] == "organisation"


@pytest.mark.parametrize(("body", "error"), [("x", BadInput), (LABOUR, None)])
async def test_a_matter_is_given_to_a_body_of_the_courts_roster(looking, body, error):
    if error:
        with pytest.raises(error):
            await entrust(looking.ctx, cast.FILING, LOAN, body)
    else:
        assert (await entrust(looking.ctx, cast.FILING, LOAN, body)).id == body


async def test_after_somebody_is_named_it_is_given_to_no_body(looking):
    await appoint(looking.ctx, cast.FILING, LOAN, WEN.id)
    with pytest.raises(Conflict, match="matter_state"):
        await entrust(looking.ctx, cast.FILING, LOAN, PEOPLE)


async def applied(demo, cause="物业服务合同纠纷", body=PEOPLE):
    looking = await Looking(demo.ctx).submitted(cause=cause)
    async with demo.ctx.db.transaction() as tx:
        await roster.give_matter(tx, LOAN, body, demo.ctx.clock.now())
    return looking


async def test_a_body_takes_what_its_charter_covers(demo):
    looking = await applied(demo)
    home = await body_home(demo.ctx, MANAGER)
    assert [each.matter.id for each in home.to_take] == [LOAN]
    assert [each.matter.id for each in home.under_way] == []  # matter 4 is with the court by now
    matter = await take(demo.ctx, MANAGER, LOAN)
    assert (matter.state, matter.track) == (MatterState.CONSENTING, Track.ORG_ACCEPTED)
    assert (await looking.log())[-1].payload["by"] == "organisation"


async def test_a_body_does_not_take_what_its_charter_leaves_out(demo):
    await applied(demo, "追索劳动报酬纠纷")
    with pytest.raises(Refused, match="outside_charter"):
        await take(demo.ctx, MANAGER, LOAN)


async def test_a_body_that_does_not_take_it_says_so_to_the_applicant(demo):
    await applied(demo)
    with pytest.raises(BadInput, match="reason_required"):
        await hand_back(demo.ctx, MANAGER, LOAN, "")
    await hand_back(demo.ctx, MANAGER, LOAN, "案件较多")
    letter = (await sent_lately(demo.ctx.db))[0]
    assert (letter.recipient, "案件较多" in letter.body) == ("16100000011", True)
    for call in (take(demo.ctx, MANAGER, LOAN), appoint_page(demo.ctx, MANAGER, LOAN)):
        with pytest.raises(NotFound):
            await call


async def test_another_bodys_people_see_nothing_of_it(demo):
    await applied(demo, body=LABOUR)
    for call in (take(demo.ctx, MANAGER, LOAN), hand_back(demo.ctx, MANAGER, LOAN, "r")):
        with pytest.raises(NotFound):
            await call
    assert (await body_home(demo.ctx, MANAGER)).to_take == ()


@pytest.mark.parametrize("user", [cast.FILING, replace(MANAGER, organisation_id=None)], ids=lambda each: each.login)
async def test_the_bodys_home_is_its_administrators(demo, user: User):
    with pytest.raises(NotFound):
        await body_home(demo.ctx, user)


async def test_what_a_body_took_by_itself_is_known_to_be_its_own(demo):
    async with demo.ctx.db.reading() as tx:
        assert await roster.organisation_of(tx, MATTER_4) == PEOPLE
        assert await roster.organisation_of(tx, MATTER_1) is None
