from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from mediation_server.domain.ids import new_id
from mediation_server.domain.invitation import InvitationState
from mediation_server.domain.matter import Conclusion, Ground, Outcome
from mediation_server.domain.message import SyncState
from mediation_server.domain.session import Session, SessionKind, SessionState
from mediation_server.errors import NotFound
from mediation_server.services.agenda import day_of
from mediation_server.services.demo_cast import MEDIATOR_2, MEDIATOR_4, USERS
from mediation_server.services.demo_data import (
    MATTER_1,
    MATTER_2,
    MATTER_3,
    MATTER_4,
    MATTER_5,
    SESSION_1,
    SESSION_1_MORNING,
    SESSION_4,
    SESSION_4_CHECK,
)
from mediation_server.services.matters import matter_page, next_of, session_page
from mediation_server.services.scheduling import kinds_for
from mediation_server.store import conclusions, sessions


async def matters_of(demo, user):
    summaries, _ = await day_of(demo.ctx, user, demo.ctx.clock.now())
    return summaries


async def test_everybody_sees_the_open_matters_they_work_on_and_no_others(demo):
    seen = {user.name: {each.matter.id for each in await matters_of(demo, user)} for user in USERS}
    assert {name: found for name, found in seen.items() if found} == {
        "郑思远": {MATTER_1},
        "沈清和": {MATTER_1, MATTER_3, MATTER_5},
        "邵文博": {MATTER_2},
        "何秀兰": {MATTER_4},
        "蒋一帆": {MATTER_5},
        "方静": {MATTER_4},
    }


async def test_a_line_of_the_list_tells_parties_and_the_next_sitting(demo):
    (line,) = await matters_of(demo, demo.mediator)
    assert [each.name for each in line.parties] == ["周承安", "林若溪"]
    assert (line.next_session.id, line.sessions) == (SESSION_1, 2)


async def test_a_sitting_that_is_going_on_comes_before_one_that_is_planned(demo):
    now = demo.ctx.clock.now()
    async with demo.ctx.db.reading() as tx:
        held = await sessions.sessions_of(tx, MATTER_1)
    assert next_of(held, now).id == SESSION_1
    lobby = [replace(each, state=SessionState.LOBBY) if each.id == SESSION_1_MORNING else each for each in held]
    assert next_of(lobby, now).id == SESSION_1_MORNING
    demo.ctx.clock.advance(hours=1)
    assert next_of(held, demo.ctx.clock.now()).id == SESSION_1
    assert next_of([replace(each, state=SessionState.ENDED) for each in held], now) is None


async def test_a_matters_page_has_parties_sittings_and_how_they_ended(demo):
    page = await matter_page(demo.ctx, MEDIATOR_2, MATTER_2)
    assert (page.mediator, page.judge, page.presides, page.may_schedule) == (MEDIATOR_2, None, True, True)
    (sitting,) = page.sittings
    assert (sitting.outcome, sitting.ground, sitting.sync) == (Outcome.AGREED, Ground.AGREEMENT, SyncState.PENDING)
    assert "272 000" in sitting.conclusion.terms


async def test_a_confirming_judge_reads_the_agreement_and_schedules_the_check_of_it(demo):
    page = await matter_page(demo.ctx, demo.judge, MATTER_4)
    assert (page.presides, page.may_schedule, page.judge) == (False, True, demo.judge)
    assert kinds_for(demo.judge, page.matter) == (SessionKind.CONFIRMATION_CHECK,)
    assert [each.session.id for each in page.sittings] == [SESSION_4, SESSION_4_CHECK]
    assert "3 900.00" in page.sittings[0].conclusion.terms


async def test_a_trial_judge_learns_that_it_failed_but_not_what_was_conceded(demo):
    offered = "被申请人曾提出偿还七万元"
    failed = Conclusion(
        new_id(),
        SESSION_1,
        MATTER_1,
        Outcome.FAILED,
        Ground.WIDE_GAP,
        "",
        offered,
        demo.ctx.clock.now(),
        demo.mediator.id,
    )
    async with demo.ctx.db.transaction() as tx:
        await conclusions.add(tx, failed)
    page = await matter_page(demo.ctx, demo.trial_judge, MATTER_1)
    sitting = next(each for each in page.sittings if each.session.id == SESSION_1)
    assert (sitting.outcome, sitting.ground, sitting.conclusion) == (Outcome.FAILED, Ground.WIDE_GAP, None)
    assert offered not in str(page)
    assert offered in str(await matter_page(demo.ctx, demo.mediator, MATTER_1))


async def test_other_peoples_matters_and_strange_ids_are_not_found_in_the_same_words(demo):
    for user, matter_id in (
        (demo.judge, MATTER_1),
        (demo.mediator, MATTER_4),
        (demo.mediator, new_id()),
        (demo.mediator, "../x"),
        (USERS[-1], MATTER_1),
    ):
        with pytest.raises(NotFound) as refusal:
            await matter_page(demo.ctx, user, matter_id)
        assert (refusal.value.code, refusal.value.details) == ("not_found", {})


async def test_a_sittings_page_is_its_presiders(demo):
    await demo.link()
    page = await session_page(demo.ctx, demo.mediator, SESSION_1)
    assert [each.name for each in page.participants] == ["郑思远", "周承安", "林若溪"]
    assert [each.state for each in page.invitations] == [InvitationState.OPEN, InvitationState.NONE]
    assert (page.matter.id, page.sitting.session.id, page.sitting.sync) == (MATTER_1, SESSION_1, None)
    assert (await session_page(demo.ctx, MEDIATOR_4, SESSION_4)).sitting.outcome is Outcome.AGREED
    for user in (demo.trial_judge, demo.other_mediator):
        with pytest.raises(NotFound):
            await session_page(demo.ctx, user, SESSION_1)


@pytest.mark.parametrize(("late_minutes", "is_next"), [(3, True), (119, True), (120, False), (600, False)])
def test_a_sitting_that_runs_late_comes_before_a_later_one(late_minutes, is_next):
    now = datetime(2026, 11, 24, 2, 3, tzinfo=UTC)
    late, later = (
        Session(new_id(), "matter", SessionKind.MEDIATION, SessionState.SCHEDULED, starts_at, 60, "presider")
        for starts_at in (now - timedelta(minutes=late_minutes), now + timedelta(minutes=10))
    )
    assert next_of([late, later], now) is (late if is_next else later)
