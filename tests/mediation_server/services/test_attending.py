import asyncio

import pytest

from mediation_server.domain.log import EventKind, first_break
from mediation_server.domain.people import Side
from mediation_server.domain.session import SessionState
from mediation_server.errors import Conflict, Gone, Refused, SeatTaken
from mediation_server.media.engine import TransportState, TransportStateChanged
from mediation_server.rooms.links import Link
from mediation_server.rooms.state import Place
from mediation_server.services import attending, caucusing, chatting, presiding, publishing
from tests.room_world import CAMERA, MIC, SCREEN, room_world

REPORT = {"camera": "ok", "microphone": "ok", "speaker": "problem", "network": "unknown"}


@pytest.fixture
async def world(tmp_path):
    async with room_world(tmp_path) as made:
        yield made


async def test_the_first_to_come_opens_the_lobby(world):
    welcome = await world.sit("zhou")
    assert (await world.session()).state is SessionState.LOBBY
    assert welcome.view["place"] == "lobby"
    assert [each["name"] for each in welcome.view["people"]] == ["周承安"]
    assert welcome.view["session"]["matter"]["title"] == "周承安与林若溪民间借贷纠纷"


async def test_each_reads_in_their_own_language(world):
    welcome = await world.sit("zhou", language="en")
    assert welcome.view["you"]["name"] == "Zhou Cheng'an"
    assert welcome.view["session"]["matter"]["title"] == "Zhou Cheng'an and Lin Ruoxi: Private lending dispute"


async def test_the_presider_sees_who_waits_with_what_devices(world):
    await world.sit("mediator")
    await world.sit("zhou")
    await world.do(attending.report_devices, "zhou", REPORT)
    [waiting] = world.told("mediator", "room")[-1]["waiting"]
    assert (waiting["name"], waiting["side"], waiting["device"], waiting["connected"]) == (
        "周承安",
        "applicant",
        REPORT,
        True,
    )
    assert waiting["since"] == world.seat("zhou").since


async def test_devices_are_reported_from_the_lobby_only(world):
    await world.live()
    with pytest.raises(Conflict, match="not_in_lobby"):
        await world.do(attending.report_devices, "zhou", REPORT)


async def test_another_device_must_ask_and_then_takes_over(world):
    await world.live()
    first = world.connections["zhou"]
    with pytest.raises(SeatTaken):
        await world.sit("zhou", device="phone")
    assert world.room.links.find(world.ids["zhou"]).connection == first
    assert world.hears("zhou") == {"mediator", "lin", "recorder"}
    await world.sit("zhou", device="phone", take_over=True)
    assert world.ears.heard[first][-1] == ("taken_over", {})
    assert first in world.ears.ended
    assert world.hears("zhou") == set()
    kinds = [event.kind for event in await world.log()]
    assert kinds.count(EventKind.TAKEN_OVER) == 1


async def test_the_same_device_replaces_itself_without_being_asked(world):
    await world.live()
    first = world.connections["zhou"]
    welcome = await world.sit("zhou")
    assert welcome.view["place"] == "main"
    assert first in world.ears.ended
    assert world.ids["zhou"] in world.engine.rooms[world.session_id].kicked


async def test_the_end_of_a_replaced_connection_changes_nothing(world):
    await world.live()
    first = world.connections["zhou"]
    await world.sit("zhou")
    log = await world.log()
    await attending.line_lost(world.ctx, world.room, world.ids["zhou"], first, "transport close")
    assert world.seat("zhou").connected
    assert await world.log() == log


async def test_a_seat_taken_again_while_its_loss_waits_is_not_lost(world):
    await world.live()
    room, who = world.room, world.ids["zhou"]
    async with room.turn:
        losing = asyncio.create_task(world.lose("zhou"))
        await asyncio.sleep(0.05)
        await room.links.bind(who, Link("another", "key of laptop", "zh"))
    await losing
    assert world.seat("zhou").connected
    assert room.links.find(who).connection == "another"


