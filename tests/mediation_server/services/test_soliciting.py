"""Asking the parties: who answered what, by whose hand; the scenarios of law by their names."""

import pytest

from mediation_server.domain.calendar import local_date
from mediation_server.domain.consent import ConsentChannel
from mediation_server.domain.diversion import ContactChannel, ContactResult
from mediation_server.domain.lifecycle import Actor, Capacity
from mediation_server.domain.matter import Ground, MatterOutcome, MatterState, Track
from mediation_server.errors import BadInput, Conflict, NotFound
from mediation_server.services import diversions, soliciting
from mediation_server.services.consenting import Word, give
from mediation_server.services.diversions import diversions_of, span_of
from mediation_server.store import audit
from tests.filing_desk import CALL, ELSEWHERE, GAO, SHIQIAO, TIAN, ZHENG, FilingDesk, said


@pytest.fixture
async def desk(ctx):
    return await FilingDesk(ctx).opened()


async def by_hand(desk, party, answer):
    capacity = Capacity.APPLICANT if party.side == "applicant" else Capacity.RESPONDENT
    return await give(desk.ctx, Actor(party.id, capacity, party.id), party.id, said(answer))


async def test_apply_before_filing_other_side_refuses_and_it_is_returned_the_same_day_with_reason(desk):
    matter = await desk.diverted(Track.PREFILING_DELEGATED, court=SHIQIAO)
    applicant, respondent = await desk.parties(matter)
    await by_hand(desk, applicant, answer=True)
    await soliciting.write_down(
        desk.ctx, ELSEWHERE, respondent.id, said(answer=False), Word(CALL.channel, "愿意打官司")
    )
    ended = await desk.matter(matter.id)
    assert (ended.state, ended.outcome) == (MatterState.HANDING_OVER, MatterOutcome.TERMINATED)
    log = await desk.log(matter)
    assert [each.kind.value for each in log[-4:]] == ["consented", "refused", "concluded", "handing_over"]
    assert {local_date(each.at) for each in log} == {local_date(desk.ctx.clock.now())}
    assert log[-2].payload == {
        "outcome": "terminated",
        "ground": Ground.UNWILLING.value,
        "reason": "愿意打官司",
        "party": respondent.id,
    }
    told = [words for number, words in await desk.texts() if "终结" in words or "移交" in words]
    assert len(told) == 4  # both sides, the end and where the file went
    assert all("拒绝" not in words and "林若溪" not in words and "愿意" not in words for words in told)
    assert sum("材料已移交法院立案" in words for words in told) == 2


async def test_the_last_yes_lets_the_choice_of_a_mediator_begin(desk):
    matter = await desk.diverted()
    applicant, respondent = await desk.parties(matter)
    await by_hand(desk, applicant, answer=True)
    (asked,) = (await soliciting.asking_list(desk.ctx, GAO)).lines
    assert [each.party.id for each in asked.missing] == [respondent.id]
    assert asked.due.isoformat() == "2026-11-26"
    await soliciting.write_down(desk.ctx, TIAN, respondent.id, said(answer=True), CALL)
    assert (await desk.matter(matter.id)).state is MatterState.APPOINTING
    page = await soliciting.asking(desk.ctx, GAO, matter.id)
    mine = page.parties[1]
    assert (mine.standing.last.channel, mine.standing.last.note) == (ConsentChannel.PHONE, "本人接听")
    assert mine.operator == TIAN
    assert (page.open, page.missing) == (False, ())
    assert (await soliciting.asking_list(desk.ctx, GAO)).lines == ()


async def test_who_is_asked_and_what_was_decided_can_be_leafed_through(desk, monkeypatch):
    monkeypatch.setattr(soliciting, "PAGE", 2)
    monkeypatch.setattr(diversions, "ON_PAGE", 2)
    ids = [(await desk.diverted()).id for _ in range(5)]
    span = span_of(local_date(desk.ctx.clock.now()), None, None)
    asked, decided, places = [], [], (None, None)
    for _ in range(3):
        page = await soliciting.asking_list(desk.ctx, GAO, places[0])
        register = await diversions.diversion_page(desk.ctx, GAO, span, places[1])
        assert page.every == (5, False)
        asked.append([each.matter.id for each in page.lines])
        decided.append([each.matter.id for each in register.lines])
        places = (page.after, register.after)
    assert places == (None, None)
    for seen in (asked, decided):
        assert [len(each) for each in seen] == [2, 2, 1]
        assert sorted(one for each in seen for one in each) == sorted(ids)
    assert (
        await diversions.diversion_page(desk.ctx, GAO, span_of(span.until, None, None, Track.COURT_LED))
    ).lines == ()


