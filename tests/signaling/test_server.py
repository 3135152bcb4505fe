import asyncio

import pytest
from socketio.exceptions import ConnectionError as NotConnected

from mediation_server.domain.ids import new_id
from mediation_server.store import seats
from tests.signaling.browsers import SDP, eventually


async def refused(browser, **how):
    """The code with which a connection is refused."""
    with pytest.raises(NotConnected):
        await browser.connect(**how)
    answer = browser.told("connect_error")[-1]
    return answer["data"]["code"] if isinstance(answer, dict) else "no_handshake"


async def test_hello_tells_all_a_page_needs(server):
    answer = (await server.come("zhou")).welcome
    assert set(answer) == {"ok", "room", "chat", "ice_servers", "resumed", "language"}
    assert (answer["room"]["place"], answer["chat"], answer["ice_servers"], answer["language"]) == (
        "lobby",
        [],
        [],
        "zh",
    )


async def test_the_language_is_the_one_chosen_on_the_pages_else_the_browsers(server):
    cookie = f"{await server.cookie('lin')}; prefs=language=en&theme="
    chosen = await server.come("lin", cookie=cookie, headers={"Accept-Language": "zh-CN"})
    assert chosen.welcome["language"] == "en"
    assert chosen.welcome["room"]["you"]["name"] == "Lin Ruoxi"
    other = await server.come("mediator", headers={"Accept-Language": "en-GB,en;q=0.9"})
    assert other.welcome["language"] == "en"


async def test_without_its_cookie_a_seat_opens_to_nobody(server):
    ids = server.world.ids
    assert await refused(server.browser("zhou"), cookie="seat_x=1") == "seat_invalid"
    assert await refused(server.browser("zhou"), seat=ids["lin"]) == "seat_invalid"
    assert await refused(server.browser("zhou"), seat=new_id()) == "seat_invalid"
    assert await refused(server.browser("mediator"), seat=ids["lin"]) == "seat_invalid"


@pytest.mark.parametrize(
    "auth", [None, {}, {"seat": 5}, {"seat": "x"}, {"seat": "x", "role": "mediator"}, ["seat"], "seat"]
)
async def test_a_connection_that_names_no_seat_is_refused(server, auth):
    assert await refused(server.browser("zhou"), auth=auth) == "bad_input"


async def test_a_key_that_was_revoked_meanwhile_opens_nothing(server):
    browser = await server.browser("zhou").connect()
    async with server.world.ctx.db.transaction() as tx:
        await seats.revoke_all_of(tx, [server.world.ids["zhou"]], server.world.clock.now())
    assert (await browser.hello())["error"] == "seat_invalid"


@pytest.mark.parametrize("origin", [False, "null", "https://evil.example", "http://127.0.0.1", "http://sub.127.0.0.1"])
async def test_a_foreign_or_missing_origin_is_refused_before_anything_else(server, origin):
    assert await refused(server.browser("zhou"), origin=origin) == "no_handshake"
    headers = {} if origin is False else {"Origin": origin}
    assert await server.get("EIO=4&transport=websocket", **headers) == (403, {"error": "foreign_origin"})


async def test_nobody_speaks_on_the_socket_of_another(server):
    browser = await server.come("zhou")
    status, answer = await server.get(f"EIO=4&transport=websocket&sid={browser.socket.eio.sid}", Origin=server.url)
    assert (status, answer) == (400, {"error": "bad_input"})
    assert (await browser.ask("hand", {"up": True}))["error"] == "not_in_room"


async def test_polling_is_not_spoken_here(server):
    async with __import__("aiohttp").ClientSession() as session:
        url = f"{server.url}/socket.io/?EIO=4&transport=polling"
        async with session.get(url, headers={"Origin": server.url}) as response:
            assert response.status == 400


async def test_before_hello_and_after_leaving_one_has_no_room(server):
    browser = await server.browser("zhou").connect()
    assert (await browser.ask("chat", {"text": "x"}))["error"] == "not_seated"
    await browser.hello()
    assert await browser.ask("leave") == {"ok": True}
    assert (await browser.ask("hand", {"up": True}))["error"] == "not_seated"


