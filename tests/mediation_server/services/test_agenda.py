from dataclasses import replace

import pytest
from sqlalchemy import event

from mediation_server.domain.consent import ConsentItem
from mediation_server.domain.session import SessionKind
from mediation_server.domain.sitting import RequestKind
from mediation_server.services import inviting, joining
from mediation_server.services.agenda import day_of
from mediation_server.services.asking import ask
from mediation_server.services.matters import next_of
from mediation_server.services.safekeeping import set_safety
from mediation_server.store import sessions
from tests.room_world import MEDIATOR, room_world
from web.views.home import mediator_home

YES = {ConsentItem.ONLINE: True, ConsentItem.RECORDING_NOTICE: True}


@pytest.fixture
async def world(tmp_path):
    async with room_world(tmp_path) as made:
        yield made


async def here(world):
    _, (item,) = await day_of(world.ctx, MEDIATOR, world.clock.now())
    return {world.name(each) for each in item.here}


async def test_only_whoever_has_a_line_now_is_here_and_not_whoever_once_used_the_link(world):
    token = await inviting.issue(world.ctx, MEDIATOR, world.session_id, world.ids["lin"])
    await joining.enter(world.ctx, token, YES)
    assert await here(world) == set()
    await world.sit("lin")
    assert await here(world) == {"lin"}
    await world.lose("lin")
    assert await here(world) == set()


async def test_a_day_is_the_matters_and_the_agenda_and_asks_for_nothing_twice(world):
    asked = []
    event.listen(world.ctx.db._engine.sync_engine, "before_cursor_execute", lambda *said: asked.append(said[2:4]))
    (summary,), (item,) = await day_of(world.ctx, MEDIATOR, world.clock.now())
    assert len(set(map(str, asked))) == len(asked) > 0
    assert (summary.next_session.id, summary.sessions) == (world.session_id, 1)
    assert (item.session, item.matter) == (summary.next_session, summary.matter)


async def test_what_a_party_asks_for_stands_there_until_it_is_answered(world):
    async def kinds():
        _, agenda = await day_of(world.ctx, MEDIATOR, world.clock.now())
        return [each.kind for each in mediator_home([], agenda, world.clock.now()).todo]

    await inviting.issue_all(world.ctx, MEDIATOR, world.session_id)
    assert await kinds() == []
    async with world.ctx.db.reading() as tx:
        lin = await sessions.participant(tx, world.ids["lin"])
    await ask(world.ctx, lin, RequestKind.SAFETY, "")
    assert await kinds() == ["asked"]
    await set_safety(world.ctx, MEDIATOR, (await world.session()).matter_id, on=True)
    assert await kinds() == []


async def test_a_sitting_in_writing_is_not_overdue_within_its_period(world):
    async with world.ctx.db.transaction() as tx:
        session = replace(await sessions.session(tx, world.session_id), kind=SessionKind.ASYNC, minutes=3 * 1440)
        await sessions.save(tx, session)
    await inviting.issue_all(world.ctx, MEDIATOR, world.session_id)
    world.clock.advance(seconds=24 * 3600)
    _, agenda = await day_of(world.ctx, MEDIATOR, world.clock.now())
    assert mediator_home([], agenda, world.clock.now()).todo == ()
    assert next_of([session], world.clock.now()) == session
