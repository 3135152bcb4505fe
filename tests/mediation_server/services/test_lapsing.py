import pytest

from mediation_server.domain.audit import AuditAction
from mediation_server.domain.delivery import MessageType
from mediation_server.domain.log import EventKind, first_break
from mediation_server.domain.matter import MatterState
from mediation_server.domain.people import Side
from mediation_server.domain.session import Lapse, SessionState
from mediation_server.errors import Gone
from mediation_server.services import caucusing, suspending
from mediation_server.services.keeping import keep
from mediation_server.services.lapsing import lapses_of
from mediation_server.services.opening import reopen
from mediation_server.store import audit, conclusions, matters, outbox
from tests.room_world import room_world


@pytest.fixture
async def world(tmp_path):
    async with room_world(tmp_path) as made:
        yield made


async def rounds(world, n=2):
    for _ in range(n):
        await keep(world.ctx, world.room)


async def matter_of(world):
    async with world.ctx.db.reading() as tx:
        return await matters.matter(tx, (await world.session()).matter_id)


async def of_kind(world, kind):
    return [each for each in await world.log() if each.kind is kind]


async def test_a_side_that_is_lost_suspends_the_sitting_once_and_the_event_says_whose_loss_it_was(world):
    await world.live()
    await world.lose("lin")
    world.clock.advance(seconds=119)
    await rounds(world)
    assert world.state.suspended is None
    world.clock.advance(seconds=1)
    await rounds(world)
    (event,) = await of_kind(world, EventKind.SUSPENDED)
    assert (event.actor, dict(event.payload)) == ("system", {"reason": "party_lost", "side": "respondent"})
    assert world.hears("zhou") == set()
    shown = world.told("mediator", "room")[-1]["suspended"]
    assert (shown["missing"], shown["until"]) == (["林若溪"], "2026-11-23T06:32:01.000Z")


async def test_the_return_of_the_lost_is_shown_and_nothing_goes_on_before_the_presider_says_so(world):
    await world.live()
    await world.lose("lin")
    world.clock.advance(seconds=120)
    await rounds(world)
    await world.sit("lin")
    await rounds(world)
    assert world.told("mediator", "room")[-1]["suspended"]["missing"] == []
    assert world.state.suspended == "party_lost"
    await world.do(suspending.resume, "mediator")
    assert (await world.session()).state is SessionState.LIVE


async def test_whoever_resumes_without_the_lost_has_two_more_minutes(world):
    await world.live()
    await world.lose("lin")
    world.clock.advance(seconds=120)
    await rounds(world)
    await world.do(suspending.resume, "mediator")
    world.clock.advance(seconds=119)
    await rounds(world)
    assert world.state.suspended is None
    world.clock.advance(seconds=1)
    await rounds(world)
    assert world.state.suspended == "party_lost"


async def test_a_suspension_nobody_ends_is_ended_by_the_house_without_an_outcome(world):
    await world.live()
    await world.do(suspending.suspend, "mediator", "休息")
    world.clock.advance(seconds=30 * 60 - 1)
    await rounds(world)
    assert (await world.session()).state is SessionState.SUSPENDED
    world.clock.advance(seconds=1)
    await rounds(world)
    ended = await world.session()
    assert (ended.state, ended.ended_at) == (SessionState.ENDED, world.clock.now())
    (event,) = await of_kind(world, EventKind.ENDED)
    assert (event.actor, event.payload["result"], event.payload["cause"]) == (
        "system",
        "technical",
        "suspended_too_long",
    )
    assert world.recorders[0].deeds[-1] == "finish"
    assert (await matter_of(world)).state is MatterState.MEDIATING
    async with world.ctx.db.reading() as tx:
        assert await conclusions.conclusions_of(tx, ended.matter_id) == []
        (held,) = await outbox.messages_of(tx, ended.matter_id)
        lapsed = [each for each in await audit.latest(tx, 100) if each.action is AuditAction.SESSION_LAPSED]
    assert [(each.actor, each.basis) for each in lapsed] == [("system", "suspended_too_long")]
    assert (held.type, held.payload["result"]) == (MessageType.SESSION_HELD, "technical")
    assert world.ctx.outbox_filled.is_set()


async def test_a_sitting_the_house_ends_is_as_long_as_anybody_could_be_recorded_in_it(world):
    await world.live()
    world.clock.advance(hours=4)
    world.engine.watch = lambda _room, audience: world.clock.advance(seconds=0 if any(audience.values()) else 0.9)
    before = world.room.offset_ms
    await rounds(world, 1)
    (event,) = await of_kind(world, EventKind.ENDED)
    assert event.offset_ms == before + 900
    assert first_break(await world.log()) is None


async def test_everybody_is_told_why_and_staff_where_the_record_is(world):
    await world.live()
    await world.do(suspending.suspend, "mediator", "休息")
    world.clock.advance(seconds=30 * 60)
    await rounds(world, 1)
    assert world.told("lin", "ended") == [{"outcome": "suspended_too_long"}]
    (told,) = world.told("mediator", "ended")
    assert told == {
        "outcome": "suspended_too_long",
        "session": world.session_id,
        "matter": (await world.session()).matter_id,
    }


async def test_four_hours_are_the_limit_even_in_a_caucus(world):
    await world.live()
    world.clock.advance(hours=4, seconds=-62)
    await world.do(caucusing.open_caucus, "mediator", Side.APPLICANT, 10)
    await rounds(world)
    assert (await world.session()).state is SessionState.CAUCUS
    world.clock.advance(seconds=61)
    await rounds(world)
    kinds = [each.kind for each in await world.log() if each.kind is not EventKind.AUDIENCE_CHANGED]
    assert kinds[-2:] == [EventKind.CAUCUS_CLOSED, EventKind.ENDED]
    async with world.ctx.db.reading() as tx:
        assert await lapses_of(tx, [await world.session()]) == {world.session_id: Lapse.SITTING_TOO_LONG}
    assert first_break(await world.log()) is None


async def test_a_sitting_everybody_went_away_from_is_suspended_and_then_ended(world):
    await world.live()
    for name in world.ids:
        await world.lose(name)
    world.clock.advance(seconds=60)
    await rounds(world)
    assert world.state.suspended == "presider_lost"
    world.clock.advance(seconds=30 * 60)
    await rounds(world, 1)
    assert (await world.session()).state is SessionState.ENDED
    assert world.recorders[-1].deeds[-1] == "finish"


async def test_a_server_that_was_down_does_once_what_became_due_meanwhile(world):
    await world.live()
    await world.do(suspending.suspend, "mediator", "休息")
    await world.restart()
    world.clock.advance(hours=2)
    await reopen(world.ctx)
    await rounds(world)
    await world.restart()
    await reopen(world.ctx)
    assert world.room is None
    assert len(await of_kind(world, EventKind.ENDED)) == 1
    assert world.recorders[-1].deeds[-1] == "finish"


async def test_whoever_comes_after_the_end_is_told_that_it_is_over(world):
    await world.live()
    await world.do(suspending.suspend, "mediator", "休息")
    world.clock.advance(seconds=30 * 60)
    await rounds(world, 1)
    with pytest.raises(Gone, match="session_over"):
        await world.sit("lin", device="phone")


async def test_a_resumption_in_the_last_moment_is_in_time(world):
    await world.live()
    await world.do(suspending.suspend, "mediator", "休息")
    world.clock.advance(seconds=30 * 60 - 1)
    await world.do(suspending.resume, "mediator")
    world.clock.advance(seconds=60)
    await rounds(world)
    assert (await world.session()).state is SessionState.LIVE