async def test_a_lost_line_keeps_the_seat_and_tells_since_when(world):
    await world.live()
    await world.lose("lin")
    await world.lose("lin")
    lin = next(each for each in world.told("mediator", "room")[-1]["people"] if each["name"] == "林若溪")
    assert (lin["connected"], lin["disconnected_at"]) == (False, world.seat("lin").disconnected_at)
    assert world.hears("zhou") == {"mediator", "recorder"}
    assert [event.kind for event in await world.log()].count(EventKind.DISCONNECTED) == 1
    welcome = await world.sit("lin")
    assert welcome.view["place"] == "main"


async def test_whoever_leaves_comes_back_through_the_lobby(world):
    await world.live()
    await world.do(attending.leave, "lin")
    assert world.hears("zhou") == {"mediator", "recorder"}
    assert (await world.sit("lin")).view["place"] == "lobby"


async def test_a_raised_hand_is_seen_by_all_and_raised_once(world):
    await world.live()
    await world.do(attending.raise_hand, "zhou", up=True)
    await world.do(attending.raise_hand, "zhou", up=True)
    zhou = next(each for each in world.told("lin", "room")[-1]["people"] if each["name"] == "周承安")
    assert zhou["hand_at"] is not None
    assert [event.kind for event in await world.log()].count(EventKind.HAND_RAISED) == 1
    await world.do(attending.raise_hand, "zhou", up=False)
    assert world.seat("zhou").hand_at is None


async def test_nothing_is_forwarded_before_it_is_switched_on(world):
    await world.admitted("zhou")
    await world.sit("lin")
    await world.do(presiding.admit, "mediator", None)
    await world.publish("lin", on=())
    assert world.hears("lin") == world.hears("lin", CAMERA) == set()
    await world.do(attending.switch, "lin", {CAMERA: True})
    assert (world.hears("lin"), world.hears("lin", CAMERA)) == (set(), {"mediator", "zhou"})


async def test_one_screen_at_a_time(world):
    await world.live()
    await world.do(attending.switch, "zhou", {SCREEN: True})
    with pytest.raises(Conflict, match="screen_taken"):
        await world.do(attending.switch, "lin", {SCREEN: True})
    with pytest.raises(Conflict, match="screen_taken"):
        await publishing.publish(world.room, world.ids["lin"], "v=0", {"0": SCREEN})
    await world.do(attending.switch, "zhou", {SCREEN: False})
    await world.do(attending.switch, "lin", {SCREEN: True})
    kinds = [event.kind for event in await world.log()]
    assert (kinds.count(EventKind.SCREEN_SHARED), kinds.count(EventKind.SCREEN_UNSHARED)) == (2, 1)


async def test_nobody_shares_a_screen_in_the_lobby(world):
    await world.sit("mediator")
    await world.sit("zhou")
    with pytest.raises(Conflict, match="not_in_room"):
        await world.do(attending.switch, "zhou", {SCREEN: True})


async def test_a_seat_offers_each_source_once(world):
    await world.live()
    with pytest.raises(Exception, match="source_twice"):
        await publishing.publish(world.room, world.ids["lin"], "v=0", {"0": MIC, "1": MIC})


async def test_who_sits_down_is_offered_what_they_may_receive(world):
    await world.live()
    await world.sit("lin")
    offer = world.told("lin", "offer")[-1]
    assert {(world.name(each["participant"]), each["source"]) for each in offer["tracks"].values()} == {
        ("mediator", "microphone"),
        ("mediator", "camera"),
        ("zhou", "microphone"),
        ("zhou", "camera"),
    }
    await publishing.resubscribe(world.room, world.ids["lin"])
    assert world.told("lin", "offer")[-1]["revision"] > offer["revision"]


async def test_in_the_lobby_nothing_is_offered(world):
    await world.admitted("zhou")
    await world.sit("lin")
    await publishing.resubscribe(world.room, world.ids["lin"])
    assert world.told("lin", "offer") == []


async def test_a_view_is_sent_only_when_it_says_something_new(world):
    await world.live()
    before = len(world.told("lin", "room"))
    await world.do(attending.switch, "zhou", {MIC: True})
    await world.room.show()
    assert len(world.told("lin", "room")) == before
    await world.do(attending.switch, "zhou", {MIC: False})
    views = world.told("lin", "room")
    assert len(views) == before + 1
    assert views[-1]["version"] > views[-2]["version"]


