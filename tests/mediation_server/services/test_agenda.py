import pytest

from mediation_server.domain.consent import ConsentItem
from mediation_server.services import inviting, joining
from mediation_server.services.agenda import agenda_of
from tests.room_world import MEDIATOR, room_world

YES = {ConsentItem.ONLINE: True, ConsentItem.RECORDING_NOTICE: True}


@pytest.fixture
async def world(tmp_path):
    async with room_world(tmp_path) as made:
        yield made


async def here(world):
    (item,) = await agenda_of(world.ctx, MEDIATOR, world.clock.now())
    return {world.name(each) for each in item.here}


async def test_only_whoever_has_a_line_now_is_here_and_not_whoever_once_used_the_link(world):
    token = await inviting.issue(world.ctx, MEDIATOR, world.session_id, world.ids["lin"])
    await joining.enter(world.ctx, token, YES)
    assert await here(world) == set()
    await world.sit("lin")
    assert await here(world) == {"lin"}
    await world.lose("lin")
    assert await here(world) == set()
