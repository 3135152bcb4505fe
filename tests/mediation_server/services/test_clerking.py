"""A clerk in a sitting: of this court alone, with a seat of their own, letting people in, in no caucus."""

from dataclasses import replace

import pytest

from mediation_server.domain.people import Permission, Role, Side
from mediation_server.domain.session import SessionKind, SessionState
from mediation_server.domain.signals import Signal
from mediation_server.domain.users import User
from mediation_server.errors import Conflict, NotFound, Refused
from mediation_server.rooms.decision import permitted
from mediation_server.rooms.state import Place
from mediation_server.services import caucusing, clerking, presiding, signalling
from mediation_server.services import demo_cast as cast
from mediation_server.services.demo_data import MATTER_1, SESSION_1
from mediation_server.store import matters, sessions, users
from tests.room_world import room_world

CLERK = User("clerk", "clerk", "田甜", "Tian Tian", Role.CLERK)


@pytest.fixture
async def world(tmp_path):
    """A sitting that has begun, and a clerk of its court who joins it."""
    async with room_world(tmp_path, cast=("mediator", "zhou", "lin", "wu")) as made:
        await made.live("zhou", "lin")
        async with made.ctx.db.transaction() as tx:
            matter = await matters.matter(tx, (await made.session()).matter_id)
            await users.add_without_password(tx, replace(CLERK, court=matter.court), made.clock.now())
        made.ids["clerk"] = await clerking.sit_as_clerk(made.ctx, replace(CLERK, court=matter.court), made.session_id)
        await made.sit("clerk")
        yield made


async def admitted(world):
    await world.do(presiding.admit, "mediator", [world.ids["clerk"]])


async def test_a_clerk_waits_to_be_let_in_and_then_sits_in_the_joint_room(world):
    assert world.seat("clerk").place is Place.LOBBY
    assert Permission.ADMIT not in permitted(world.room.state, world.ids["clerk"])
    await admitted(world)
    assert (world.seat("clerk").place, world.seat("clerk").participant.role) == (Place.MAIN, Role.CLERK)
    assert {"clerk", "lin"} <= world.hears("zhou")


async def test_once_let_in_a_clerk_lets_others_in_and_does_nothing_else_of_the_presiders(world):
    await admitted(world)
    await world.sit("wu")
    assert [each["participant"] for each in world.told("clerk", "room")[-1]["waiting"]] == [world.ids["wu"]]
    await world.do(presiding.admit, "clerk", [world.ids["wu"]])
    assert world.seat("wu").place is Place.MAIN
    with pytest.raises(Refused):
        await world.do(presiding.remove, "clerk", world.ids["zhou"], "不配合")
    with pytest.raises(Refused):
        await world.do(caucusing.open_caucus, "clerk", Side.APPLICANT, 10)


async def test_a_clerk_is_in_no_caucus_and_learns_nothing_from_it(world):
    await admitted(world)
    await world.do(caucusing.open_caucus, "mediator", Side.APPLICANT, 20)
    assert world.seat("clerk").place is Place.WAITING
    assert "clerk" not in world.hears("zhou")
    assert "clerk" not in world.hears("mediator")


async def test_a_clerk_in_the_room_sees_that_somebody_feels_unsafe_and_no_other_signal(world):
    await admitted(world)
    await world.do(caucusing.open_caucus, "mediator", Side.APPLICANT, 20)
    for what in (Signal.READY, Signal.UNSAFE):
        await world.do(signalling.signal, "lin", what, up=True)
    people = world.told("clerk", "room")[-1]["people"]
    assert [one["signal"] for each in people for one in each["signals"]] == ["unsafe"]


async def test_the_seat_is_the_same_each_time_and_after_a_restart(world):
    async with world.ctx.db.reading() as tx:
        user = await users.user(tx, CLERK.id)
    assert await clerking.sit_as_clerk(world.ctx, user, world.session_id) == world.ids["clerk"]
    await admitted(world)
    await world.restart()
    await world.sit("mediator")
    assert world.seat("clerk").participant.name == "田甜"


async def test_only_a_clerk_of_the_court_has_a_seat_there(demo):
    for user in (cast.FILING, demo.judge, demo.other_mediator, replace(cast.CLERK, court=cast.SHIQIAO)):
        with pytest.raises(NotFound):
            await clerking.sit_as_clerk(demo.ctx, user, SESSION_1)
    for foreign in ("x", MATTER_1):
        with pytest.raises(NotFound):
            await clerking.sit_as_clerk(demo.ctx, cast.CLERK, foreign)


async def test_there_is_none_in_writing_after_the_end_nor_for_a_third(demo):
    async def now(**changes):
        async with demo.ctx.db.transaction() as tx:
            await sessions.save(tx, replace(await sessions.session(tx, SESSION_1), **changes))

    first, second = [each for each in cast.USERS if each.role is Role.CLERK and each.court == cast.YUNXI][:2]
    third = replace(first, id="third", login="third")
    async with demo.ctx.db.transaction() as tx:
        await users.add_without_password(tx, third, demo.ctx.clock.now())
    for each in (first, second):
        await clerking.sit_as_clerk(demo.ctx, each, SESSION_1)
    with pytest.raises(Conflict, match="clerks_too_many"):
        await clerking.sit_as_clerk(demo.ctx, third, SESSION_1)
    await now(state=SessionState.ENDED)
    with pytest.raises(Conflict, match="session_over"):
        await clerking.sit_as_clerk(demo.ctx, third, SESSION_1)
    await now(kind=SessionKind.ASYNC)
    with pytest.raises(NotFound):
        await clerking.sit_as_clerk(demo.ctx, third, SESSION_1)
