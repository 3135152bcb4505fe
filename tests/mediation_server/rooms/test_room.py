import asyncio
import random

import pytest

from mediation_server.domain.log import EventKind, first_break
from mediation_server.domain.people import Side
from mediation_server.errors import MediationError, Unavailable
from mediation_server.media.engine import DataUse, MemberQuality, Watching
from mediation_server.rooms.room import empty_state
from mediation_server.rooms.state import Place
from mediation_server.rooms.state_folds import folded
from mediation_server.rooms.visibility import audience_of
from mediation_server.services import attending, caucusing, chatting, presiding, publishing, suspending
from mediation_server.services.keeping import keep
from mediation_server.services.opening import room_of
from tests.court_world import eventually
from tests.room_world import CAMERA, MIC, SCREEN, room_world

CAST = ("mediator", "zhou", "agent", "lin")


@pytest.fixture
async def world(tmp_path):
    async with room_world(tmp_path, cast=CAST) as made:
        yield made


async def test_two_who_come_at_once_come_into_the_same_room(world):
    rooms = await asyncio.gather(*(room_of(world.ctx, world.session_id) for _ in range(5)))
    assert len({id(room) for room in rooms}) == 1
    assert list(world.engine.rooms) == [world.session_id]


async def test_a_server_that_stops_opens_nothing_and_seals_what_it_has(world):
    await world.live("zhou", "lin")
    await world.ctx.rooms.close()
    await world.ctx.rooms.close()
    assert world.recorders[0].deeds == ["begun", "finish"]
    assert set(world.connections.values()) <= set(world.ears.ended)
    assert world.engine.rooms == {}
    with pytest.raises(Unavailable):
        await room_of(world.ctx, world.session_id)


async def test_voices_are_told_as_they_come_and_go(world):
    await world.live("zhou", "lin")
    world.engine.says(world.session_id, world.ids["zhou"], speaking=True)
    await eventually(lambda: world.told("lin", "speaking") == [{"participants": [world.ids["zhou"]]}])
    world.engine.says(world.session_id, world.ids["zhou"], speaking=False)
    await eventually(lambda: world.told("lin", "speaking")[-1] == {"participants": []})


async def test_words_are_logged_by_the_clock_when_nobody_does_anything(world):
    await world.live("zhou", "lin")
    world.engine.says(world.session_id, world.ids["zhou"], speaking=True)
    world.clock.advance(seconds=3)
    world.engine.says(world.session_id, world.ids["zhou"], speaking=False)
    await keep(world.ctx, world.room)
    assert not [event for event in await world.log() if event.kind is EventKind.SPOKE]
    world.clock.advance(seconds=6)
    await keep(world.ctx, world.room)
    [spoke] = [event for event in await world.log() if event.kind is EventKind.SPOKE]
    assert spoke.payload == {"participant": world.ids["zhou"], "from_ms": 1_000, "to_ms": 4_000}


async def test_the_quality_of_a_line_is_told_to_who_sees_that_person(world):
    await world.live("zhou", "lin")
    lines = world.engine.rooms[world.session_id].quality
    lines[world.ids["zhou"]] = MemberQuality(0.1, 0.0, 50, 0, 0)
    lines[world.ids["lin"]] = MemberQuality(0.0, 0.0, 50, 0, 0)
    await keep(world.ctx, world.room)
    await keep(world.ctx, world.room)
    assert world.told("lin", "quality") == [{"levels": {world.ids["zhou"]: "weak"}, "own": "good", "voices_only": []}]
    await world.do(caucusing.open_caucus, "mediator", Side.APPLICANT, 5)
    lines[world.ids["zhou"]] = MemberQuality(0.5, 0.0, 50, 0, 0)
    await keep(world.ctx, world.room)
    assert world.told("lin", "quality")[-1] == {"levels": {}, "own": "good", "voices_only": []}
    assert world.told("mediator", "quality")[-1]["levels"][world.ids["zhou"]] == "lost"


async def test_a_line_without_pictures_is_told_to_its_owner_and_the_mediator_and_logged(world):
    await world.live("zhou", "lin")
    lines, zhou = world.engine.rooms[world.session_id].quality, world.ids["zhou"]
    lines[zhou] = MemberQuality(0.0, 0.0, 50, 0, 0, pictures=False)
    await keep(world.ctx, world.room)
    assert world.told("zhou", "quality")[-1]["voices_only"] == [zhou]
    assert world.told("mediator", "quality")[-1]["voices_only"] == [zhou]
    assert world.told("lin", "quality")[-1]["voices_only"] == []
    lines[zhou] = MemberQuality(0.0, 0.0, 50, 0, 0)
    await keep(world.ctx, world.room)
    await keep(world.ctx, world.room)
    assert world.told("mediator", "quality")[-1]["voices_only"] == []
    logged = [each for each in await world.log() if each.kind.value.startswith("pictures_")]
    assert [(each.kind.value, each.payload["participant"]) for each in logged] == [
        ("pictures_held", zhou),
        ("pictures_back", zhou),
    ]


