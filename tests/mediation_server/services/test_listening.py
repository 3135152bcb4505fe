"""The fair-hearing meter in a room: whom it tells, what the log holds, and what a caucus keeps to itself."""

import pytest

from mediation_server.domain.log import EventKind
from mediation_server.domain.people import Side
from mediation_server.errors import NotFound, Refused, Unavailable
from mediation_server.media.engine import TransportState, TransportStateChanged
from mediation_server.rooms.hearing import Report
from mediation_server.services import attending, caucusing, listening, suspending
from mediation_server.services.keeping import keep
from mediation_server.store import events
from tests.room_world import CAST, MIC, room_world

DEAF = Report({}, {})


@pytest.fixture
async def world(tmp_path):
    async with room_world(tmp_path, cast=("mediator", "zhou", "agent", "lin")) as made:
        await made.live("zhou", "agent", "lin")
        yield made


def fine(world):
    return Report(dict.fromkeys(world.ids.values(), 1.0), {})


async def goes_on(world, seconds):
    for _ in range(seconds):
        world.clock.advance(seconds=1)
        await keep(world.ctx, world.room)


def speaks(world, name, *, speaking=True):
    world.engine.says(world.session_id, world.ids[name], speaking=speaking)


async def misses(world, listener, speaker, seconds=5):
    """Somebody's browser says that nothing of a voice arrives, for so long."""
    speaks(world, speaker)
    await listening.hear(world.room, world.ids[listener], DEAF)
    await goes_on(world, seconds)


async def hears_again(world, listener):
    await listening.hear(world.room, world.ids[listener], fine(world))
    await goes_on(world, 3)


async def of_kind(world, *kinds):
    return [each for each in await world.log() if each.kind in kinds]


async def test_the_mediator_and_whoever_missed_it_are_told_and_nobody_else(world):
    await misses(world, "lin", "zhou")
    [card] = world.told("mediator", "missed")[-1]["cards"]
    assert (card["participant"], card["whom"]) == (world.ids["lin"], world.ids["zhou"])
    assert (card["seconds"], card["sense"], card["over"]) == (5, "sound", False)
    assert card["since"].endswith("Z")
    assert world.told("lin", "missed")[-1]["cards"] == [card]
    assert world.told("zhou", "missed") == world.told("agent", "missed") == []


async def test_the_log_says_who_missed_whom_from_when_to_when(world):
    await misses(world, "lin", "zhou")
    assert await of_kind(world, EventKind.MISSED) == []
    await hears_again(world, "lin")
    [event] = await of_kind(world, EventKind.MISSED)
    assert event.actor == "system"
    times = {"from_ms": 1_000, "to_ms": 6_000, "missed_ms": 5_000}
    assert event.payload == {"participant": world.ids["lin"], "whom": world.ids["zhou"], "sense": "sound", **times}


async def test_a_press_on_repeat_is_told_to_the_place_and_logged(world):
    await misses(world, "lin", "zhou")
    await hears_again(world, "lin")
    [card] = world.told("mediator", "missed")[-1]["cards"]
    await world.do(listening.repeat, "mediator", card["id"])
    asked = {"participant": world.ids["zhou"], "name": CAST["zhou"][2], "presider": False}
    assert [world.told(name, "repeat") for name in ("mediator", "zhou", "agent", "lin")] == [[asked]] * 4
    assert world.told("mediator", "missed")[-1] == world.told("lin", "missed")[-1] == {"cards": []}
    [event] = await of_kind(world, EventKind.REPEATED)
    assert (event.actor, event.payload["participant"]) == (world.ids["mediator"], world.ids["zhou"])
    assert event.payload["whom"] == world.ids["lin"]
    with pytest.raises(NotFound, match="nothing_missed"):
        await world.do(listening.repeat, "mediator", card["id"])


async def test_who_comes_back_while_it_is_said_again_is_told_so_once(world):
    await misses(world, "lin", "zhou")
    await world.lose("lin")
    [card] = world.told("mediator", "missed")[-1]["cards"]
    await world.do(listening.repeat, "mediator", card["id"])
    assert world.told("lin", "repeat") == []
    await goes_on(world, 5)
    await world.sit("lin")
    await goes_on(world, 2)
    assert [len(world.told(name, "repeat")) for name in ("mediator", "zhou", "lin")] == [1, 1, 1]
    await world.lose("lin")
    await goes_on(world, 20)
    await world.sit("lin")
    await goes_on(world, 2)
    assert world.told("lin", "repeat") == []
    assert len(world.told("zhou", "repeat")) == 1


