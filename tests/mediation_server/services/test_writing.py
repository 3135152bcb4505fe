from dataclasses import replace

import pytest

from mediation_server.domain.consent import ConsentItem
from mediation_server.domain.consent_texts import TEXT_VERSIONS
from mediation_server.domain.ids import new_id
from mediation_server.domain.lifecycle import Actor, Capacity
from mediation_server.domain.log import EventKind, first_break
from mediation_server.domain.people import Role, Side
from mediation_server.domain.session import SessionKind, SessionState
from mediation_server.domain.writing import WritingAudience, WritingKind, sha256_of
from mediation_server.errors import BadInput, Conflict, NotFound, Refused, TooLarge
from mediation_server.services import writing
from mediation_server.services.consenting import Reply, give
from mediation_server.services.demo_data import MATTER_1, SESSION_1
from mediation_server.services.inviting import issue_all
from mediation_server.services.joining import enter
from mediation_server.services.opening import room_of
from mediation_server.services.safekeeping import set_safety
from mediation_server.services.scheduling import schedule
from mediation_server.services.writing import Word
from mediation_server.store import matters, sessions

DAY = 24 * 60
ALL, PRESIDER, ONE = WritingAudience.ALL, WritingAudience.PRESIDER, WritingAudience.ONE
SECRET = "最多让三万"


async def agreed_apart(demo, matter_id=MATTER_1):
    """Every party agrees not to attend together (C7)."""
    async with demo.ctx.db.reading() as tx:
        parties = await matters.parties_of(tx, matter_id)
    capacities = {Side.APPLICANT: Capacity.APPLICANT, Side.RESPONDENT: Capacity.RESPONDENT, Side.THIRD: Capacity.THIRD}
    for each in parties:
        item = ConsentItem.NOT_TOGETHER
        who = Actor(each.id, capacities[each.side], each.id)
        await give(demo.ctx, who, each.id, Reply(item, TEXT_VERSIONS[item], answer=True))


async def written(demo, **how):
    """A sitting in writing that has begun, with the mediator, the applicant and the respondent."""
    await agreed_apart(demo)
    plan = await demo.plan(hours=1, minutes=3 * DAY, kind=SessionKind.ASYNC, **how)
    session = await schedule(demo.ctx, demo.mediator, MATTER_1, plan)
    demo.ctx.clock.advance(seconds=3600)
    return session, *(await demo.named(session.id))


async def texts(demo, reader):
    return [each.writing.text for each in (await writing.correspondence(demo.ctx, reader)).entries]


async def say(demo, author, text, audience=ALL, **more):
    return await writing.write(demo.ctx, author, Word(WritingKind.STATEMENT, audience, text, **more))


async def test_without_everybodys_consent_nothing_is_held_in_writing(demo):
    plan = await demo.plan(hours=1, minutes=DAY, kind=SessionKind.ASYNC)
    before = await demo.everything()
    with pytest.raises(Conflict) as refusal:
        await schedule(demo.ctx, demo.mediator, MATTER_1, plan)
    assert (refusal.value.code, refusal.value.field) == ("consent_c7_missing", "kind")
    assert await demo.everything() == before


async def test_what_is_for_the_mediator_alone_never_reaches_the_other_side(demo):
    session, mediator, zhou, lin = await written(demo)
    entry = await say(demo, zhou, SECRET, PRESIDER)
    assert await texts(demo, mediator) == [SECRET]
    assert await texts(demo, zhou) == [SECRET]
    assert await texts(demo, lin) == []
    with pytest.raises(Refused, match="for_presider_only"):
        await writing.relay(demo.ctx, demo.mediator, session.id, entry.id)
    assert await texts(demo, lin) == []
    with pytest.raises(NotFound):  # nor can it be answered by whoever cannot read it
        await say(demo, lin, "答复", answers=entry.id)
    assert SECRET not in str(await demo.log(session.id))


async def test_what_is_for_all_reaches_the_other_side_only_when_the_mediator_relays_it(demo):
    session, _, zhou, lin = await written(demo)
    entry = await say(demo, zhou, "已还四千元是本金")
    assert await texts(demo, lin) == []
    with pytest.raises(NotFound):
        await writing.relay(demo.ctx, demo.other_mediator, session.id, entry.id)
    await writing.relay(demo.ctx, demo.mediator, session.id, entry.id)
    await writing.relay(demo.ctx, demo.mediator, session.id, entry.id)
    assert await texts(demo, lin) == ["已还四千元是本金"]
    await say(demo, lin, "认可", answers=entry.id)
    kinds = [each.kind for each in await demo.log(session.id)]
    assert (kinds.count(EventKind.WRITTEN), kinds.count(EventKind.RELAYED)) == (2, 1)


async def test_the_mediator_writes_to_all_at_once_or_to_one_alone(demo):
    _, mediator, zhou, lin = await written(demo)
    await say(demo, mediator, "请各方说明还款时间")
    await say(demo, mediator, "能否接受分期", ONE, to=lin.id)
    assert await texts(demo, zhou) == ["请各方说明还款时间"]
    assert await texts(demo, lin) == ["请各方说明还款时间", "能否接受分期"]


