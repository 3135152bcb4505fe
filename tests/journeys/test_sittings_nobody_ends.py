"""A sitting left to itself, over real sockets with the real recorder; only the clock is moved by hand."""

from functools import partial

import pytest

from mediation_server.domain.log import EventKind, first_break
from mediation_server.domain.recording import RecordingState
from mediation_server.domain.session import SessionState
from mediation_server.domain.sitting import Plan
from mediation_server.services.agenda import day_of
from mediation_server.services.keeping import keep
from mediation_server.services.opening import reopen
from mediation_server.services.scheduling import schedule
from mediation_server.store import matters
from recordings.bookkeeping import ServiceBooks
from recordings.factory import Recordings
from tests.recording_row import recording_of
from tests.room_world import MEDIATOR
from tests.signaling.browsers import eventually, served
from web.views.home import mediator_home


@pytest.fixture
async def server(tmp_path):
    async with served(tmp_path, tapes=tapes_of) as made:
        yield made


def tapes_of(world):
    return Recordings(world.directory / "recorded", world.clock, ServiceBooks(lambda: world.ctx))


async def is_sealed(world):
    found = await recording_of(world.ctx, world.session_id)
    return found is not None and found.state is RecordingState.SEALED


async def todo(world):
    summaries, agenda = await day_of(world.ctx, MEDIATOR, world.clock.now())
    return [(each.kind, each.href) for each in mediator_home(summaries, agenda, world.clock.now()).todo]


async def test_a_lost_party_is_waited_for_comes_back_and_the_mediator_resumes(server):
    world = server.world
    mediator, zhou, lin = await server.live(publish=False)
    await lin.close()
    await eventually(lambda: not world.seat("lin").connected)
    world.clock.advance(seconds=121)
    await eventually(lambda: (zhou.view["suspended"] or {}).get("reason") == "party_lost")
    assert zhou.view["suspended"]["missing"] == ["林若溪"]
    back = await server.come("lin")
    assert back.welcome["room"]["suspended"]["reason"] == "party_lost"
    await eventually(lambda: mediator.view["suspended"]["missing"] == [])
    assert (await mediator.ask("resume"))["ok"]
    await eventually(lambda: back.view["suspended"] is None)


async def test_a_suspension_nobody_ends_is_ended_sealed_and_waits_on_the_mediators_page(server):
    world = server.world
    mediator, zhou, lin = await server.live(publish=False)
    assert (await mediator.ask("suspend", {"reason": "休息"}))["ok"]
    world.clock.advance(seconds=30 * 60)
    await eventually(lambda: zhou.told("ended") and lin.told("ended") and mediator.told("ended"))
    assert zhou.told("ended") == [{"outcome": "suspended_too_long"}]
    assert mediator.told("ended")[0]["session"] == world.session_id
    await eventually(lambda: is_sealed(world))
    assert ("lapsed", f"/sessions/{world.session_id}") in await todo(world)

    matter_id = (await world.session()).matter_id
    async with world.ctx.db.reading() as tx:
        parties = frozenset(each.id for each in await matters.parties_of(tx, matter_id))
    await schedule(world.ctx, MEDIATOR, matter_id, Plan(world.clock.now(), 60, waived=parties))
    assert "lapsed" not in [kind for kind, _ in await todo(world)]


async def test_a_sitting_everybody_left_is_ended_and_sealed_after_a_restart(server):
    world = server.world
    people = await server.live(publish=False)
    for each in people:
        await each.close()
    await eventually(lambda: not any(seat.connected for seat in world.state.seats.values()))
    world.clock.advance(seconds=61)
    await eventually(lambda: world.state.suspended == "presider_lost")
    await world.ctx.rooms.close()
    await world.tapes.close()
    world.tapes = world.make_recorder = tapes_of(world)
    await world.restart()
    world.ctx.rooms.set_keeper(partial(keep, world.ctx))
    world.clock.advance(hours=3)
    await reopen(world.ctx)
    await eventually(lambda: is_sealed(world))
    log = await world.log()
    assert (await world.session()).state is SessionState.ENDED
    assert [each.payload["cause"] for each in log if each.kind is EventKind.ENDED] == ["suspended_too_long"]
    assert first_break(log) is None