async def test_what_is_said_again_in_a_caucus_is_not_told_after_it(world):
    await world.do(caucusing.open_caucus, "mediator", Side.APPLICANT, 5)
    for name in ("mediator", "zhou"):
        await world.do(attending.switch, name, {MIC: True})
    await misses(world, "zhou", "mediator")
    [card] = world.told("mediator", "missed")[-1]["cards"]
    await world.do(listening.repeat, "mediator", card["id"])
    await world.do(caucusing.close_caucus, "mediator")
    await goes_on(world, 3)
    assert world.told("lin", "repeat") == []
    await world.lose("zhou")
    await world.sit("zhou")
    before = len(world.told("zhou", "repeat"))
    await goes_on(world, 3)
    assert len(world.told("zhou", "repeat")) == before


async def test_only_the_presider_has_it_repeated_and_nobody_answers_what_they_were_not_told(world):
    await misses(world, "lin", "zhou")
    [card] = world.told("mediator", "missed")[-1]["cards"]
    with pytest.raises(Refused, match="not_permitted"):
        await world.do(listening.repeat, "lin", card["id"])
    with pytest.raises(NotFound, match="nothing_missed"):
        await listening.note(world.room, world.ids["zhou"], card["id"])
    await listening.note(world.room, world.ids["mediator"], card["id"])
    assert world.told("mediator", "missed")[-1] == {"cards": []}
    assert world.told("lin", "missed")[-1]["cards"]


async def test_who_loses_the_line_hears_nothing_and_is_told_on_coming_back(world):
    speaks(world, "zhou")
    await world.lose("lin")
    await goes_on(world, 6)
    assert world.told("mediator", "missed")[-1]["cards"][0]["seconds"] == 6
    await world.sit("lin")
    await goes_on(world, 1)
    [card] = world.told("lin", "missed")[-1]["cards"]
    assert card["seconds"] == 6
    await hears_again(world, "lin")
    assert [each.payload["missed_ms"] for each in await of_kind(world, EventKind.MISSED)] == [6_000]


async def test_a_line_that_was_up_and_fell_silent_hears_nothing(world):
    room, lin = world.room, world.ids["lin"]
    listener = world.engine.rooms[world.session_id].listener
    for state in (TransportState.CONNECTED, TransportState.CONNECTING):
        listener(TransportStateChanged(world.session_id, lin, "down", state))
    assert room.stage.cut_off == {lin}
    speaks(world, "zhou")
    await goes_on(world, 5)
    assert world.told("mediator", "missed")[-1]["cards"][0]["participant"] == lin
    listener(TransportStateChanged(world.session_id, lin, "down", TransportState.CONNECTED))
    assert room.stage.cut_off == frozenset()


async def test_nothing_missed_in_a_caucus_leaves_it(world):
    await world.do(caucusing.open_caucus, "mediator", Side.APPLICANT, 5)
    for name in ("mediator", "zhou"):
        await world.do(attending.switch, name, {MIC: True})
    quiet = {name: len(world.told(name)) for name in ("lin",)}
    await misses(world, "zhou", "mediator")
    [card] = world.told("mediator", "missed")[-1]["cards"]
    assert world.told("zhou", "missed")[-1]["cards"] == [card]
    await world.do(listening.repeat, "mediator", card["id"])
    assert [bool(world.told(name, "repeat")) for name in ("mediator", "zhou", "agent", "lin")] == [True] * 3 + [False]
    await misses(world, "zhou", "mediator")
    assert {name: len(world.told(name)) for name in quiet} == quiet
    again = world.told("mediator", "missed")[-1]["cards"][0]["id"]
    await world.do(caucusing.close_caucus, "mediator")
    await goes_on(world, 1)
    for name in ("mediator", "zhou"):
        assert world.told(name, "missed")[-1] == {"cards": []}
    with pytest.raises(NotFound, match="nothing_missed"):
        await world.do(listening.repeat, "mediator", again)
    logged = await of_kind(world, EventKind.MISSED, EventKind.REPEATED)
    assert len(logged) == 3
    assert all(each.payload["caucus"] for each in logged)
    assert world.told("lin", "missed") == world.told("lin", "repeat") == []


async def test_what_is_being_missed_when_the_sitting_ends_is_in_the_log(world):
    await misses(world, "lin", "zhou")
    await world.do(suspending.suspend, "mediator", "休息")
    await goes_on(world, 1)
    assert len(await of_kind(world, EventKind.MISSED)) == 1


async def test_what_could_not_be_written_is_written_later(world, monkeypatch):
    await misses(world, "lin", "zhou")
    await listening.hear(world.room, world.ids["lin"], fine(world))
    real = events.append_all

    async def refuses(*_args, **_kwargs):
        raise Unavailable

    monkeypatch.setattr(events, "append_all", refuses)
    with pytest.raises(Unavailable):
        await goes_on(world, 2)
    monkeypatch.setattr(events, "append_all", real)
    await goes_on(world, 2)
    assert len(await of_kind(world, EventKind.MISSED)) == 1
