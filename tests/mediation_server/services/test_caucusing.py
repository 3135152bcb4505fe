import json
from datetime import datetime, timedelta
from functools import partial

import pytest

from mediation_server.domain.ids import new_id
from mediation_server.domain.log import EventKind, instant
from mediation_server.domain.people import Side
from mediation_server.domain.session import SessionKind, SessionState
from mediation_server.errors import Conflict, Refused
from mediation_server.rooms.state import Place
from mediation_server.services import attending, caucusing, chatting, presiding, suspending
from mediation_server.services.keeping import keep
from tests.room_world import CAMERA, MIC, SCREEN, room_world

CAST = ("mediator", "zhou", "agent", "lin", "wu")


@pytest.fixture
async def world(tmp_path):
    async with room_world(tmp_path, cast=CAST) as made:
        await made.live("zhou", "agent", "lin", "wu")
        yield made


async def opened(world, side=Side.APPLICANT, minutes=20):
    await world.do(caucusing.open_caucus, "mediator", side, minutes)


async def test_who_changed_place_is_said_to_the_engine_and_who_comes_back_to_it_has_not(world):
    moved = world.engine.rooms[world.session_id].moved
    moved.clear()
    await world.lose("lin")
    await world.sit("lin")
    assert moved == set()
    await opened(world)
    assert moved == {world.ids[each] for each in CAST}
    moved.clear()
    await world.do(caucusing.close_caucus, "mediator")
    assert moved == {world.ids[each] for each in CAST}
    moved.clear()
    await world.do(suspending.suspend, "mediator", "休息")
    await world.do(suspending.resume, "mediator")
    assert moved == {*world.ids.values(), "recorder"}


async def test_in_a_caucus_only_those_in_it_hear_each_other(world):
    await opened(world)
    assert world.hears("mediator") == {"zhou", "agent"}
    assert world.hears("zhou", CAMERA) == {"mediator", "agent"}
    assert world.hears("lin") == world.hears("wu") == set()
    assert (await world.session()).state is SessionState.CAUCUS
    await world.do(caucusing.close_caucus, "mediator")
    assert world.hears("lin", CAMERA) == {"mediator", "zhou", "agent", "wu", "recorder"}
    assert (await world.session()).state is SessionState.LIVE


@pytest.mark.parametrize("close", [caucusing.close_caucus, partial(suspending.suspend, reason="休息")])
async def test_all_come_out_of_a_caucus_muted_and_one_press_unmutes(world, close):
    await opened(world)
    assert world.seat("zhou").microphone
    zhou, lin, heard = world.ids["zhou"], world.ids["lin"], []

    def watch(_room, audience):
        muted = (zhou, MIC) in world.engine.rooms[world.session_id].muted
        heard.append(lin in audience[zhou] and not muted)

    world.engine.watch = watch
    await world.do(close, "mediator")
    assert heard
    assert not any(heard)
    assert not any(seat.microphone for seat in world.state.seats.values())
    if world.state.suspended:
        await world.do(suspending.resume, "mediator")
    assert world.hears("zhou") == world.hears("mediator") == set()
    assert world.hears("zhou", CAMERA) == {"mediator", "agent", "lin", "wu", "recorder"}
    await world.do(attending.switch, "zhou", {MIC: True})
    assert world.hears("zhou") == {"mediator", "agent", "lin", "wu", "recorder"}


async def test_the_fence_falls_before_anything_is_written(world):
    fences = []

    def watch(_room, audience):
        fences.append((world.state.caucus_id, world.ids["lin"] in audience[world.ids["zhou"]]))

    world.engine.watch = watch
    await opened(world)
    assert fences[0] == (None, False)


async def test_a_caucus_that_cannot_be_written_never_happened(world):
    async with world.ctx.db.transaction() as tx:
        await tx.exec_driver_sql(
            "CREATE TRIGGER full BEFORE INSERT ON session_events WHEN NEW.kind = 'caucus_opened' "
            "BEGIN SELECT RAISE(ABORT, 'disk full'); END"
        )
    heard, log = world.hears("lin"), await world.log()
    with pytest.raises(Exception, match="disk full"):
        await opened(world)
    assert world.hears("lin") == heard
    assert await world.log() == log
    assert world.state.caucus_id is None
    assert (await world.session()).state is SessionState.LIVE
    assert world.recorders[0].deeds == ["begun"]


async def test_the_recorder_rests_while_the_presider_is_away(world):
    await opened(world)
    await world.do(caucusing.close_caucus, "mediator")
    assert world.recorders[0].deeds == ["begun", "pause caucus", "resume"]


async def test_a_broken_recorder_does_not_keep_people_from_parting(world):
    world.recorders[0].broken = True
    await opened(world)
    assert world.hears("zhou") == {"mediator", "agent"}


