"""Safety mode on the wire: whatever a browser of one side is told, nothing of the other side is in it."""

import json

import pytest

from mediation_server.domain.people import Side
from mediation_server.domain.safety import EXITS_APART
from mediation_server.services.safekeeping import set_safety
from mediation_server.store import exit_holds
from tests.room_world import MEDIATOR
from tests.signaling.browsers import SDP, eventually, served

PLACE = "云溪区调解中心三号房"
CHECKS = ("identity", "discipline", "rights", "sham_mediation", "recording", "address")


@pytest.fixture
async def server(tmp_path):
    async with served(tmp_path) as made:
        yield made


async def switch(server, *, on=True, first=Side.APPLICANT):
    matter_id = (await server.world.session()).matter_id
    return await set_safety(server.world.ctx, MEDIATOR, matter_id, on=on, first=first)


def words(browser):
    """All that one browser was ever told, as one text."""
    return json.dumps([browser.heard, browser.welcome], ensure_ascii=False)


def of(server, name):
    """What would betray somebody: name in both languages, and the id of the seat."""
    names = {"zhou": ("周承安", "Zhou"), "lin": ("林若溪", "Lin Ruoxi")}
    return (*names[name], server.world.ids[name])


async def asked(browser, event, payload=None):
    answer = await browser.ask(event, payload)
    assert answer.get("ok"), (event, answer)


async def alone_with(mediator, side):
    await asked(mediator, "open_caucus", {"side": side, "minutes": 10})


async def begun(server):
    """Everybody was admitted, each side was checked by itself, the sitting has started."""
    mediator, zhou, lin = [await server.come(name) for name in ("mediator", "zhou", "lin")]
    await asked(mediator, "admit", {"participants": "all"})
    for person, side in ((zhou, "applicant"), (lin, "respondent")):
        await alone_with(mediator, side)
        await asked(mediator, "verify", {"participant": server.world.ids[person.name], "verified": True})
        await asked(mediator, "close_caucus")
    for item in CHECKS:
        await asked(mediator, "check", {"item": item, "done": True})
    await asked(mediator, "start")
    return mediator, zhou, lin


async def test_from_coming_to_leaving_nothing_of_one_side_reaches_the_other(server):
    await switch(server)
    mediator, zhou, lin = await begun(server)
    for each in (mediator, zhou, lin):
        answer = await each.ask("publish", {"sdp": SDP, "sources": {"0": "microphone", "1": "camera"}})
        assert answer["ok"], answer
    for person, side in ((zhou, "applicant"), (lin, "respondent")):
        await alone_with(mediator, side)
        await asked(person, "devices", {"microphone": True, "camera": True})
        caucus = person.view["caucus"]["since"]
        await asked(person, "chat", {"text": f"我在{PLACE}", "caucus": caucus})
        await asked(person, "hand", {"up": True})
        await asked(mediator, "close_caucus")
    await asked(mediator, "suspend", {"reason": "休息"})
    await asked(mediator, "resume")
    await asked(mediator, "conclude", {"outcome": "continue", "terms": "", "reasons": "下次再谈"})
    await eventually(lambda: lin.told("ended") and zhou.told("ended"))
    for reader, other in ((lin, "zhou"), (zhou, "lin")):
        said = words(reader)
        assert not [each for each in of(server, other) if each in said]
        assert "对方当事人" in said
    assert PLACE in words(zhou)  # the detector sees what is there: each knows what they wrote themselves
    assert all(of(server, name)[which] in words(mediator) for name in ("zhou", "lin") for which in (0, 2))


async def test_without_it_both_know_each_other_so_the_test_above_can_fail(server):
    _, zhou, lin = await server.live()
    assert all(each in words(lin) for each in ("周承安", server.world.ids["zhou"]))
    assert "林若溪" in words(zhou)


async def test_the_joint_room_never_opens_and_whoever_waits_is_told_nothing_of_a_caucus_but_its_time(server):
    await switch(server)
    mediator, zhou, lin = await begun(server)
    assert (zhou.view["place"], lin.view["place"]) == ("waiting", "waiting")
    assert zhou.view["caucus"] is None
    await alone_with(mediator, "applicant")
    await eventually(lambda: zhou.view["place"] == "caucus")
    assert [each["name"] for each in zhou.view["people"]] == ["郑思远", "周承安"]
    assert [each["you"] for each in lin.view["people"]] == [False, True]
    assert lin.view["caucus"]["mine"] is False
    assert lin.view["safety"] is True


async def test_switched_on_in_the_middle_it_parts_those_who_sat_together_before_anything_else_is_said(server):
    world = server.world
    mediator, _, lin = await server.live()
    assert {"mediator", "lin"} <= world.hears("zhou")
    await switch(server)
    assert world.hears("zhou") == set()
    await eventually(lambda: lin.view["place"] == "waiting")
    assert "周承安" not in json.dumps(lin.view, ensure_ascii=False)
    assert (await mediator.ask("chat", {"text": "各位"}))["ok"]
    assert lin.told("chat") == []


async def test_one_side_leaves_and_the_other_stays_where_it_is_and_learns_nothing_yet(server):
    await switch(server, first=Side.RESPONDENT)
    mediator, zhou, lin = await begun(server)
    await asked(mediator, "conclude", {"outcome": "continue", "terms": "", "reasons": "下次再谈"})
    await eventually(lambda: lin.told("ended") and zhou.told("ended"))
    assert lin.told("ended") == [{"outcome": "continue"}]
    assert zhou.told("ended") == [{"outcome": "held"}]
    assert mediator.told("ended")[0]["outcome"] == "continue"
    async with server.world.ctx.db.reading() as tx:
        (hold,) = await exit_holds.of_session(tx, server.world.session_id)
    assert (hold.side, hold.until - hold.since) == (Side.APPLICANT, EXITS_APART)


async def test_without_safety_mode_nobody_stays(server):
    mediator, zhou, lin = await server.live()
    await asked(mediator, "conclude", {"outcome": "continue", "terms": "", "reasons": "下次再谈"})
    await eventually(lambda: lin.told("ended") and zhou.told("ended"))
    assert zhou.told("ended") == lin.told("ended") == [{"outcome": "continue"}]
