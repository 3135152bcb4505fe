"""What somebody sends after their login has ended waits for them, for nobody else, and not for ever."""

import html
import re

import pytest

from mediation_server.services import demo_cast as cast
from mediation_server.services import unsent
from mediation_server.services.demo_data import SESSION_1
from tests.web.forms_on_pages import forms_of
from tests.web.test_enter import code_from_outbox

ZHOU, LIN = cast.PARTY_ACCOUNTS[:2]
ASK = f"/my/sittings/{SESSION_1}/ask"
TYPED = {"kind": "another_time", "text": "那天要上班，\n能不能改到周六？"}


@pytest.fixture
async def late(site, browser):
    """A party whose login has ended while they were writing."""
    await browser.post(f"/demo/people/{ZHOU.id}")
    site.clock.advance(hours=site.ctx.settings.login_hours + 1)
    return browser


async def test_it_is_there_after_the_code_from_the_phone_and_is_sent_as_it_was_typed(late, other_browser):
    await other_browser.become("judge")  # when somebody signs in, logins that are over are forgotten, but not at once
    door = await late.post(ASK, TYPED)
    assert door.location == "/enter?next=/unsent"
    assert "没有丢" in (await late.get(door.location)).text
    code_page = (await late.post("/enter", {"phone": ZHOU.phone, "next": "/unsent"})).location
    assert "没有丢" in (await late.get(code_page)).text
    entered = await late.post("/enter/code", {"code": await code_from_outbox(late), "next": "/unsent"})
    page = (await late.get(entered.location)).text
    assert TYPED["text"] in html.unescape(page)
    assert "another_time</blockquote>" not in page
    (form,) = [each for each in forms_of(page) if each.action == "/unsent/send"]
    on = await late.post("/unsent/send", form.filled())
    assert (on.status, on.location) == (307, ASK)
    assert (await late.post(on.location, form.filled())).status == 200
    assert (await late.get("/unsent")).location == "/home"


async def test_whoever_signs_in_next_at_the_same_device_sees_nothing_of_it(late):
    await late.post(ASK, TYPED)
    await late.post(f"/demo/people/{LIN.id}")
    assert (await late.get("/unsent")).location == "/home"
    assert (await late.post("/unsent/send", TYPED)).location == "/home"


async def test_it_can_be_let_go_and_nobody_finds_it_a_day_later(site, late):
    await late.post(ASK, TYPED)
    await late.post(f"/demo/people/{ZHOU.id}")
    assert (await late.post("/unsent/drop")).status == 303
    assert (await late.get("/unsent")).location == "/home"
    site.clock.advance(hours=site.ctx.settings.login_hours + 1)
    await late.post(ASK, TYPED)
    site.clock.advance(hours=24)
    await late.post(f"/demo/people/{ZHOU.id}")
    assert (await late.get("/unsent")).location == "/home"
    assert (await unsent.forget(site.ctx), await unsent.forget(site.ctx)) == (1, 0)


async def test_after_signing_out_or_without_any_login_nothing_is_kept(site, browser):
    await browser.post(f"/demo/people/{ZHOU.id}")
    (cookie,) = (await browser.post(f"/demo/people/{ZHOU.id}")).headers.getall("Set-Cookie")
    assert int(re.search(r"Max-Age=(\d+)", cookie)[1]) >= (site.ctx.settings.login_hours + 24) * 3600
    await browser.post("/logout")
    ended = {"Accept": "text/html", "Sec-Fetch-Site": "same-origin", "Cookie": cookie.split(";")[0]}
    assert (await browser.post(ASK, TYPED, ended)).status == 401
    await browser.post(f"/demo/people/{ZHOU.id}")
    assert (await browser.get("/unsent")).location == "/home"


async def test_a_script_is_told_as_before_and_no_password_is_kept(site, late):
    scripts = {"Accept": "*/*", "Sec-Fetch-Site": "same-origin"}
    assert (await late.post(ASK, TYPED, scripts)).status == 401
    await late.post(ASK, {**TYPED, "password": "geheim"})
    kept = await unsent.mine(site.ctx, ZHOU)
    assert dict(kept.fields) == TYPED
