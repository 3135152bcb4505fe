"""Agents: named by their party, nothing before their papers were read, then exactly as far as their authority goes."""

import asyncio
from dataclasses import replace

import pytest

from mediation_server.domain.audit import AuditAction
from mediation_server.domain.checks.agents import PAPERS, AgentKind, AgentPaper, Power
from mediation_server.domain.consent import ConsentItem, GivenBy
from mediation_server.domain.consent_texts import TEXT_VERSIONS
from mediation_server.domain.lifecycle import Command, CommandKind
from mediation_server.domain.material import MaterialState
from mediation_server.domain.matter import MatterState
from mediation_server.domain.party_agent import AgentStanding
from mediation_server.domain.people import Role, Side
from mediation_server.errors import BadInput, Conflict, NotFound, NotSignedIn, Refused, TooMany
from mediation_server.rooms.starting import missing_to_start
from mediation_server.services import (
    authorising,
    consenting,
    entering,
    handing_in,
    inviting,
    joining,
    materials,
    mine,
    representing,
    scheduling,
    uploading,
)
from mediation_server.services import demo_cast as cast
from mediation_server.services.access import own_matter
from mediation_server.services.demo_data import MATTER_1, MATTER_2, MATTER_5
from mediation_server.services.handing_in import Words
from mediation_server.services.notifying import sent_lately
from mediation_server.services.opening import room_of
from mediation_server.services.procedure import act_in
from mediation_server.store import consents, matters, party_agents, sessions
from tests import papers

LIN, ZHOU, STRANGER = cast.PARTY_ACCOUNTS[1], cast.PARTY_ACCOUNTS[0], cast.PARTY_ACCOUNTS[6]
PHONE = "16100000077"
ALL = PAPERS[AgentKind.RELATIVE]
SAID = {"kind": "relative", "name": "林小满", "phone": PHONE, "authority": "special", "powers": "settle admit"}


@pytest.fixture
async def demo(demo, tmp_path):
    settings = demo.ctx.settings.model_copy(update={"data_dir": tmp_path / "data"})
    return replace(demo, ctx=replace(demo.ctx, settings=settings))


async def name(demo, user=LIN, **said):
    return await representing.name_agent(demo.ctx, user, MATTER_1, SAID | said)


async def signed_in(demo, phone=PHONE):
    token = await entering.ask_for_code(demo.ctx, phone)
    sent = [each.body for each in await sent_lately(demo.ctx.db, 50) if each.recipient == phone]
    code = next(each for each in sent if "验证码" in each)
    return (await entering.enter_by_code(demo.ctx, token, code.split("验证码")[1][:6])).user


async def admit(demo, agent, powers=(Power.SETTLE,), by=None):
    return await authorising.admit_agent(demo.ctx, by or demo.mediator, MATTER_1, agent.id, ALL, powers)


async def acting(demo, powers=(Power.SETTLE,), party=LIN):
    """An agent who may act, of 林若溪 or another, with their account."""
    agent = await name(demo, party)
    user = await signed_in(demo)
    return await admit(demo, agent, powers), user


async def once(data):
    yield data


async def bring(demo, user, agent, paper=AgentPaper.POWER_OF_ATTORNEY):
    item = await representing.begin_paper(demo.ctx, user, agent.id, paper)
    await uploading.receive_whole(demo.ctx, user, MATTER_1, item.id, "a.jpg", once(papers.photo(paper)))
    return await handing_in.submit(demo.ctx, user, MATTER_1, item.id, Words(kind=item.kind, title=item.title))


async def lines(demo, action):
    return [each for each in await demo.audited(action) if each.allowed]


async def test_a_named_agent_is_told_so_without_a_word_of_the_matter(demo):
    await name(demo)
    (letter,) = [each for each in await sent_lately(demo.ctx.db, 50) if each.recipient == PHONE]
    assert "委托诉讼代理人" in letter.body
    assert not {"林若溪", "周承安", "民间借贷", "86"} & set(letter.body)
    assert "林若溪" not in letter.body


async def test_nobody_but_the_party_names_its_agent(demo):
    for user in (STRANGER, demo.mediator):
        with pytest.raises(NotFound):
            await name(demo, user)
    agent, user = await acting(demo)
    with pytest.raises(Refused, match="not_permitted"):
        await representing.name_agent(demo.ctx, user, MATTER_1, SAID | {"phone": "16100000078"})
    with pytest.raises(Refused, match="not_permitted"):
        await representing.dismiss(demo.ctx, user, MATTER_1, agent.id)