async def test_outsiders_learn_nothing_of_what_goes_on_inside(world):
    await opened(world)
    await world.publish("agent")
    before = {name: len(world.told(name)) for name in ("lin", "wu")}
    await world.do(chatting.write, "zhou", "私下说一句", caucus=world.room.state.caucus_at)
    await world.do(attending.raise_hand, "zhou", up=True)
    await world.do(attending.switch, "zhou", {MIC: False, CAMERA: False})
    await world.do(attending.switch, "zhou", {MIC: True, SCREEN: True})
    await world.do(presiding.mute, "mediator", world.ids["zhou"], MIC, locked=True)
    world.engine.says(world.session_id, world.ids["agent"], speaking=True)
    await world.room.announce_voices()
    await world.sit("zhou")
    await world.publish("zhou", on=(CAMERA,))
    await world.lose("agent")
    await world.sit("agent")
    await world.do(attending.leave, "agent")
    await keep(world.ctx, world.room)
    for name in ("lin", "wu"):
        assert world.told(name)[before[name] :] == []
    view = world.told("lin", "room")[-1]
    assert view["caucus"] == {
        "mine": False,
        "since": world.state.caucus_at,
        "until": world.state.caucus_until,
        "until_was": None,
        "side": None,
    }
    others = [each for each in view["people"] if not each["you"]]
    assert {each["name"] for each in others} == {"郑思远", "周承安", "唐敏", "吴大勇"}
    assert not any(each["microphone"] or each["camera"] or each["hand_at"] for each in others)
    assert [each["name"] for each in others if each["with_other_side"]] == ["郑思远"]


async def test_who_is_inside_sees_that_only_they_are_heard(world):
    await opened(world)
    view = world.told("zhou", "room")[-1]
    assert view["caucus"]["mine"] is True
    assert view["caucus"]["side"] == "applicant"
    assert view["audience"] == {"people": ["郑思远", "唐敏"], "recorder": False, "captions": False}
    assert view["recording"]["state"] == "paused"


async def test_the_lobby_learns_neither_of_caucus_nor_of_people(tmp_path):
    async with room_world(tmp_path, cast=CAST) as world:
        await world.live("zhou", "lin")
        await world.sit("wu")
        before = len(world.told("wu"))
        await opened(world)
        assert world.told("wu")[before:] == []
        view = (await world.sit("wu")).view
        assert (view["session"]["state"], view["caucus"]) == ("live", None)
        assert len(view["people"]) == 1


async def test_chat_of_a_caucus_dies_with_it_and_never_touches_the_log(world):
    await world.do(chatting.write, "lin", "大家好")
    await opened(world)
    await world.do(chatting.write, "zhou", "我最多让三千", caucus=world.room.state.caucus_at)
    assert [line["text"] for line in world.told("mediator", "chat")] == ["大家好", "我最多让三千"]
    assert [line["text"] for line in (await world.sit("zhou")).chat] == ["大家好", "我最多让三千"]
    assert [line["text"] for line in (await world.sit("lin")).chat] == ["大家好"]
    await world.do(caucusing.close_caucus, "mediator")
    assert [line["text"] for line in (await world.sit("zhou")).chat] == ["大家好"]
    await opened(world)
    assert [line["text"] for line in (await world.sit("zhou")).chat] == ["大家好"]
    assert "三千" not in json.dumps([dict(event.payload) for event in await world.log()], ensure_ascii=False)


async def test_what_was_written_for_one_room_never_arrives_in_another(world):
    async def refused(name, caucus):
        with pytest.raises(Conflict, match="place_changed"):
            await world.do(chatting.write, name, "我最多让三千", caucus=caucus)

    await opened(world)
    first = world.room.state.caucus_at
    await refused("mediator", None)
    await world.do(caucusing.close_caucus, "mediator")
    await refused("zhou", first)
    await refused("mediator", first)
    world.clock.advance(seconds=1)
    await world.do(caucusing.open_caucus, "mediator", Side.RESPONDENT, 5)
    await refused("mediator", first)
    assert [world.told(name, "chat") for name in ("mediator", "zhou", "lin", "wu")] == [[], [], [], []]


async def test_a_line_of_the_caucus_said_again_after_a_break_is_one_line(world):
    await opened(world)
    here, line = world.room.state.caucus_at, new_id()
    for _ in range(2):
        assert await world.do(chatting.write, "zhou", "我最多让三千", line=line, caucus=here) == line
    assert [each["id"] for each in world.told("mediator", "chat")] == [line]


async def test_who_waits_cannot_write(world):
    await opened(world)
    with pytest.raises(Conflict, match="not_in_room"):
        await world.do(chatting.write, "lin", "听得到吗")


async def test_a_reload_inside_comes_back_inside_with_everything_off(world):
    await opened(world)
    welcome = await world.sit("zhou")
    me = next(each for each in welcome.view["people"] if each["you"])
    assert (welcome.view["place"], me["microphone"], me["camera"]) == ("caucus", False, False)
    await world.publish("zhou", on=())
    assert world.hears("zhou") == set()
    await world.do(attending.switch, "zhou", {MIC: True})
    assert world.hears("zhou") == {"mediator", "agent"}