async def test_nobody_sits_down_after_the_end(world):
    await world.live()
    async with world.ctx.db.transaction() as tx:
        await tx.exec_driver_sql("UPDATE sessions SET state = 'ended'")
    with pytest.raises(Gone, match="session_over"):
        await world.sit("lin")


async def test_the_log_holds_after_all_of_this(world):
    await world.live()
    await world.lose("lin")
    await world.sit("lin")
    log = await world.log()
    assert first_break(log) is None
    assert log[-1].seq == world.state.version


async def test_nothing_of_a_refused_switch_happens(world):
    await world.live()
    await world.do(presiding.mute, "mediator", world.ids["zhou"], MIC, locked=True)
    await world.do(attending.switch, "zhou", {CAMERA: False})
    with pytest.raises(Refused, match="muted_by_mediator"):
        await world.do(attending.switch, "zhou", {CAMERA: True, MIC: True})
    assert not world.seat("zhou").camera


async def test_who_was_sent_to_the_lobby_can_be_admitted_again(world):
    await world.live()
    await world.do(presiding.to_lobby, "mediator", world.ids["zhou"])
    await world.do(presiding.admit, "mediator", [world.ids["zhou"]])
    assert world.seat("zhou").place is Place.MAIN


async def test_a_second_device_waits_in_the_lobby_and_the_presider_is_told(world):
    await world.live()
    await world.do(chatting.write, "zhou", "只有在场的人看到")
    welcome = await world.sit("lin", device="stranger", take_over=True)
    assert (welcome.view["place"], welcome.chat, welcome.view["waiting"]) == ("lobby", [], [])
    assert [each["you"] for each in welcome.view["people"]] == [True]
    await world.publish("lin", on=())
    assert world.hears("lin") == set()
    assert world.hears("zhou") == {"mediator", "recorder"}
    (waiting,) = world.told("mediator", "room")[-1]["waiting"]
    assert (waiting["name"], waiting["again"], waiting["verified"]) == ("林若溪", True, False)
    with pytest.raises(Conflict, match="not_in_room"):
        await world.do(chatting.write, "lin", "听得到吗")
    await world.do(presiding.admit, "mediator", [world.ids["lin"]])
    await world.publish("lin")
    assert world.hears("lin") == {"mediator", "zhou", "recorder"}
    assert not world.seat("lin").again


async def test_a_second_device_waits_also_when_the_first_line_is_lost_or_the_server_was_down(world):
    await world.live()
    await world.lose("lin")
    assert (await world.sit("lin", device="stranger")).view["place"] == "lobby"
    await world.restart()
    assert (await world.sit("lin", device="stranger")).view["place"] == "lobby"
    assert (await world.sit("zhou")).view["place"] == "main"


async def test_the_device_that_was_let_in_comes_back_by_itself_and_the_warning_stays(world):
    await world.live()
    await world.sit("lin", device="stranger", take_over=True)
    assert (await world.sit("lin", take_over=True)).view["place"] == "main"
    assert world.seat("lin").again
    assert (await world.sit("lin", device="stranger", take_over=True)).view["place"] == "lobby"


async def test_whoever_the_presider_sent_to_the_lobby_does_not_come_out_by_reloading(world):
    await world.live()
    await world.do(presiding.to_lobby, "mediator", world.ids["lin"])
    assert (await world.sit("lin")).view["place"] == "lobby"
    await world.sit("lin", device="stranger", take_over=True)
    assert (await world.sit("lin", take_over=True)).view["place"] == "lobby"


async def test_both_devices_are_known_once_both_were_let_in(world):
    await world.live()
    await world.sit("lin", device="phone", take_over=True)
    await world.do(presiding.admit, "mediator", [world.ids["lin"]])
    assert (await world.sit("lin", take_over=True)).view["place"] == "main"
    assert (await world.sit("lin", device="phone", take_over=True)).view["place"] == "main"


async def test_the_presider_may_change_devices_freely(world):
    await world.live()
    assert (await world.sit("mediator", device="phone", take_over=True)).view["place"] == "main"