@pytest.mark.parametrize(
    ("said", "field", "code"),
    [
        ({"kind": ""}, "kind", "decision_missing"),
        ({"name": ""}, "name", "required"),
        ({"phone": "123"}, "phone", "mobile_form"),
        ({"phone": "16100000011"}, "phone", "phone_other_side"),
        ({"powers": ""}, "powers", "agent_powers_missing"),
        ({"kind": "lawyer", "firm": "云桥律师事务所"}, "licence", "required"),
    ],
)
async def test_what_is_wrong_with_an_agent_stands_beside_its_field(demo, said, field, code):
    with pytest.raises(BadInput) as refused:
        await name(demo, **said)
    assert (refused.value.field, refused.value.code) == (field, code) or code == "mobile_form"
    assert refused.value.field == field
    async with demo.ctx.db.reading() as tx:
        assert await party_agents.agents_in(tx, MATTER_1) == []


async def test_a_third_agent_is_one_too_many_until_one_is_dismissed(demo):
    first = await name(demo)
    await name(demo, phone="16100000078")
    with pytest.raises(BadInput, match="agents_too_many"):
        await name(demo, phone="16100000079")
    await representing.dismiss(demo.ctx, LIN, MATTER_1, first.id)
    await name(demo, phone="16100000079")


async def test_nobody_acts_for_both_sides_nor_twice_for_one(demo):
    await name(demo)
    with pytest.raises(BadInput, match="agent_named_already"):
        await name(demo)
    with pytest.raises(BadInput, match="phone_other_side"):
        await name(demo, ZHOU)


async def test_whoever_mediates_the_matter_is_nobodys_agent(demo):
    with pytest.raises(Refused, match="barred_by_part"):
        await name(demo, name=demo.mediator.name, phone=demo.mediator.phone)


async def test_naming_is_no_way_to_send_messages_to_many_phones(demo):
    for number in range(10):
        agent = await name(demo, phone=f"161000001{number:02}")
        await representing.dismiss(demo.ctx, LIN, MATTER_1, agent.id)
    with pytest.raises(TooMany):
        await name(demo, phone="16100000199")


async def test_before_their_papers_are_read_an_agent_sees_their_papers_and_nothing_else(demo):
    agent = await name(demo)
    user = await signed_in(demo)
    (waiting,) = await representing.agencies_of(demo.ctx, user)
    assert (waiting.party.name, waiting.file.agent.id, waiting.file.handed_in) == ("林若溪", agent.id, frozenset())
    assert (await mine.my_matters(demo.ctx, user)).lines == ()
    for asked in (
        mine.my_matter(demo.ctx, user, MATTER_1),
        representing.own_agents(demo.ctx, user, MATTER_1),
        handing_in.begin(demo.ctx, user, MATTER_1),
    ):
        with pytest.raises(NotFound):
            await asked
    other = await handing_in.begin(demo.ctx, LIN, MATTER_1)
    await uploading.receive_whole(demo.ctx, LIN, MATTER_1, other.id, "b.jpg", once(papers.photo("other")))
    await handing_in.submit(demo.ctx, LIN, MATTER_1, other.id, Words(title="流水"))
    item = await bring(demo, user, agent)
    page = await materials.materials_page(demo.ctx, user, MATTER_1)
    assert [each.material.id for each in page.items] == [item.id]
    assert [each.name for each in page.parties] == ["林若溪"]


async def test_their_papers_are_seen_by_their_party_and_by_staff_and_never_by_the_other_side(demo):
    agent = await name(demo)
    user = await signed_in(demo)
    item = await bring(demo, user, agent)
    for reader in (LIN, demo.mediator, cast.FILING):
        assert (await materials.item_page(demo.ctx, reader, MATTER_1, item.id)).item.material.id == item.id
    with pytest.raises(NotFound):
        await materials.item_page(demo.ctx, ZHOU, MATTER_1, item.id)
    assert await materials.waiting_for_mediator(demo.ctx, demo.mediator, MATTER_1) == ()
    assert await authorising.waiting_agents(demo.ctx, demo.mediator, MATTER_1) == 1


