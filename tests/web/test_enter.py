"""Parties come in by a code sent to their phone, and land where their matters are."""

import html
import re

import pytest

from mediation_server.services import demo_cast as cast
from web.i18n import load_catalogue

ZH = load_catalogue("zh")
ZHOU = "16100000011"


async def code_from_outbox(browser):
    page = (await browser.get("/demo/outbox")).text
    return re.search(r"验证码(\d{6})", page)[1]


async def test_a_party_comes_in_with_the_phone_and_sees_the_own_matters(browser):
    assert (await browser.get("/my")).location == "/enter?next=/my"
    sent = await browser.post("/enter", {"phone": ZHOU, "next": "/my"})
    assert (sent.status, sent.location) == (303, "/enter/code?next=/my")
    assert ZHOU not in (await browser.get(sent.location)).text
    assert "161****0011" in (await browser.get(sent.location)).text
    entered = await browser.post("/enter/code", {"code": await code_from_outbox(browser), "next": "/my"})
    assert (entered.status, entered.location) == (303, "/my")
    page = (await browser.get("/my")).text
    assert "民间借贷纠纷" in page
    assert "物业服务合同纠纷" not in page
    assert (await browser.get("/home")).location == "/my"
    assert (await browser.get("/")).location == "/home"


@pytest.mark.parametrize(("phone", "code"), [("1610000001", "mobile_form"), ("12368", "phone_service")])
async def test_a_wrong_phone_is_said_beside_the_field_and_kept(browser, phone, code):
    answer = await browser.post("/enter", {"phone": phone})
    assert answer.status == 400
    assert ZH[f"error.{code}"] in html.unescape(answer.text)
    assert f'value="{phone}"' in answer.text


async def test_a_wrong_code_is_said_beside_the_field(browser):
    await browser.post("/enter", {"phone": ZHOU})
    answer = await browser.post("/enter/code", {"code": "x"})
    assert (answer.status, ZH["error.bad_code"] in answer.text) == (401, True)
    assert "Set-Cookie" not in answer.headers


async def test_nobody_is_sent_elsewhere_after_signing_in(browser):
    await browser.post("/enter", {"phone": ZHOU})
    code = await code_from_outbox(browser)
    assert (await browser.post("/enter/code", {"code": code, "next": "//evil.example"})).location == "/my"


async def test_without_a_code_on_its_way_the_phone_is_asked_first(browser):
    assert (await browser.get("/enter/code")).location == "/enter?next=/my"


@pytest.mark.parametrize("person", [cast.PARTY_ACCOUNTS[0], cast.FILING], ids=["party", "staff"])
async def test_the_demo_signs_in_as_anybody_of_the_cast(browser, person):
    assert f"/demo/people/{person.id}" in (await browser.get("/demo")).text
    assert (await browser.post(f"/demo/people/{person.id}")).location == "/home"
    page = await browser.get("/my")
    assert page.status == (200 if person in cast.PARTY_ACCOUNTS else 404)
    assert (await browser.post("/demo/people/nobody")).status == 404


async def test_a_party_reaches_nothing_of_the_staffs(browser):
    await browser.post(f"/demo/people/{cast.PARTY_ACCOUNTS[0].id}")
    matter = re.search(r"/matters/\w+", (await browser.get("/my")).text)
    assert matter is None
    for path in ("/statistics", "/statistics/metrics"):
        assert (await browser.get(path)).status in (403, 404), path
