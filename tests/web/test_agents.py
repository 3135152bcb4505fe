"""Agents over HTTP: a party names one, the agent brings the papers, the mediator reads them, the agent is in."""

import io
import re

import aiohttp
import pytest

from mediation_server.config import Settings
from mediation_server.services import demo_cast as cast
from mediation_server.services.demo_data import MATTER_1, MATTER_2
from tests import papers
from tests.web.forms_on_pages import forms_of

ZHOU, LIN = cast.PARTY_ACCOUNTS[:2]
OWN, CHECKED = f"/my/{MATTER_1}/agents", f"/matters/{MATTER_1}/agents"
SAID = {"kind": "relative", "name": "林小满", "phone": "16100000077", "authority": "special", "power_settle": "on"}


@pytest.fixture
def settings(tmp_path):
    return Settings(demo=True, data_dir=tmp_path / "data")


def linked(answer, action):
    """The fields of a form that are read with what is wrong with them."""
    (form,) = [each for each in forms_of(answer.text) if each.action == action]
    return {each.name for each in form.fields.values() if each.linked}


async def come(browser, user):
    assert (await browser.post(f"/demo/people/{user.id}")).status == 303


async def enter(browser, phone):
    """By a code, as a phone nobody knew before."""
    assert (await browser.post("/enter", {"phone": phone})).status == 303
    page = await browser.get("/demo/outbox")
    code = re.search(r"验证码(\d{6})", page.text)[1]
    assert (await browser.post("/enter/code", {"code": code})).status == 303


async def hand_in(browser, agency, paper):
    here = (await browser.post(f"{agency}/papers/{paper}")).location
    form = aiohttp.FormData()
    form.add_field("file", io.BytesIO(papers.photo(paper)), filename="a.jpg", content_type="image/jpeg")
    asked = browser._http.post(f"{here}/files", data=form, headers={"Sec-Fetch-Site": "same-origin"})
    async with asked as response:
        assert response.status < 400
    said = {"kind": "poa", "title": "授权委托书", "proves": "", "kept": "no"}
    assert (await browser.post(f"{here}/submit", said)).location == f"{here}/receipt"
    assert (await browser.get(f"{here}/receipt")).status == 200


async def test_an_agent_is_named_brings_papers_is_checked_and_is_in(site, browser, other_browser):
    await come(browser, LIN)
    assert (await browser.post(OWN, SAID)).status == 303
    page = (await browser.get(OWN)).text
    assert "林小满" in page
    assert "待核验" in page

    await enter(other_browser, "16100000077")
    mine = (await other_browser.get("/my")).text
    agency = re.search(r'href="(/my/agencies/[a-z0-9]{26})"', mine)[1]
    assert "周承安" not in mine
    assert (await other_browser.get(f"/my/{MATTER_1}")).status == 404
    for paper in ("power_of_attorney", "identity", "kinship"):
        await hand_in(other_browser, agency, paper)
    assert "材料已交齐" in (await other_browser.get(agency)).text

    await browser.become("mediator")
    assert "1名代理人的手续等您核验" in (await browser.get(f"/matters/{MATTER_1}")).text
    page = (await browser.get(CHECKED)).text
    act = re.search(r'action="(/matters/[^"]+/admit)"', page)[1]
    unread = await browser.post(act, {"paper_identity": "on"})
    assert (unread.status, "请逐项勾选已经核对的材料" in unread.text) == (400, True)
    assert 'name="paper_identity" checked' in unread.text
    assert linked(unread, act) >= {"paper_identity", "paper_kinship"}
    ticked = {f"paper_{each}": "on" for each in ("power_of_attorney", "identity", "kinship")}
    assert (await browser.post(act, ticked | {"power_settle": "on"})).status == 303
    assert "代理手续都已办理" in (await browser.get(f"/matters/{MATTER_1}")).text

    assert f'href="/my/{MATTER_1}"' in (await other_browser.get("/my")).text
    assert "您是林若溪的代理人" in (await other_browser.get(f"/my/{MATTER_1}")).text
    own = (await other_browser.get(OWN)).text
    assert "委托一名代理人" not in own
    assert "/dismiss" not in own


async def test_what_was_typed_about_an_agent_stays_beside_what_is_wrong(browser):
    await come(browser, LIN)
    answer = await browser.post(OWN, SAID | {"phone": "12"})
    assert answer.status == 400
    assert 'value="林小满"' in answer.text
    assert 'id="phone-error"' in answer.text
    assert 'name="power_settle" checked' in answer.text
    assert "您还没有委托代理人" in answer.text
    powerless = {name: each for name, each in SAID.items() if name != "power_settle"}
    assert linked(await browser.post(OWN, powerless | {"phone": "12"}), OWN) >= {"phone", "power_settle"}


async def test_papers_sent_back_say_why_on_the_page_of_whoever_brings_them(browser, other_browser):
    await come(browser, LIN)
    await browser.post(OWN, SAID)
    await enter(other_browser, "16100000077")
    agency = re.search(r'href="(/my/agencies/[a-z0-9]{26})"', (await other_browser.get("/my")).text)[1]
    await browser.become("mediator")
    act = re.search(r'action="(/matters/[^"]+/return)"', (await browser.get(CHECKED)).text)[1]
    assert (await browser.post(act, {"reason": ""})).status == 400
    assert (await browser.post(act, {"reason": "委托书没有签名"})).status == 303
    assert "委托书没有签名" in (await other_browser.get(agency)).text


async def test_a_dismissed_agent_is_out_at_once(browser, other_browser):
    await come(browser, cast.PARTY_ACCOUNTS[4])  # 平川保险
    await come(other_browser, cast.AGENT_2)
    assert (await other_browser.get(f"/my/{MATTER_2}")).status == 200
    act = re.search(r'action="(/my/[^"]+/dismiss)"', (await browser.get(f"/my/{MATTER_2}/agents")).text)[1]
    assert (await browser.post(act)).status == 303
    assert (await other_browser.get(f"/my/{MATTER_2}")).status == 404
    assert "已解除" in (await browser.get(f"/my/{MATTER_2}/agents")).text


@pytest.mark.parametrize("path", [OWN, CHECKED, f"{CHECKED}/x/admit", f"{OWN}/x/dismiss"])
async def test_the_other_side_and_strangers_find_nothing_there(browser, path):
    await come(browser, cast.PARTY_ACCOUNTS[6])
    assert (await browser.get(path)).status in (404, 405)
    assert (await browser.post(path)).status in (404, 405)
