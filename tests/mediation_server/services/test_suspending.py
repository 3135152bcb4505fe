import pytest

from mediation_server.domain.log import EventKind, first_break
from mediation_server.domain.people import Side
from mediation_server.domain.session import SessionState
from mediation_server.errors import Conflict, Refused
from mediation_server.rooms.room import empty_state
from mediation_server.rooms.state import Place
from mediation_server.rooms.state_folds import folded
from mediation_server.services import attending, caucusing, chatting, presiding, suspending
from mediation_server.services.keeping import keep
from mediation_server.services.opening import reopen
from tests.room_world import MIC, room_world


@pytest.fixture
async def world(tmp_path):
    async with room_world(tmp_path) as made:
        yield made


async def test_suspended_means_silence_for_everybody(world):
    await world.live()
    await world.do(suspending.suspend, "mediator", "休息十分钟")
    assert world.hears("zhou") == world.hears("mediator") == set()
    assert world.told("lin", "room")[-1]["suspended"]["reason"] == "休息十分钟"
    assert world.recorders[0].deeds == ["begun", "pause suspended"]
    with pytest.raises(Conflict, match="not_in_room"):
        await world.do(chatting.write, "zhou", "在吗")
    await world.do(suspending.resume, "mediator")
    assert world.hears("zhou") == {"mediator", "lin", "recorder"}
    assert world.recorders[0].deeds[-1] == "resume"


async def test_only_the_presider_suspends_and_resumes(world):
    await world.live()
    with pytest.raises(Refused, match="not_permitted"):
        await world.do(suspending.suspend, "zhou", "我要休息")
    await world.do(suspending.suspend, "mediator", "休息")
    with pytest.raises(Refused, match="not_permitted"):
        await world.do(suspending.resume, "zhou")


async def test_what_is_not_suspended_cannot_be_resumed(world):
    await world.live()
    with pytest.raises(Conflict, match="session_state"):
        await world.do(suspending.resume, "mediator")


async def test_without_the_presider_the_room_locks_at_once_and_says_so(world):
    await world.live()
    await world.lose("mediator")
    assert world.told("zhou", "room")[-1]["locked"] == {"reason": "presider_lost"}
    await world.sit("mediator")
    assert world.told("zhou", "room")[-1]["locked"] is None


async def test_a_lock_of_the_presiders_own_stays(world):
    await world.live()
    await world.do(presiding.lock, "mediator", locked=True)
    await world.lose("mediator")
    await world.sit("mediator")
    assert world.state.locked


async def test_after_the_grace_the_sitting_is_suspended_until_the_presider_resumes(world):
    await world.live()
    await world.lose("mediator")
    world.clock.advance(seconds=59)
    await keep(world.ctx, world.room)
    assert world.state.suspended is None
    world.clock.advance(seconds=1)
    await keep(world.ctx, world.room)
    assert world.state.suspended == "presider_lost"
    assert (await world.session()).state is SessionState.SUSPENDED
    await world.sit("mediator")
    assert world.state.suspended == "presider_lost"
    await world.do(suspending.resume, "mediator")
    assert (await world.session()).state is SessionState.LIVE


async def test_a_presider_who_leaves_is_as_lost_as_one_whose_line_broke(world):
    await world.live()
    await world.do(attending.leave, "mediator")
    assert world.state.lock_reason == "presider_lost"
    assert (await world.sit("mediator")).view["place"] == "main"


async def test_a_caucus_outlives_a_short_loss_of_the_presider_and_not_a_long_one(world):
    await world.live()
    await world.do(caucusing.open_caucus, "mediator", Side.APPLICANT, 10)
    await world.lose("mediator")
    assert world.hears("zhou") == set()
    assert (await world.sit("mediator")).view["place"] == "caucus"
    await world.lose("mediator")
    world.clock.advance(seconds=60)
    await keep(world.ctx, world.room)
    assert (world.state.caucus_id, world.state.suspended) == (None, "presider_lost")
    kinds = [event.kind for event in await world.log() if event.kind is not EventKind.AUDIENCE_CHANGED]
    assert kinds[-2:] == [EventKind.CAUCUS_CLOSED, EventKind.SUSPENDED]


async def test_before_the_start_parties_are_not_left_alone_together(world):
    await world.admitted("zhou", "lin")
    await world.lose("mediator")
    world.clock.advance(seconds=60)
    await keep(world.ctx, world.room)
    assert world.seat("zhou").place is world.seat("lin").place is Place.LOBBY
    assert world.hears("zhou") == set()


