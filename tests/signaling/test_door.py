"""At the door: a page with a link and no seat yet, which may enter over its socket and nothing else."""

import pytest
from socketio.exceptions import ConnectionError as ConnectionRefused

from mediation_server.errors import NotSignedIn
from mediation_server.services import inviting
from mediation_server.services.claiming import Claims
from mediation_server.services.cookies import seat_cookie
from mediation_server.services.joining import seat_of
from tests.doubles import FakeClock
from tests.room_world import MEDIATOR

DEVICES = {"camera": "ok", "microphone": "ok", "speaker": "unknown", "network": "ok"}
YES = {"consents": {"c2": True, "c4": True}, "devices": DEVICES}


@pytest.fixture
async def link(server):
    return await inviting.issue(server.world.ctx, MEDIATOR, server.world.session_id, server.world.ids["lin"])


async def at_the_door(server, link, cookie="none=1"):
    return await server.browser("lin").connect(auth={"link": link}, cookie=cookie)


async def test_entering_by_the_line_is_one_message_and_hello_may_follow_at_once(server, link):
    world, lin = server.world, server.world.ids["lin"]
    browser = await at_the_door(server, link)
    entered = await browser.ask("enter", YES)
    assert entered["seat"] == lin
    welcome = await browser.hello()
    assert (welcome["room"]["place"], welcome["room"]["you"]["name"]) == ("lobby", "林若溪")

    key = world.ctx.claims.redeem(world.clock, lin, entered["ticket"])
    assert (await seat_of(world.ctx, lin, key)).id == lin
    with pytest.raises(NotSignedIn):
        world.ctx.claims.redeem(world.clock, lin, entered["ticket"])
    reloaded = await server.browser("lin").connect(cookie=f"{seat_cookie(lin)}={key}")
    assert (await reloaded.hello())["ok"]


async def test_waiting_at_the_door_changes_nothing_and_opens_nothing(server, link):
    log = await server.world.log()
    browser = await at_the_door(server, link)
    said = {"hello": {"take_over": True}, "chat": {"text": "x"}, "publish": {"sdp": "v", "sources": {}}}
    for event, payload in said.items():
        assert (await browser.ask(event, payload))["error"] == "not_seated"
    assert await server.world.log() == log


async def test_what_the_form_refuses_the_line_refuses_and_one_may_try_again(server, link):
    browser = await at_the_door(server, link)
    assert (await browser.ask("enter", {**YES, "consents": {"c2": True}}))["error"] == "consent_required"
    assert (await browser.ask("enter", {**YES, "consents": {"c2": True, "c4": False}}))["error"] == "bad_input"
    assert (await browser.ask("hello", {"take_over": False}))["error"] == "not_seated"
    assert (await browser.ask("enter", YES))["ok"]
    assert (await browser.ask("enter", YES))["error"] == "not_seated"


async def test_a_link_revoked_while_somebody_waits_opens_nothing(server, link):
    browser = await at_the_door(server, link)
    await inviting.revoke(server.world.ctx, MEDIATOR, server.world.session_id, server.world.ids["lin"])
    assert (await browser.ask("enter", YES))["error"] == "link_invalid"
    assert (await browser.hello())["error"] == "not_seated"


@pytest.mark.parametrize("auth", [{"link": "x" * 43}, {"link": ""}, {"link": None}, {}, {"link": "a", "seat": "b"}])
async def test_an_unknown_link_is_refused_at_the_door(server, auth):
    with pytest.raises(ConnectionRefused):
        await server.browser("lin").connect(auth=auth, cookie="none=1")


async def test_whoever_sits_already_cannot_enter(server):
    browser = await server.come("zhou")
    assert (await browser.ask("enter", YES))["error"] == "not_seated"


def test_a_ticket_is_for_its_seat_and_a_minute():
    claims, clock = Claims(), FakeClock()
    for participant, wait in (("another", 0), ("lin", 61)):
        ticket = claims.issue(clock, "lin", "key")
        clock.advance(seconds=wait)
        with pytest.raises(NotSignedIn):
            claims.redeem(clock, participant, ticket)
    tickets = [claims.issue(clock, "lin", str(number)) for number in range(1_001)]
    with pytest.raises(NotSignedIn):
        claims.redeem(clock, "lin", tickets[0])
    assert claims.redeem(clock, "lin", tickets[-1]) == "1000"