async def test_a_paper_is_begun_once_and_only_one_that_is_needed(demo):
    agent = await name(demo)
    user = await signed_in(demo)
    first = await representing.begin_paper(demo.ctx, user, agent.id, AgentPaper.IDENTITY)
    assert await representing.begin_paper(demo.ctx, user, agent.id, AgentPaper.IDENTITY) == first
    with pytest.raises(NotFound):
        await representing.begin_paper(demo.ctx, user, agent.id, AgentPaper.LICENCE)
    for stranger in (LIN, STRANGER):
        with pytest.raises(NotFound):
            await representing.begin_paper(demo.ctx, stranger, agent.id, AgentPaper.IDENTITY)


async def test_only_who_mediates_or_files_the_matter_checks_its_agents(demo):
    agent = await name(demo)
    for user in (demo.other_mediator, demo.judge, LIN, ZHOU):
        with pytest.raises(NotFound):
            await admit(demo, agent, by=user)
    await admit(demo, agent, by=cast.FILING)
    with pytest.raises(Conflict, match="agent_standing"):
        await admit(demo, agent)


async def test_every_paper_has_to_be_read_and_no_power_comes_from_nowhere(demo):
    agent = await name(demo)
    with pytest.raises(BadInput, match="agent_papers_unread"):
        await authorising.admit_agent(demo.ctx, demo.mediator, MATTER_1, agent.id, ALL[1:], ())
    with pytest.raises(BadInput, match="agent_powers_beyond"):
        await admit(demo, agent, powers=(Power.APPEAL,))
    assert (await admit(demo, agent, powers=())).powers == frozenset()


async def test_papers_come_back_with_a_reason_and_a_new_one_is_looked_at_again(demo):
    agent = await name(demo)
    user = await signed_in(demo)
    item = await bring(demo, user, agent)
    with pytest.raises(BadInput, match="reason_required"):
        await authorising.return_agent(demo.ctx, demo.mediator, MATTER_1, agent.id, " ")
    await authorising.return_agent(demo.ctx, demo.mediator, MATTER_1, agent.id, "委托书没有签名")
    (back,) = await representing.agencies_of(demo.ctx, user)
    assert (back.file.agent.standing, back.file.agent.reason) == (AgentStanding.RETURNED, "委托书没有签名")
    assert item.state is MaterialState.SUBMITTED
    await bring(demo, user, agent, AgentPaper.IDENTITY)
    (again,) = await representing.agencies_of(demo.ctx, user)
    assert (again.file.agent.standing, again.file.agent.reason) == (AgentStanding.WAITING, "")


async def test_an_admitted_agent_acts_for_the_party_under_their_own_name(demo):
    agent, user = await acting(demo)
    (found,) = (await mine.my_matters(demo.ctx, user)).lines
    assert (found.me.name, found.agent.id) == ("林若溪", agent.id)
    reply = consenting.Reply(ConsentItem.E_SERVICE, TEXT_VERSIONS[ConsentItem.E_SERVICE], answer=True)
    async with demo.ctx.db.reading() as tx:
        own = await own_matter(tx, user, MATTER_1)
    await consenting.give(demo.ctx, own.actor, own.party.id, reply)
    async with demo.ctx.db.reading() as tx:
        entry = (await consents.ledger_of(tx, own.party.id))[-1]
    assert (entry.given_by, entry.authority) == (GivenBy.AGENT, f"agent:{agent.id}")
    item = await handing_in.begin(demo.ctx, user, MATTER_1)
    assert item.party_id == own.party.id


@pytest.mark.parametrize(("command", "party"), [(CommandKind.WITHDRAW, ZHOU), (CommandKind.SETTLE_SELF, LIN)])
async def test_what_needs_special_authority_is_refused_to_an_agent_without_it(demo, command, party):
    _, user = await acting(demo, powers=(), party=party)
    async with demo.ctx.db.reading() as tx:
        own = await own_matter(tx, user, MATTER_1)
    everybody = sorted(await demo.parties())
    asked = Command(command, {"party": own.party.id, "confirming": everybody})
    async with demo.ctx.db.transaction() as tx:
        with pytest.raises(Refused, match="special_authority_missing"):
            await act_in(tx, own.actor, MATTER_1, asked, at=demo.ctx.clock.now())
    reply = consenting.Reply(ConsentItem.CONCESSIONS, TEXT_VERSIONS[ConsentItem.CONCESSIONS], answer=True)
    with pytest.raises(Refused, match="agent_not_authorised"):
        await consenting.give(demo.ctx, own.actor, own.party.id, reply)


