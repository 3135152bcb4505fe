from dataclasses import replace
from datetime import timedelta

import pytest

from mediation_server.domain.log import EventKind
from mediation_server.domain.matter import MatterState
from mediation_server.domain.people import Side
from mediation_server.domain.session import Attendance, SessionKind, SessionState
from mediation_server.errors import BadInput, Conflict, NotFound
from mediation_server.services.demo_data import MATTER_1
from mediation_server.services.ending_absent import end_for_absence
from mediation_server.services.inviting import issue_all
from mediation_server.services.matters import matter_page
from mediation_server.services.notifying import sent_lately
from mediation_server.services.posting import deliver
from mediation_server.services.rescheduling import hold_on
from mediation_server.services.scheduling import schedule
from mediation_server.services.sitting_watch import watch
from mediation_server.store import matters, sessions, sittings
from tests.room_world import room_world


async def planned(demo, **how):
    session = await schedule(demo.ctx, demo.mediator, MATTER_1, await demo.plan(**{"days": 4, "despite": True, **how}))
    await issue_all(demo.ctx, demo.mediator, session.id)
    return session


async def state(ctx, session_id):
    async with ctx.db.reading() as tx:
        return (await sessions.session(tx, session_id)).state


async def reminders(demo):
    return [
        each.body for each in await sent_lately(demo.ctx.db, 500) if "提醒：" in each.body and each.channel == "sms"
    ]


async def at(demo, session, **before):
    demo.ctx.clock.advance(seconds=(session.starts_at - timedelta(**before) - demo.ctx.clock.now()).total_seconds())
    await watch(demo.ctx)


async def test_everybody_is_reminded_a_day_and_half_an_hour_before_and_never_twice(demo):
    session = await planned(demo)
    await at(demo, session, days=2)
    assert await reminders(demo) == []
    await at(demo, session, days=1)
    await watch(demo.ctx)
    first = await reminders(demo)
    assert len(first) >= 2
    await at(demo, session, minutes=29)
    await watch(demo.ctx)
    both = await reminders(demo)
    assert len(both) == 2 * len(first)
    assert not [each for each in both if "/join/" in each]  # a link is told once
    told = [each.payload["about"] for each in await demo.log(session.id) if each.kind is EventKind.NOTIFIED]
    assert {about: told.count(about) for about in set(told)} == {"scheduled": 2, "day_before": 3, "soon": 3}


async def test_after_a_standstill_only_the_later_reminder_goes_out(demo):
    session = await planned(demo)
    await at(demo, session, minutes=20)
    assert all("请提前十分钟" in each for each in await reminders(demo))
    assert not [each for each in await demo.log(session.id) if each.payload.get("about") == "day_before"]


async def test_a_gateway_that_is_away_holds_up_no_other_sitting(demo):
    class Away:
        async def send(self, notice):
            raise ConnectionError

    both = [await planned(demo), await planned(demo)]
    soon = (both[0].starts_at - timedelta(days=1) - demo.ctx.clock.now()).total_seconds()
    demo.ctx.clock.advance(seconds=soon)
    await watch(replace(demo.ctx, notifier=Away()))
    for session in both:
        assert "day_before" in [each.payload.get("about") for each in await demo.log(session.id)]
    assert await reminders(demo) == []
    await deliver(demo.ctx)  # nothing is lost
    assert len(await reminders(demo)) >= 4


async def test_whoever_does_not_come_within_half_an_hour_has_missed_it(demo):
    session = await planned(demo)
    await at(demo, session, minutes=-29)
    assert await state(demo.ctx, session.id) is SessionState.SCHEDULED
    await at(demo, session, minutes=-30)
    assert await state(demo.ctx, session.id) is SessionState.NO_SHOW
    missed, ended = (await demo.log(session.id))[-2:]
    assert (missed.kind, missed.payload) == (EventKind.MISSED_SITTING, {"sides": ["applicant", "respondent"]})
    assert (ended.kind, ended.payload) == (EventKind.ENDED, {"result": "no_show"})


async def test_the_mediator_may_wait_longer(demo):
    session = await planned(demo)
    await at(demo, session, minutes=-20)
    await hold_on(demo.ctx, demo.mediator, session.id)
    await at(demo, session, minutes=-45)
    assert await state(demo.ctx, session.id) is SessionState.SCHEDULED
    await at(demo, session, minutes=-50)
    assert await state(demo.ctx, session.id) is SessionState.NO_SHOW


