"""A sitting from the links to the end, over HTTP cookies and sockets, with everything real but the media."""

import asyncio

import pytest

from mediation_server.domain.consent import ConsentItem
from mediation_server.domain.log import EventKind, first_break
from mediation_server.domain.session import CHECKLIST, SessionState
from mediation_server.services import inviting, joining
from mediation_server.services.cookies import seat_cookie
from mediation_server.services.scheduling import cancel
from tests.room_world import MEDIATOR
from tests.signaling.browsers import SDP, eventually, served

YES = {ConsentItem.ONLINE: True, ConsentItem.RECORDING_NOTICE: True}


@pytest.fixture
async def server(tmp_path):
    async with served(tmp_path) as made:
        yield made


async def entered(server, name):
    """Follow the link as a party does, and sit down with the cookie it gave."""
    world = server.world
    token = await inviting.issue(world.ctx, MEDIATOR, world.session_id, world.ids[name])
    entry = await joining.enter(world.ctx, token, YES)
    server.cookies[name] = f"{seat_cookie(world.ids[name])}={entry.seat_token}"
    return await server.come(name)


async def done(browser, event, payload=None):
    answer = await browser.ask(event, payload)
    assert answer.get("ok") is True, (event, answer)
    return answer


async def on_air(browser):
    await done(browser, "publish", {"sdp": SDP, "sources": {"0": "microphone", "1": "camera"}})
    await done(browser, "devices", {"microphone": True, "camera": True})


async def test_from_the_lobby_to_the_outcome(server):
    world = server.world
    zhou, lin = await entered(server, "zhou"), await entered(server, "lin")
    assert (zhou.welcome["room"]["place"], zhou.welcome["room"]["session"]["state"]) == ("lobby", "lobby")
    await done(zhou, "device_report", {"camera": "ok", "microphone": "ok", "speaker": "ok", "network": "ok"})
    mediator = await server.come("mediator")
    waiting = {each["name"]: each for each in mediator.welcome["room"]["waiting"]}
    assert set(waiting) == {"周承安", "林若溪"}
    assert waiting["周承安"]["device"]["camera"] == "ok"

    for name in ("zhou", "lin"):
        await done(mediator, "verify", {"participant": world.ids[name], "verified": True})
    await done(mediator, "admit", {"participants": [world.ids["zhou"]]})
    await eventually(lambda: zhou.view["place"] == "main")
    assert lin.view["place"] == "lobby"
    assert (await mediator.ask("start"))["error"] == "checklist_incomplete"
    await done(mediator, "admit", {"participants": "all"})
    for item in CHECKLIST:
        await done(mediator, "check", {"item": item.value, "done": True})
    await done(mediator, "start")
    await asyncio.gather(*(on_air(each) for each in (mediator, zhou, lin)))
    assert world.hears("zhou") == {"mediator", "lin", "recorder"}
    await eventually(lambda: zhou.view["recording"]["state"] == "on")
    assert set(zhou.view["audience"]["people"]) == {"郑思远", "林若溪"}
    assert zhou.view["audience"]["recorder"] is True

    await done(mediator, "open_caucus", {"side": "applicant", "minutes": 10})
    await eventually(lambda: lin.view["place"] == "waiting" and zhou.view["place"] == "caucus")
    assert world.hears("mediator") == {"zhou"}
    heard = len(lin.heard)
    await done(zhou, "chat", {"text": "私下说", "caucus": zhou.view["caucus"]["since"]})
    await done(zhou, "hand", {"up": True})
    await eventually(lambda: mediator.told("chat"))
    again = await server.come("zhou")
    assert (again.welcome["room"]["place"], [line["text"] for line in again.welcome["chat"]]) == ("caucus", ["私下说"])
    assert lin.heard[heard:] == []
    await done(mediator, "close_caucus")
    await eventually(lambda: lin.view["place"] == "main")
    await on_air(again)
    assert world.hears("zhou") == {"mediator", "lin", "recorder"}

    answer = await done(mediator, "conclude", {"outcome": "agreed", "terms": "分六期归还八万六千元", "reasons": ""})
    assert answer["conclusion"]
    await eventually(lambda: lin.told("ended") == [{"outcome": "agreed"}])
    assert mediator.told("ended")[0]["session"] == world.session_id
    await eventually(lambda: mediator.told("sync") == [{"state": "pending"}])
    assert (await world.session()).state is SessionState.ENDED
    log = await world.log()
    assert first_break(log) is None
    kinds = [event.kind for event in log]
    for kind in (EventKind.STARTED, EventKind.CAUCUS_OPENED, EventKind.CAUCUS_CLOSED, EventKind.CONCLUDED):
        assert kinds.count(kind) == 1
    assert "私下说" not in str([event.payload for event in log])


async def test_a_removed_party_comes_back_only_through_a_new_link(server):
    zhou = await entered(server, "zhou")
    mediator = await server.come("mediator")
    await done(mediator, "admit", {"participants": "all"})
    await done(mediator, "remove", {"participant": server.world.ids["zhou"], "reason": "辱骂"})
    await eventually(lambda: not zhou.socket.connected)
    again = await entered(server, "zhou")
    assert again.welcome["room"]["place"] == "lobby"


async def test_a_cancelled_sitting_sends_everybody_home(server):
    zhou = await entered(server, "zhou")
    await cancel(server.world.ctx, MEDIATOR, server.world.session_id)
    await eventually(lambda: zhou.told("ended") == [{"outcome": "cancelled"}])