async def test_a_spoken_answer_needs_a_note_and_stands_under_the_name_of_whoever_wrote_it_down(desk):
    matter = await desk.diverted()
    respondent = (await desk.parties(matter))[1]
    with pytest.raises(BadInput, match="consent_note_required"):
        await soliciting.write_down(desk.ctx, GAO, respondent.id, said(answer=True), Word(ConsentChannel.PHONE))
    assert (await desk.kinds(matter))[-1] == "diverted"


async def test_every_attempt_is_kept_and_only_after_one_somebody_counts_as_unreachable(desk):
    matter = await desk.diverted()
    respondent = (await desk.parties(matter))[1]
    with pytest.raises(Conflict, match="not_tried_yet"):
        await soliciting.cannot_reach(desk.ctx, GAO, respondent.id, "电话停机")
    await soliciting.note_contact(
        desk.ctx, TIAN, respondent.id, ContactChannel.CALL, ContactResult.SWITCHED_OFF, "上午下午各一次"
    )
    page = await soliciting.asking(desk.ctx, GAO, matter.id)
    (tried,) = page.parties[1].contacts
    assert (tried.operator_id, tried.result, tried.note) == (TIAN.id, ContactResult.SWITCHED_OFF, "上午下午各一次")
    assert (await desk.log(matter))[-1].payload == {"party": respondent.id, "channel": "call"}
    with pytest.raises(BadInput, match="reason_required"):
        await soliciting.cannot_reach(desk.ctx, GAO, respondent.id, " ")
    await soliciting.cannot_reach(desk.ctx, GAO, respondent.id, "两次停机，住址查无此人")
    ended = await desk.matter(matter.id)
    assert (ended.state, ended.outcome) == (MatterState.HANDING_OVER, MatterOutcome.TERMINATED)
    assert (await desk.log(matter))[-2].payload["ground"] == Ground.UNREACHABLE.value


async def test_whoever_is_of_another_court_or_not_the_mediator_reaches_nothing(desk):
    matter = await desk.diverted()
    respondent = (await desk.parties(matter))[1]
    for user in (ELSEWHERE, ZHENG):
        for each in (
            lambda user=user: soliciting.asking(desk.ctx, user, matter.id),
            lambda user=user: soliciting.write_down(desk.ctx, user, respondent.id, said(answer=True), CALL),
            lambda user=user: soliciting.cannot_reach(desk.ctx, user, respondent.id, "没人"),
            lambda user=user: soliciting.note_contact(
                desk.ctx, user, respondent.id, ContactChannel.CALL, ContactResult.REACHED
            ),
        ):
            with pytest.raises(NotFound):
                await each()
    assert (await desk.kinds(matter))[-1] == "diverted"


async def test_a_clerk_cannot_end_a_mediation_and_the_attempt_is_written_down(desk):
    matter = await desk.diverted()
    respondent = (await desk.parties(matter))[1]
    await soliciting.note_contact(desk.ctx, TIAN, respondent.id, ContactChannel.CALL, ContactResult.NO_ANSWER)
    with pytest.raises(Exception, match="not_your_part"):
        await soliciting.cannot_reach(desk.ctx, TIAN, respondent.id, "没人接")
    async with desk.ctx.db.reading() as tx:
        last = (await audit.latest(tx, 1))[0]
    assert (last.actor, last.allowed, last.basis) == (TIAN.id, False, "not_your_part")


async def test_the_register_says_what_was_decided_and_how_it_ended_to_the_own_court_alone(desk, clock):
    ended = await desk.diverted()
    await by_hand(desk, (await desk.parties(ended))[1], answer=False)
    clock.advance(hours=1)
    await desk.diverted()
    span = span_of(local_date(clock.now()), None, None)
    lines = await diversions_of(desk.ctx, GAO, span)
    assert [(each.matter.ref, each.officer, each.outcome, each.ground) for each in lines] == [
        ("TJ-9901-2026-000002", GAO, None, None),
        ("TJ-9901-2026-000001", GAO, MatterOutcome.TERMINATED, Ground.UNWILLING),
    ]
    assert await diversions_of(desk.ctx, ELSEWHERE, span) == []
    assert await diversions_of(desk.ctx, GAO, span_of(span.until, None, None, Track.COURT_LED)) == []
    with pytest.raises(BadInput, match="span_turned_round"):
        span_of(span.until, span.until, span.since)
    with pytest.raises(BadInput, match="span_too_long"):
        span_of(span.until, span.until.replace(year=2024), None)