async def test_agent_with_general_authority_refused_at_signing(demo):
    async with demo.ctx.db.reading() as tx:
        settles = (await own_matter(tx, cast.AGENT_2, MATTER_2)).actor
        assists = (await own_matter(tx, cast.AGENT_5, MATTER_5)).actor
    assert (settles.special, assists.special) == (True, False)
    refused = [each for each in await demo.audited(AuditAction.MATTER_MOVED) if each.actor == assists.id]
    assert [(each.allowed, each.basis) for each in refused] == [(False, "special_authority_missing")]


async def test_where_the_party_has_to_come_itself_no_agent_settles(demo):
    agent, _ = await acting(demo)
    assert agent.may_settle("民间借贷纠纷")
    assert not agent.may_settle("离婚纠纷")


async def test_an_agent_has_a_seat_of_their_own_in_sittings_to_come(demo):
    _, user = await acting(demo)
    seats = [each for each in await demo.named() if each.role is Role.AGENT]
    assert [(each.side, each.user_id, each.stands_in) for each in seats] == [(Side.RESPONDENT, user.id, True)]
    later = await scheduling.schedule(demo.ctx, demo.mediator, MATTER_1, await demo.plan(days=5))
    assert [each.role for each in await demo.named(later.id)].count(Role.AGENT) == 1
    seat, _ = await inviting.issue_own(demo.ctx, user, MATTER_1, later.id)
    own, _ = await inviting.issue_own(demo.ctx, LIN, MATTER_1, later.id)
    assert {seat, own} == {each.id for each in await demo.named(later.id) if each.side is Side.RESPONDENT}
    with pytest.raises(NotFound):  # nor by the account alone, without having been asked at the door
        await joining.staff_seat(demo.ctx, user, seat)


@pytest.mark.parametrize(("powers", "stands_in"), [((), False), ((Power.SETTLE,), True)])
async def test_only_an_agent_who_may_settle_stands_in_for_their_side(demo, powers, stands_in):
    await acting(demo, powers=powers)
    room = await room_of(demo.ctx, (await demo.named())[0].session_id)
    agent = next(each for each in await demo.named() if each.role is Role.AGENT)
    seats = dict(room.state.seats)
    for key, seat in seats.items():
        if key == agent.id or seat.participant.side is Side.APPLICANT:
            seats[key] = replace(seat, place=seat.place.MAIN, connected=True, verified=True)
    missing = missing_to_start(replace(room.state, seats=seats))
    assert (Side.RESPONDENT.value in missing) is not stands_in


async def test_a_dismissed_agent_sees_nothing_and_their_way_in_is_closed(demo):
    agent, user = await acting(demo)
    seat, token = await inviting.issue_own(demo.ctx, user, MATTER_1, (await demo.named())[0].session_id)
    entry = await demo.enter(token)
    assert entry.participant.id == seat
    await representing.dismiss(demo.ctx, LIN, MATTER_1, agent.id)
    with pytest.raises(NotSignedIn):
        await joining.seat_of(demo.ctx, seat, entry.seat_token)
    for asked in (mine.my_matter(demo.ctx, user, MATTER_1), representing.agency(demo.ctx, user, agent.id)):
        with pytest.raises(NotFound):
            await asked
    assert len(await lines(demo, AuditAction.AGENT_DISMISSED)) == 1


async def test_an_agent_learns_of_no_matter_that_nobody_has_examined_yet(demo):
    agent = await name(demo)
    user = await signed_in(demo)
    async with demo.ctx.db.transaction() as tx:
        await matters.save(tx, replace(await matters.matter(tx, MATTER_1), state=MatterState.SUPPLEMENT))
    assert await representing.agencies_of(demo.ctx, user) == []
    with pytest.raises(NotFound):
        await representing.agency(demo.ctx, user, agent.id)


async def test_a_matter_that_is_over_takes_no_agent(demo):
    async with demo.ctx.db.transaction() as tx:
        await matters.save(tx, replace(await matters.matter(tx, MATTER_1), state=MatterState.CLOSED))
    with pytest.raises(Conflict, match="agents_closed"):
        await name(demo)


async def test_two_who_check_at_once_admit_an_agent_once(demo):
    agent = await name(demo)
    both = await asyncio.gather(admit(demo, agent), admit(demo, agent, by=cast.FILING), return_exceptions=True)
    assert sorted(type(each).__name__ for each in both) == ["Conflict", "PartyAgent"]
    assert len(await lines(demo, AuditAction.AGENT_ADMITTED)) == 1
    async with demo.ctx.db.reading() as tx:
        named = await sessions.participants_of(tx, (await demo.named())[0].session_id)
    assert [each.role for each in named].count(Role.AGENT) == 1