async def test_after_a_crash_everybody_is_gone_and_comes_back_to_where_they_were(world):
    await world.live()
    await world.do(caucusing.open_caucus, "mediator", Side.APPLICANT, 10)
    await world.restart()
    await reopen(world.ctx)
    assert not any(seat.connected for seat in world.state.seats.values())
    assert world.state.lock_reason == "presider_lost"
    assert world.recorders[-1].deeds == ["begun", "pause caucus"]
    places = {name: (await world.sit(name)).view["place"] for name in world.ids}
    assert places == {"mediator": "caucus", "zhou": "caucus", "lin": "waiting"}
    await world.publish("zhou", on=(MIC,))
    assert world.hears("zhou") == {"mediator"}
    await world.do(caucusing.close_caucus, "mediator")
    await world.do(attending.switch, "zhou", {MIC: True})
    assert world.hears("zhou") == {"mediator", "lin", "recorder"}


async def test_the_live_room_is_exactly_what_its_log_says(world):
    await world.live()
    await world.do(chatting.write, "zhou", "同意")
    await world.do(caucusing.open_caucus, "mediator", Side.RESPONDENT, 10)
    await world.lose("zhou")
    await world.do(caucusing.close_caucus, "mediator")
    await world.do(suspending.suspend, "mediator", "休息")
    log = await world.log()
    assert first_break(log) is None
    people = [seat.participant for seat in world.state.seats.values()]
    assert folded(empty_state(await world.session(), people), log) == world.state


async def test_a_sitting_whose_recording_cannot_go_on_is_suspended(world):
    await world.live()
    world.recorder_fails = [OSError("disk full")]
    await world.restart()
    await reopen(world.ctx)
    assert world.state.suspended == "recording_failed"


async def test_a_disconnection_that_could_not_be_written_is_written_later(world):
    await world.live()
    async with world.ctx.db.transaction() as tx:
        await tx.exec_driver_sql(
            "CREATE TRIGGER full BEFORE INSERT ON session_events WHEN NEW.kind = 'disconnected' "
            "BEGIN SELECT RAISE(ABORT, 'disk full'); END"
        )
    with pytest.raises(Exception, match="disk full"):
        await world.lose("lin")
    async with world.ctx.db.transaction() as tx:
        await tx.exec_driver_sql("DROP TRIGGER full")
    await keep(world.ctx, world.room)
    assert not world.seat("lin").connected


async def test_an_empty_room_before_its_sitting_is_forgotten_and_found_again(world):
    await world.sit("zhou")
    await world.lose("zhou")
    world.clock.advance(seconds=601)
    await keep(world.ctx, world.room)
    assert world.room is None
    assert (await world.sit("zhou")).view["place"] == "lobby"


async def test_an_empty_room_of_a_live_sitting_stays(world):
    await world.live()
    for name in world.ids:
        await world.lose(name)
    world.clock.advance(seconds=601)
    await keep(world.ctx, world.room)
    assert world.room is not None


# --- the disk refuses what is recorded ---------------------------------------------------------------------------


async def refused(world, *, now=True):
    await world.room.recording_refused(refused=now)


def asked(world, name="mediator"):
    return world.told(name, "room")[-1]["recording"]["ask"]


async def test_whoever_presides_alone_is_asked_what_shall_be_when_the_disk_refuses(world):
    await world.live()
    await refused(world)
    assert [asked(world, name) for name in ("mediator", "zhou", "lin")] == [True, False, False]
    assert world.room.view(world.ids["mediator"])["recording"]["ask"]  # after a reload, too


async def test_going_on_without_is_an_event_with_its_reason_and_everybody_still_sees_it(world):
    await world.live()
    await refused(world)
    await world.do(suspending.go_on_unrecorded, "mediator", "双方同意先谈完")
    said = [each for each in await world.log() if each.kind is EventKind.WENT_ON_UNRECORDED]
    assert [(each.actor, each.payload) for each in said] == [(world.ids["mediator"], {"reason": "双方同意先谈完"})]
    assert not asked(world)
    assert world.told("zhou", "room")[-1]["recording"]["reason"] == "failed"
    assert world.hears("zhou") == {"mediator", "lin", "recorder"}


async def test_when_it_refuses_once_more_it_is_asked_once_more(world):
    await world.live()
    await refused(world)
    await world.do(suspending.go_on_unrecorded, "mediator", "先谈完")
    await refused(world)  # the same refusal, told again
    assert not asked(world)
    await refused(world, now=False)
    assert not asked(world)
    await refused(world)
    assert asked(world)


async def test_pausing_is_an_answer(world):
    await world.live()
    await refused(world)
    await world.do(suspending.suspend, "mediator", "等录音录像恢复")
    assert not asked(world)


async def test_nobody_else_decides_and_nobody_without_need(world):
    await world.live()
    with pytest.raises(Conflict, match="recording_goes_on"):
        await world.do(suspending.go_on_unrecorded, "mediator", "先谈完")
    await refused(world)
    with pytest.raises(Refused, match="not_permitted"):
        await world.do(suspending.go_on_unrecorded, "zhou", "先谈完")
    await world.do(suspending.go_on_unrecorded, "mediator", "先谈完")
    with pytest.raises(Conflict, match="recording_goes_on"):
        await world.do(suspending.go_on_unrecorded, "mediator", "再说一次")