async def test_a_second_device_is_asked_and_the_first_is_told(server):
    first = await server.come("zhou")
    second = await server.browser("zhou").connect(cookie=await server.new_cookie("zhou"))
    assert (await second.hello())["error"] == "seat_taken"
    assert (await second.ask("hand", {"up": True}))["error"] == "not_seated"
    assert (await second.hello(take_over=True))["ok"]
    await eventually(lambda: first.told("taken_over") == [{}] and not first.socket.connected)


async def test_a_lost_line_is_noticed_and_a_reload_finds_the_seat(server):
    mediator, zhou, _ = await server.live()
    await zhou.socket.eio.disconnect(abort=True)
    await eventually(lambda: any(not each["connected"] for each in mediator.view["people"]))
    again = await server.come("zhou")
    assert again.welcome["room"]["place"] == "main"
    await eventually(lambda: all(each["connected"] for each in mediator.view["people"]))


async def test_events_of_one_browser_come_one_after_the_other(server):
    mediator, zhou, _ = await server.live()
    await asyncio.gather(*(zhou.ask("chat", {"text": str(number)}) for number in range(10)))
    await eventually(lambda: len(mediator.told("chat")) == 10)
    assert [line["text"] for line in mediator.told("chat")] == [str(number) for number in range(10)]


async def test_a_removed_person_is_told_cut_off_and_locked_out(server):
    mediator, zhou, lin = await server.live()
    answer = await mediator.ask("remove", {"participant": server.world.ids["zhou"], "reason": "辱骂对方"})
    assert answer == {"ok": True}
    await eventually(lambda: zhou.told("removed") == [{"reason": "辱骂对方"}] and not zhou.socket.connected)
    assert await refused(server.browser("zhou")) == "seat_invalid"
    assert server.world.hears("lin") == {"mediator", "recorder"}
    assert (await lin.ask("chat", {"text": "还在"}))["ok"]


async def test_whoever_does_not_go_when_told_is_cut(server):
    zhou = await server.come("zhou")
    zhou.socket.eio.handlers.pop("message")  # deaf to the goodbye
    await server.come("zhou")
    await eventually(lambda: zhou.socket.eio.state != "connected", "the cut")


async def test_negotiation_passes_through(server):
    _, _, lin = await server.live()
    await eventually(lambda: len(lin.told("offer")[-1]["tracks"]) == 4 if lin.told("offer") else False)
    offer = lin.told("offer")[-1]
    assert await lin.ask("subscribed", {"revision": offer["revision"], "sdp": SDP}) == {"ok": True}
    assert await lin.ask("trickle", {"direction": "up", "candidate": ""}) == {"ok": True}
    assert await lin.ask("resubscribe") == {"ok": True}
    await eventually(lambda: lin.told("offer")[-1]["revision"] > offer["revision"])
    refusal = await lin.ask("publish", {"sdp": "nonsense", "sources": {}})
    assert (refusal["error"], refusal["field"]) == ("bad_sdp", "sdp")


async def test_a_refusal_is_in_the_language_of_the_person(server):
    zhou = await server.come("zhou", headers={"Accept-Language": "en"})
    assert await zhou.ask("start") == {"error": "not_permitted", "message": "en:not_permitted:[]"}


async def test_what_is_missing_for_the_start_is_said(server):
    mediator = await server.come("mediator")
    answer = await mediator.ask("start")
    assert answer == {
        "error": "checklist_incomplete",
        "message": "zh:checklist_incomplete:['missing']",
        "field": "identity",
    }


async def test_the_room_goes_on_after_a_restart_of_the_server(server):
    await server.live()
    for browser in server.browsers:
        await browser.close()
    await server.world.restart()
    server.world.ctx.rooms.set_outlet(server.signaling.presence)
    mediator = await server.come("mediator")
    zhou = await server.come("zhou")
    assert (mediator.welcome["room"]["place"], zhou.welcome["room"]["place"]) == ("main", "main")
    assert server.world.recorders[-1].deeds[0] in ("begun", "resumed")
