"""The court takes a matter back while people talk: two minutes, then the house ends the sitting."""

import pytest

from mediation_server.caseflow.port import Ack
from mediation_server.domain.log import EventKind, first_break
from mediation_server.domain.matter import MatterState, Outcome
from mediation_server.domain.people import Side
from mediation_server.domain.session import SessionState
from mediation_server.errors import Conflict
from mediation_server.services import caucusing, ending
from mediation_server.services.concluding import Closing
from mediation_server.services.keeping import keep
from mediation_server.services.opening import reopen
from mediation_server.services.receiving import receive
from mediation_server.store import matters, outbox
from tests.court_letters import letter
from tests.room_world import room_world


@pytest.fixture
async def world(tmp_path):
    async with room_world(tmp_path) as made:
        yield made


async def matter_of(world):
    async with world.ctx.db.reading() as tx:
        return await matters.matter(tx, (await world.session()).matter_id)


async def closed_by_court(world):
    matter = await matter_of(world)
    payload = {"manner": "01", "manner_name": "撤诉", "on": "2026-11-23"}
    message = letter(matter.ref, world.clock.now(), type="CaseClosed", business_key="x+closing", payload=payload)
    return await receive(world.ctx, message)


async def test_court_closure_ends_the_room(world):
    await world.live()
    assert isinstance(await closed_by_court(world), Ack)
    assert (await matter_of(world)).state is MatterState.RECALLED
    until = world.told("lin", "room")[-1]["recalled"]["until"]
    assert until == world.told("mediator", "room")[-1]["recalled"]["until"]
    world.clock.advance(seconds=119)
    await keep(world.ctx, world.room)
    assert world.hears("zhou") == {"lin", "mediator", "recorder"}  # there is time for a last word
    world.clock.advance(seconds=1)
    await keep(world.ctx, world.room)
    assert world.told("lin", "ended") == [{"outcome": "recalled"}]
    assert (await world.session()).state is SessionState.ENDED
    log = await world.log()
    assert [each.kind for each in log if each.kind in (EventKind.RECALLED, EventKind.ENDED)] == [
        EventKind.RECALLED,
        EventKind.ENDED,
    ]
    assert first_break(log) is None
    async with world.ctx.db.reading() as tx:
        held = [
            each for each in await outbox.messages_of(tx, (await matter_of(world)).id) if each.type == "SessionHeld"
        ]
    assert [each.payload["result"] for each in held] == ["technical"]


async def test_nothing_is_concluded_any_more_once_the_court_has_taken_the_matter_back(world):
    await world.live()
    await closed_by_court(world)
    with pytest.raises(Conflict, match="matter_state"):
        await ending.end(world.ctx, world.room, world.ids["mediator"], Closing(Outcome.AGREED, terms="各让一步"))
    assert (await world.session()).is_open


async def test_the_two_minutes_outlast_a_restart(world):
    await world.live()
    await closed_by_court(world)
    await world.restart()
    world.clock.advance(seconds=125)
    await reopen(world.ctx)
    await keep(world.ctx, world.room)
    assert (await world.session()).state is SessionState.ENDED


async def test_a_caucus_is_closed_with_it_and_the_waiting_side_learns_the_same(world):
    await world.live()
    await world.do(caucusing.open_caucus, "mediator", Side.APPLICANT, 10)
    await closed_by_court(world)
    assert world.told("lin", "room")[-1]["recalled"] == world.told("zhou", "room")[-1]["recalled"]
    world.clock.advance(seconds=121)
    await keep(world.ctx, world.room)
    kinds = [each.kind for each in await world.log()]
    assert kinds[-3:] == [EventKind.CAUCUS_CLOSED, EventKind.ENDED, EventKind.AUDIENCE_CHANGED]