async def test_a_reload_outside_comes_back_outside(world):
    await opened(world)
    assert (await world.sit("lin")).view["place"] == "waiting"
    await world.publish("lin")
    assert world.hears("lin") == set()


async def test_a_shared_screen_stays_behind_at_every_move(world):
    await world.do(attending.switch, "mediator", {SCREEN: True})
    await opened(world)
    assert not world.seat("mediator").screen
    await world.do(attending.switch, "mediator", {SCREEN: True})
    await world.do(caucusing.close_caucus, "mediator")
    assert not world.seat("mediator").screen


async def test_whoever_comes_during_a_caucus_waits(tmp_path):
    async with room_world(tmp_path, cast=CAST) as world:
        await world.live("zhou", "lin")
        await opened(world)
        await world.sit("agent")
        await world.do(presiding.admit, "mediator", [world.ids["agent"]])
        assert world.seat("agent").place is Place.WAITING


async def test_a_caucus_closes_by_itself_after_three_quarters_of_an_hour(world):
    await opened(world, minutes=45)
    world.clock.advance(seconds=45 * 60 - 1)
    await keep(world.ctx, world.room)
    assert world.state.caucus_id is not None
    world.clock.advance(seconds=1)
    await keep(world.ctx, world.room)
    assert (world.state.caucus_id, (await world.session()).state) == (None, SessionState.LIVE)


async def test_a_promise_is_moved_with_one_press_and_those_who_wait_see_the_new_and_the_old_time(world):
    await opened(world, minutes=10)
    was = datetime.fromisoformat(world.state.caucus_until)
    world.clock.advance(seconds=9 * 60)
    await world.do(caucusing.extend_promise, "mediator", 5)
    seen = world.told("lin", "room")[-1]["caucus"]
    assert seen["until_was"] == instant(was)
    assert seen["until"] == instant(was + timedelta(minutes=5))
    assert await _promised_until(world) == [seen["until"]]


async def test_an_overdue_promise_is_moved_from_now(world):
    await opened(world, minutes=1)
    world.clock.advance(seconds=10 * 60)
    await world.do(caucusing.extend_promise, "mediator", 5)
    assert world.state.caucus_until == instant(world.clock.now() + timedelta(minutes=5))


async def test_nothing_is_promised_beyond_the_end_of_the_caucus(world):
    await opened(world, minutes=40)
    await world.do(caucusing.extend_promise, "mediator", 30)
    last = datetime.fromisoformat(world.state.caucus_at) + caucusing.LONGEST_CAUCUS
    assert world.state.caucus_until == instant(last)
    with pytest.raises(Conflict, match="caucus_at_limit"):
        await world.do(caucusing.extend_promise, "mediator", 1)


async def test_only_who_presides_over_a_caucus_moves_its_promise(world):
    with pytest.raises(Conflict, match="session_state"):
        await world.do(caucusing.extend_promise, "mediator", 5)
    await opened(world)
    for name in ("zhou", "lin"):
        with pytest.raises(Refused, match="not_permitted"):
            await world.do(caucusing.extend_promise, name, 5)


async def _promised_until(world):
    return [event.payload["until"] for event in await world.log() if event.kind is EventKind.PROMISE_CHANGED]


async def test_nobody_speaks_alone_with_an_empty_side(world):
    await world.lose("lin")
    with pytest.raises(Conflict, match="nobody_there"):
        await opened(world, Side.RESPONDENT)


async def test_one_caucus_at_a_time_and_only_when_live(world):
    await opened(world)
    with pytest.raises(Conflict, match="session_state"):
        await opened(world, Side.RESPONDENT)
    await world.do(suspending.suspend, "mediator", "休息")
    assert world.state.caucus_id is None
    with pytest.raises(Conflict, match="session_state"):
        await opened(world)


async def test_a_party_neither_opens_nor_closes_one(world):
    with pytest.raises(Refused, match="not_permitted"):
        await world.do(caucusing.open_caucus, "zhou", Side.APPLICANT, 5)
    await opened(world)
    with pytest.raises(Refused, match="not_permitted"):
        await world.do(caucusing.close_caucus, "zhou")


async def test_the_courts_own_review_knows_no_caucus(tmp_path):
    async with room_world(tmp_path, kind=SessionKind.CONFIRMATION_CHECK) as world:
        await world.live()
        with pytest.raises(Conflict, match="no_caucus_here"):
            await opened(world)


async def test_what_happens_inside_is_marked_in_the_log(world):
    await opened(world)
    await world.do(attending.raise_hand, "zhou", up=True)
    raised = [event for event in await world.log() if event.kind is EventKind.HAND_RAISED]
    assert raised[-1].payload["caucus"] == world.state.caucus_id
