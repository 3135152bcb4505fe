"""A link in other hands: over the real link, cookies and sockets, a second device gets nothing before it is let in."""

import pytest

from mediation_server.domain.consent import ConsentItem
from mediation_server.services import inviting, joining
from mediation_server.services.cookies import seat_cookie
from tests.room_world import MEDIATOR
from tests.signaling.browsers import SDP, eventually, served

YES = {ConsentItem.ONLINE: True, ConsentItem.RECORDING_NOTICE: True}


@pytest.fixture
async def server(tmp_path):
    async with served(tmp_path) as made:
        yield made


def person(browser, name):
    return next(each for each in browser.view["people"] if each["name"] == name)


async def test_a_link_used_twice_warns_the_mediator_and_the_second_device_gets_nothing_before_it_is_let_in(server):
    world = server.world
    lin = world.ids["lin"]
    token = await inviting.issue(world.ctx, MEDIATOR, world.session_id, lin)
    first = await joining.enter(world.ctx, token, YES)
    server.cookies["lin"] = f"{seat_cookie(lin)}={first.seat_token}"
    mediator, zhou, _ = await server.live()
    assert not person(mediator, "林若溪")["again"]

    again = await joining.enter(world.ctx, token, YES, held=lambda _: first.seat_token)
    assert again.seat_token == first.seat_token
    reloaded = await server.come("lin")
    assert reloaded.welcome["room"]["place"] == "main"
    assert not person(mediator, "林若溪")["again"]

    second = await joining.enter(world.ctx, token, YES)
    await eventually(lambda: person(mediator, "林若溪")["again"])
    stranger = await server.browser("lin").connect(cookie=f"{seat_cookie(lin)}={second.seat_token}")
    assert (await stranger.hello())["error"] == "seat_taken"
    answer = await stranger.hello(take_over=True)
    assert (answer["room"]["place"], answer["chat"], answer["room"]["waiting"]) == ("lobby", [], [])
    assert (await stranger.ask("publish", {"sdp": SDP, "sources": {"0": "microphone"}}))["ok"]
    await stranger.ask("devices", {"microphone": True})
    assert (await zhou.ask("chat", {"text": "这里只有我们"}))["ok"]
    assert world.hears("zhou") == {"mediator", "recorder"}
    assert world.hears("lin") == set()
    assert (await stranger.ask("chat", {"text": "喂"}))["error"] == "not_in_room"
    await eventually(lambda: [each["again"] for each in mediator.view["waiting"]] == [True])
    assert [stranger.told(kind) for kind in ("chat", "offer", "speaking")] == [[], [], []]

    assert (await mediator.ask("admit", {"participants": [lin]}))["ok"]
    await eventually(lambda: stranger.told("room") and stranger.view["place"] == "main")
    assert stranger.told("chat") == []
    assert world.hears("zhou") == {"mediator", "lin", "recorder"}