async def test_no_key_of_a_device_is_in_the_log(world):
    await world.live()
    known = {event.payload["device"] for event in await world.log() if "device" in event.payload}
    assert len(known) == 1
    assert "key of laptop" not in str(await world.log())


def media_of(world, who, state):
    """The engine says so about both transports of somebody."""
    for direction in ("up", "down"):
        world.room._heard(TransportStateChanged(world.room.id, world.ids[who], direction, state))


async def test_a_page_that_is_back_before_anybody_noticed_goes_on_as_it_was(world):
    await world.live()
    await world.sit("lin", page="a-page")
    await world.publish("lin")
    media_of(world, "lin", TransportState.CONNECTED)
    version, heard = world.state.version, world.hears("lin")
    losing = asyncio.create_task(world.lose("lin"))
    await asyncio.sleep(0)
    welcome = await world.sit("lin", page="a-page")
    await losing
    assert welcome.resumed
    assert (world.state.version, world.hears("lin")) == (version, heard)
    assert heard == {"mediator", "zhou", "recorder"}
    assert world.seat("lin").microphone
    assert world.seat("lin").connected


async def test_a_fresh_page_starts_anew_even_while_its_former_media_goes_on(world):
    await world.live()
    await world.sit("lin", page="a-page")
    await world.publish("lin")
    media_of(world, "lin", TransportState.CONNECTED)
    welcome = await world.sit("lin", page="another")
    assert not welcome.resumed
    assert world.hears("lin") == set()
    assert not world.seat("lin").microphone


async def test_the_same_page_id_from_another_device_takes_nothing_over(world):
    await world.live()
    await world.sit("lin", page="a-page")
    with pytest.raises(SeatTaken):
        await world.sit("lin", device="phone", page="a-page")


async def test_a_line_that_stays_away_is_noticed_even_if_its_media_goes_on(world, monkeypatch):
    monkeypatch.setattr(attending, "_COME_BACK_SECONDS", 0.1)
    await world.live()
    media_of(world, "lin", TransportState.CONNECTED)
    losing = asyncio.create_task(world.lose("lin"))
    await asyncio.sleep(0)
    assert world.seat("lin").connected
    await losing
    assert not world.seat("lin").connected
    assert world.hears("lin") == set()


@pytest.mark.parametrize("state", [TransportState.FAILED, TransportState.CLOSED])
async def test_a_line_whose_media_ends_too_is_noticed_at_once(world, monkeypatch, state):
    monkeypatch.setattr(attending, "_COME_BACK_SECONDS", 60)
    await world.live()
    media_of(world, "lin", TransportState.CONNECTED)
    losing = asyncio.create_task(world.lose("lin"))
    await asyncio.sleep(0)
    media_of(world, "lin", state)
    await asyncio.wait_for(losing, 5)
    assert not world.seat("lin").connected


async def test_a_caucus_that_opens_while_somebody_is_away_does_not_reach_them(world):
    await world.live()
    await world.sit("lin", page="a-page")
    await world.publish("lin")
    media_of(world, "lin", TransportState.CONNECTED)
    losing = asyncio.create_task(world.lose("lin"))
    await asyncio.sleep(0)
    await world.do(caucusing.open_caucus, "mediator", Side.APPLICANT, 10)
    assert (world.hears("mediator"), world.hears("zhou"), world.hears("lin")) == ({"zhou"}, {"mediator"}, set())
    welcome = await world.sit("lin", page="a-page")
    await losing
    assert welcome.resumed
    assert welcome.view["place"] == "waiting"
    assert (world.hears("mediator"), world.hears("zhou"), world.hears("lin")) == ({"zhou"}, {"mediator"}, set())


async def test_a_restart_offers_the_same_tracks_again_and_a_first_offer_is_a_fresh_one(world):
    await world.live()
    await world.sit("lin")
    before = world.told("lin", "offer")[-1]
    await publishing.resubscribe(world.room, world.ids["lin"], restart=True)
    again = world.told("lin", "offer")[-1]
    assert again["revision"] > before["revision"]
    assert again["tracks"] == before["tracks"]