async def test_what_is_looked_at_reaches_the_engine(world):
    await world.live("zhou", "lin")
    watching = Watching({(world.ids["lin"], CAMERA): 180}, DataUse.LOW)
    await publishing.look(world.room, world.ids["zhou"], watching)
    assert world.engine.rooms[world.session_id].watching == {world.ids["zhou"]: watching}


def wish(world, dice):
    """Something somebody might ask for, sensible or not."""
    name, other = dice.choice(CAST), world.ids[dice.choice(CAST)]
    return dice.choice(
        [
            lambda: world.sit(name, device=dice.choice(["laptop", "phone"]), take_over=dice.random() < 0.5),
            lambda: world.publish(name),
            lambda: world.lose(name),
            lambda: world.do(attending.leave, name),
            lambda: world.do(attending.switch, name, {dice.choice([MIC, CAMERA, SCREEN]): dice.random() < 0.7}),
            lambda: world.do(attending.raise_hand, name, up=dice.random() < 0.5),
            lambda: world.do(chatting.write, name, "一句话"),
            lambda: world.do(chatting.write, name, "悄悄话", caucus=world.room.state.caucus_at),
            lambda: world.do(presiding.admit, "mediator", None),
            lambda: world.do(presiding.admit, "mediator", None),
            lambda: world.do(presiding.to_lobby, "mediator", other),
            lambda: world.do(presiding.mute, "mediator", other, MIC, locked=dice.random() < 0.3),
            lambda: world.do(presiding.unlock, "mediator", other, MIC),
            lambda: world.do(presiding.lock, "mediator", locked=dice.random() < 0.3),
            lambda: world.do(caucusing.open_caucus, "mediator", dice.choice([Side.APPLICANT, Side.RESPONDENT]), 5),
            lambda: world.do(caucusing.open_caucus, "mediator", dice.choice([Side.APPLICANT, Side.RESPONDENT]), 5),
            lambda: world.do(caucusing.close_caucus, "mediator"),
            lambda: world.do(suspending.suspend, "mediator", "休息"),
            lambda: world.do(suspending.resume, "mediator"),
            lambda: keep(world.ctx, world.room),
        ]
    )()


@pytest.mark.parametrize("seed", range(4))
async def test_however_commands_interleave_the_room_holds(world, seed):
    """Everybody asks at once; the fence never grants what the committed state does not (T14, T22)."""
    await world.live("zhou", "agent", "lin")
    granted_too_much = []

    def watch(_room, audience):
        allowed = audience_of(world.state)
        granted_too_much.extend(
            (sender, each) for sender, heard in audience.items() for each in heard if each not in allowed[sender]
        )

    world.engine.watch = watch
    dice = random.Random(seed)
    for _ in range(25):
        answers = await asyncio.gather(*(wish(world, dice) for _ in range(6)), return_exceptions=True)
        assert [each for each in answers if isinstance(each, Exception) and not isinstance(each, MediationError)] == []
        assert world.engine.rooms[world.session_id].audience == audience_of(world.state)
    assert granted_too_much == []
    log = await world.log()
    assert first_break(log) is None
    people = [seat.participant for seat in world.state.seats.values()]
    assert folded(empty_state(await world.session(), people), log) == world.state
    assert all(
        (seat.place is Place.CAUCUS) <= (world.state.caucus_id is not None) for seat in world.state.seats.values()
    )


async def test_a_command_waits_for_the_rooms_turn(world):
    await world.live("zhou", "lin")
    log = await world.log()
    async with world.room.turn:
        asked = asyncio.create_task(world.do(attending.raise_hand, "zhou", up=True))
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.shield(asked), 0.2)
        assert await world.log() == log
    await asked
    assert world.seat("zhou").hand_at is not None


async def test_a_command_is_carried_through_when_whoever_asked_goes_away(world):
    await world.live("zhou", "lin")
    async with world.room.turn:
        asked = asyncio.create_task(world.do(attending.raise_hand, "zhou", up=True))
        await asyncio.sleep(0)
        asked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asked
    await eventually(lambda: world.seat("zhou").hand_at is not None)
