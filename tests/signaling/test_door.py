"""At the door: a page with a link and no seat yet, which may enter over its socket and nothing else."""

import pytest
from socketio.exceptions import ConnectionError as ConnectionRefused

from mediation_server.errors import NotSignedIn
from mediation_server.services import inviting
from mediation_server.services.claiming import Claims
from mediation_server.services.cookies import seat_cookie
from mediation_server.services.joining import seat_of
from tests.court_world import eventually
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


async def test_the_view_of_whoever_takes_a_seat_comes_with_their_answer_alone(server, link):
    browser = await at_the_door(server, link)
    await browser.ask("enter", YES)
    welcome = await browser.hello()
    assert (welcome["room"]["place"], browser.told("room")) == ("lobby", [])


async def test_waiting_at_the_door_changes_nothing_and_opens_nothing(server, link):
    log = await server.world.log()
    browser = await at_the_door(server, link)
    said = {"hello": {"take_over": True}, "chat": {"text": "x"}, "publish": {"sdp": "v", "sources": {}}}
    for event, payload in said.items():
        assert (await browser.ask(event, payload))["error"] == "not_seated"
    assert await server.world.log() == log


async def prepared(server, link):
    """A browser at the door that has answered the offer it asked for."""
    browser = await at_the_door(server, link)
    assert await browser.ask("resubscribe") == {"ok": True}
    (offer,) = browser.told("offer")
    assert offer["tracks"] == {}
    assert await browser.ask("subscribed", {"revision": offer["revision"], "sdp": "v=0 answer"}) == {"ok": True}
    return browser


@pytest.mark.parametrize("there", [[], ["mediator"]])
async def test_a_connection_is_prepared_at_the_door_and_the_seat_is_taken_with_it(server, link, there):
    for name in there:
        await server.come(name)
    log = await server.world.log()
    browser = await prepared(server, link)
    assert await server.world.log() == log
    assert [kind for kind, _ in browser.heard] == ["offer"]
    assert (await browser.ask("enter", YES))["ok"]
    assert (await browser.hello())["ok"]
    engine = server.world.engine.rooms[server.world.session_id]
    assert [member for _, member in engine.seated] == [server.world.ids["lin"]]
    assert engine.guests == {}


async def test_nobody_in_the_room_is_told_that_somebody_prepares(server, link):
    mediator, zhou = await server.come("mediator"), await server.come("zhou")
    heard = [len(each.heard) for each in (mediator, zhou)]
    await prepared(server, link)
    assert [len(each.heard) for each in (mediator, zhou)] == heard


async def test_what_was_prepared_goes_with_whoever_goes_away(server, link):
    browser = await prepared(server, link)
    engine = server.world.engine.rooms[server.world.session_id]
    assert len(engine.guests) == 1
    await browser.close()
    await eventually(lambda: not engine.guests)


async def test_one_link_prepares_only_so_often(server, link):
    browser = await at_the_door(server, link)
    answers = []
    for _ in range(31):
        server.world.clock.advance(seconds=1)
        answers.append(await browser.ask("resubscribe"))
    assert answers == [{"ok": True}] * 30 + [answers[-1]]
    assert answers[-1]["error"] == "too_many"
    assert len(server.world.engine.rooms[server.world.session_id].guests) == 1


async def test_an_answer_to_nothing_is_refused_at_the_door(server, link):
    browser = await at_the_door(server, link)
    answer = {"revision": 1, "sdp": "v=0"}
    assert (await browser.ask("subscribed", answer))["error"] == "no_subscription"
    await server.come("zhou")
    assert (await browser.ask("subscribed", answer))["error"] == "no_subscription"


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