async def agent_of(demo, party):
    """An agent of a party, with a seat beside it."""
    agent = replace(party, id=new_id(), role=Role.AGENT, name=f"段（{party.name}）", name_en=f"Duan ({party.name_en})")
    async with demo.ctx.db.transaction() as tx:
        await sessions.add_participant(tx, agent, 3)
    return agent


async def test_each_party_is_one_choice_and_it_and_the_entry_name_everybody_who_reads_it(demo):
    _, mediator, zhou, lin = await written(demo)
    agent = await agent_of(demo, lin)
    for word, to in (("给林", lin), ("给代理人", agent), ("给周", zhou)):
        await say(demo, mediator, word, ONE, to=to.id)
    page = await writing.correspondence(demo.ctx, mediator)
    of_lin = (lin.id, "林若溪", "Lin Ruoxi", True)
    of_zhou = (zhou.id, "周承安", "Zhou Cheng'an", False)
    told = [(each.seat.id, each.name, each.name_en, each.agents) for each in page.others]
    assert told == [of_zhou, of_lin]
    assert [(e.alone.seat.id, e.alone.name, e.alone.name_en, e.alone.agents) for e in page.entries] == [
        of_lin, of_lin, of_zhou,
    ]  # fmt: skip
    for reader in (lin, agent):
        seen = await writing.correspondence(demo.ctx, reader)
        assert ([each.writing.text for each in seen.entries], seen.others) == (["给林", "给代理人"], ())
        assert [each.alone.agents for each in seen.entries] == [True, True]


@pytest.mark.parametrize(
    ("who", "audience", "to"),
    [
        ("zhou", ONE, "lin"),
        ("mediator", PRESIDER, None),
        ("mediator", ONE, None),
        ("mediator", ONE, "mediator"),
        ("zhou", ALL, "lin"),
    ],
)
async def test_nobody_writes_past_the_mediator(demo, who, audience, to):
    people = dict(zip(("session", "mediator", "zhou", "lin"), await written(demo), strict=True))
    with pytest.raises(BadInput) as refusal:
        await say(demo, people[who], "x", audience, to=people[to].id if to else None)
    assert refusal.value.field == "audience"


async def test_each_entry_is_an_event_with_its_hash_and_the_chain_holds(demo):
    session, _, zhou, _ = await written(demo)
    entry = await say(demo, zhou, "  第一条  ")
    event = (await demo.log(session.id))[-1]
    assert (event.kind, event.payload["sha256"], event.payload["audience"]) == (
        EventKind.WRITTEN,
        sha256_of("第一条"),
        "all",
    )
    assert entry.sha256 == sha256_of(entry.text)
    assert first_break(await demo.log(session.id)) is None


async def test_nobody_writes_outside_the_period_or_after_the_end(demo):
    session, _, zhou, lin = await written(demo)
    with pytest.raises(BadInput):
        await say(demo, zhou, "   ")
    with pytest.raises(TooLarge):
        await say(demo, zhou, "字" * 4001)
    await writing.close(demo.ctx, demo.mediator, session.id)
    with pytest.raises(Conflict, match="not_writing_time"):
        await say(demo, lin, "还有一句")
    assert (await writing.correspondence(demo.ctx, lin)).session.state is SessionState.ENDED


async def test_in_safety_mode_the_other_side_has_no_name_here_either(demo):
    session, mediator, zhou, lin = await written(demo)
    await set_safety(demo.ctx, demo.mediator, MATTER_1, on=True)
    entry = await say(demo, zhou, "同意分期")
    await writing.relay(demo.ctx, demo.mediator, session.id, entry.id)
    page = await writing.correspondence(demo.ctx, lin)
    assert [each.author.name for each in page.entries] == ["对方当事人"]
    assert "周承安" not in str([page.parties, [each.author for each in page.entries]])
    assert "周承安" in str(await writing.correspondence(demo.ctx, mediator))


async def test_one_enters_with_one_question_and_there_is_no_room(demo):
    session, _, zhou, _ = await written(demo)
    token = (await issue_all(demo.ctx, demo.mediator, session.id))[zhou.id]
    entry = await enter(demo.ctx, token, {ConsentItem.ONLINE: True})
    assert entry.seat_token
    async with demo.ctx.db.reading() as tx:
        assert (await sessions.session(tx, session.id)).state is SessionState.SCHEDULED
    with pytest.raises(NotFound):
        await room_of(demo.ctx, session.id)


async def test_only_those_of_the_matter_find_the_page_and_only_of_a_sitting_in_writing(demo):
    session, mediator, _, _ = await written(demo)
    assert await writing.presider_seat(demo.ctx, demo.mediator, session.id) == mediator
    for user, session_id in ((demo.other_mediator, session.id), (demo.mediator, SESSION_1), (demo.mediator, new_id())):
        with pytest.raises(NotFound):
            await writing.presider_seat(demo.ctx, user, session_id)
    with pytest.raises(NotFound):
        await writing.own_seat(demo.ctx, demo.mediator, session.id)