async def test_staying_away_twice_offers_the_ground_and_the_mediator_decides(demo):
    assert (await matter_page(demo.ctx, demo.mediator, MATTER_1)).missed == ()
    up_since = demo.ctx.clock.now()
    demo.ctx.clock.advance(seconds=3600)  # nobody came to the sitting of the demo's first minutes
    await watch(demo.ctx, up_since)
    assert (await matter_page(demo.ctx, demo.mediator, MATTER_1)).missed == ()
    with pytest.raises(Conflict, match="nobody_missed_twice"):
        await end_for_absence(demo.ctx, demo.mediator, MATTER_1, "两次短信通知，均未到场")
    await at(demo, await planned(demo), minutes=-30)
    page = await matter_page(demo.ctx, demo.mediator, MATTER_1)
    assert page.missed == (Side.APPLICANT, Side.RESPONDENT)
    assert page.matter.state is MatterState.MEDIATING  # not by itself a refusal
    with pytest.raises(BadInput, match="reasons_required"):
        await end_for_absence(demo.ctx, demo.mediator, MATTER_1, " ")
    with pytest.raises(NotFound):
        await end_for_absence(demo.ctx, demo.other_mediator, MATTER_1, "两次未到")
    await end_for_absence(demo.ctx, demo.mediator, MATTER_1, "两次短信通知，均未到场")
    async with demo.ctx.db.reading() as tx:
        assert (await matters.matter(tx, MATTER_1)).state is not MatterState.MEDIATING


async def test_where_one_side_waits_it_is_told_and_only_the_other_has_missed_it(tmp_path):
    async with room_world(tmp_path) as world:
        await world.sit("mediator")
        await world.sit("zhou")
        world.clock.advance(seconds=5 * 60 + 29 * 60)
        await watch(world.ctx)
        assert (await world.session()).state is SessionState.LOBBY
        world.clock.advance(seconds=60)
        await watch(world.ctx)
        assert (await world.session()).state is SessionState.NO_SHOW
        assert world.told("zhou", "ended") == [{"outcome": "no_show"}]
        assert (await world.log())[-2].payload == {"sides": ["respondent"]}


async def test_who_comes_at_the_last_moment_has_not_missed_it(tmp_path):
    async with room_world(tmp_path) as world:
        for name in ("mediator", "zhou", "lin"):
            await world.sit(name)
        world.clock.advance(seconds=60 * 60)
        await watch(world.ctx)
        assert (await world.session()).state is SessionState.LOBBY


async def test_a_sitting_in_writing_ends_with_its_period(tmp_path):
    async with room_world(tmp_path) as world:
        async with world.ctx.db.transaction() as tx:
            session = replace(await sessions.session(tx, world.session_id), kind=SessionKind.ASYNC, minutes=1440)
            await sessions.save(tx, session)
        world.clock.advance(seconds=5 * 60 + 1440 * 60 - 1)
        await watch(world.ctx)
        assert (await world.session()).state is SessionState.SCHEDULED
        world.clock.advance(seconds=1)
        await watch(world.ctx)
        assert (await world.session()).state is SessionState.ENDED
        assert (await world.log())[-1].payload == {"result": "period_over"}


async def test_whoever_comes_on_site_is_not_missed_in_the_room(tmp_path):
    async with room_world(tmp_path) as world:
        async with world.ctx.db.transaction() as tx:
            lin = await sessions.participant(tx, world.ids["lin"])
            await sessions.save_participant(tx, replace(lin, attendance=Attendance.ON_SITE))
        await world.sit("mediator")
        await world.sit("zhou")
        world.clock.advance(seconds=60 * 60)
        await watch(world.ctx)
        assert (await world.session()).state is SessionState.LOBBY


async def test_what_nobody_could_come_to_is_not_looked_at_every_few_seconds_for_ever(demo):
    passed = await planned(demo, days=4)
    later = await planned(demo, days=9)
    demo.ctx.clock.advance(seconds=9 * 86_400 - 3600)
    now = demo.ctx.clock.now()
    async with demo.ctx.db.reading() as tx:
        every = await sittings.waiting_until(tx, now + timedelta(days=1), now)
        since_we_are_up = await sittings.waiting_until(tx, now + timedelta(days=1), now, now)
    assert {passed.id, later.id} <= {each.id for each in every}
    assert [each.id for each in since_we_are_up] == [later.id]
