"""What somebody sends after their login has ended waits for them, for nobody else, and not for ever."""

import html
import re

import pytest
from yarl import URL

from mediation_server.services import demo_cast as cast
from mediation_server.services import unsent
from mediation_server.services.demo_data import MATTER_1, SESSION_1
from tests.web.forms_on_pages import forms_of
from tests.web.test_enter import code_from_outbox

ZHOU, LIN = cast.PARTY_ACCOUNTS[:2]
ASK = f"/my/sittings/{SESSION_1}/ask"
PRESS = f"/my/{MATTER_1}/period/ask"
TYPED = {"kind": "another_time", "text": "那天要上班，\n能不能改到周六？"}


@pytest.fixture
async def late(site, browser):
    """A party whose login has ended while they were writing."""
    await browser.post(f"/demo/people/{ZHOU.id}")
    site.clock.advance(hours=site.ctx.settings.login_hours + 1)
    return browser


async def shown(browser):
    """The forms about what is kept, by what they do."""
    return ours((await browser.get("/unsent")).text)


def ours(page):
    forms = [each for each in forms_of(page) if each.action.startswith("/unsent/")]
    return {each.action[8:12]: each for each in forms}


async def on_its_way(late):
    """Sign in again and send what is kept; the answer that leads on, and the fields."""
    await late.post(f"/demo/people/{ZHOU.id}")
    send = (await shown(late))["send"]
    return await late.post(send.action, send.filled()), send.filled()


def followed(browser):
    """The mark of the form that is on its way from here; empty when nothing is."""
    return next((each.value for each in browser._http.cookie_jar if each.key == "form"), "")


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
    send = ours(page)["send"]
    on = await late.post(send.action, send.filled())
    assert (on.status, URL(on.location).path) == (307, ASK)
    assert (await late.get("/unsent")).status == 200  # nobody knows yet whether it arrives
    assert (await late.post(on.location, send.filled())).status == 200
    assert (await late.get("/unsent")).location == "/home"


async def test_whoever_signs_in_next_at_the_same_device_sees_nothing_of_it(late):
    await late.post(ASK, TYPED)
    await late.post(f"/demo/people/{LIN.id}")
    assert (await late.get("/unsent")).location == "/home"
    assert (await late.post("/unsent/send", TYPED)).location == "/unsent"


async def test_it_can_be_let_go_and_nobody_finds_it_a_day_later(site, late):
    await late.post(ASK, TYPED)
    await late.post(f"/demo/people/{ZHOU.id}")
    assert (await late.post("/unsent/drop")).status == 303
    assert (await late.get("/unsent")).status == 200  # of which form the press was is not said
    assert (await late.post((await shown(late))["drop"].action)).location == "/home"
    assert (await late.get("/unsent")).location == "/home"
    site.clock.advance(hours=site.ctx.settings.login_hours + 1)
    await late.post(ASK, TYPED)
    site.clock.advance(hours=24)
    await late.post(f"/demo/people/{ZHOU.id}")
    assert (await late.get("/unsent")).location == "/home"
    assert (await unsent.forget(site.ctx), await unsent.forget(site.ctx)) == (1, 0)


async def test_after_signing_out_or_without_any_login_nothing_is_kept(site, browser):
    over, cookie = [
        (await browser.post(f"/demo/people/{ZHOU.id}")).headers.getall("Set-Cookie")[0].split(";")[0] for _ in range(2)
    ]
    await browser.post("/logout")
    site.clock.advance(hours=site.ctx.settings.login_hours + 1)
    by_hand = {"Accept": "text/html", "Sec-Fetch-Site": "same-origin"}
    for of_nobody in ({}, {"Cookie": cookie}):
        assert (await browser.post(ASK, TYPED, by_hand | of_nobody)).status == 401
        assert await unsent.mine(site.ctx, ZHOU) is None
    # the other login has merely ended
    assert (await browser.post(ASK, TYPED, by_hand | {"Cookie": over})).location == "/enter?next=/unsent"
    assert dict((await unsent.mine(site.ctx, ZHOU)).fields) == TYPED


async def test_the_cookie_outlives_its_login_by_a_day(site, browser):
    (cookie,) = (await browser.post(f"/demo/people/{ZHOU.id}")).headers.getall("Set-Cookie")
    assert int(re.search(r"Max-Age=(\d+)", cookie)[1]) >= (site.ctx.settings.login_hours + 24) * 3600


async def test_a_script_is_told_as_before_and_no_password_is_kept(site, late):
    scripts = {"Accept": "*/*", "Sec-Fetch-Site": "same-origin"}
    assert (await late.post(ASK, TYPED, scripts)).status == 401
    assert await unsent.mine(site.ctx, ZHOU) is None
    await late.post(ASK, {**TYPED, "password": "geheim"})
    kept = await unsent.mine(site.ctx, ZHOU)
    assert dict(kept.fields) == TYPED


async def test_what_is_refused_where_it_was_going_stays(late):
    await late.post(ASK, {"kind": "neither", "text": "写了很久的话"})
    await late.post(f"/demo/people/{ZHOU.id}")
    send = (await shown(late))["send"]
    on = await late.post(send.action, send.filled())
    assert (await late.post(on.location, send.filled())).status == 400
    assert "写了很久的话" in (await late.get("/unsent")).text


async def test_a_press_of_a_button_neither_takes_the_place_of_what_was_written_nor_is_repeated_unseen(site, late):
    await late.post(ASK, TYPED)
    site.clock.advance(seconds=60)
    door = (await late.post(PRESS, {"days": "5"})).location
    assert door == "/enter?next=/unsent%3Falso%3Dyes"
    assert "没有丢" in (await late.get(door)).text
    assert dict((await unsent.mine(site.ctx, ZHOU)).fields) == TYPED
    await late.post(f"/demo/people/{ZHOU.id}")
    told, plain = [(await late.get(path)).text for path in ("/unsent?also=yes", "/unsent")]
    assert ("操作没有生效" in told, "操作没有生效" in plain) == (True, False)
    site.clock.advance(hours=site.ctx.settings.login_hours + 1)
    site.clock.advance(hours=24)  # what was written lasts no more, so it gives way
    await late.post(f"/demo/people/{ZHOU.id}")
    site.clock.advance(hours=site.ctx.settings.login_hours + 1)
    await late.post(PRESS, {"days": "5"})
    await late.post(f"/demo/people/{ZHOU.id}")
    page = (await late.get("/unsent")).text
    assert list(ours(page)) == ["drop"]
    drop = ours(page)["drop"]
    assert "没有生效" in page
    assert re.search(r"<dd[^>]*>5</dd>", page)  # a short answer is shown, at least
    assert (await late.post(drop.action.replace("drop", "send"), {"days": "5"})).location == "/unsent"


async def test_what_is_refused_on_its_way_is_corrected_there_and_gone_once_it_is_taken(site, late):
    await late.post(ASK, {**TYPED, "kind": "neither"})
    await late.post(f"/demo/people/{ZHOU.id}")
    send = (await shown(late))["send"]
    on = await late.post(send.action, send.filled())
    assert (await late.post(on.location, send.filled())).status == 400
    assert (await late.post(ASK, TYPED)).status == 200
    assert await unsent.mine(site.ctx, ZHOU) is None


async def test_a_form_is_followed_for_minutes_only_and_another_that_is_sent_leaves_it(site, late):
    await late.post(ASK, TYPED)
    on, fields = await on_its_way(late)
    (cookie,) = on.headers.getall("Set-Cookie")
    assert int(re.search(r"Max-Age=(\d+)", cookie)[1]) == 15 * 60
    kept = await unsent.mine(site.ctx, ZHOU)
    assert (await late.post(PRESS, {"days": "5"})).status == 303
    assert await unsent.mine(site.ctx, ZHOU) == kept
    assert followed(late) == kept.mark
    assert (await late.post(on.location, fields)).status == 200
    assert await unsent.mine(site.ctx, ZHOU) is None
    assert followed(late) == ""


async def test_what_was_let_go_is_followed_no_more(late):
    await late.post(ASK, TYPED)
    await on_its_way(late)
    drop = (await shown(late))["drop"]
    assert followed(late) in drop.action
    await late.post(drop.action, drop.filled())
    assert followed(late) == ""


async def test_what_was_dropped_elsewhere_is_followed_no_more(site, late):
    await late.post(ASK, TYPED)
    await on_its_way(late)
    await unsent.drop(site.ctx, ZHOU, followed(late))
    assert followed(late)
    await late.post(PRESS, {"days": "5"})
    assert followed(late) == ""


async def test_a_newer_form_is_followed_in_place_of_the_one_that_never_arrived(site, late):
    await late.post(ASK, {**TYPED, "kind": "neither"})
    await on_its_way(late)
    first = followed(late)
    site.clock.advance(hours=site.ctx.settings.login_hours + 1)
    await late.post(ASK, TYPED)
    on, fields = await on_its_way(late)
    assert followed(late) not in ("", first)
    drop_first = f"/unsent/drop?kept={first}"
    assert (await late.post(drop_first)).location == "/home"  # a page left open from before changes nothing
    assert (await late.post(on.location, fields)).status == 200
    assert await unsent.mine(site.ctx, ZHOU) is None


async def test_what_was_taken_was_taken_whatever_becomes_of_what_is_kept(site, late, monkeypatch, caplog):
    await late.post(ASK, TYPED)
    await late.post(f"/demo/people/{ZHOU.id}")
    send = (await shown(late))["send"]
    on = await late.post(send.action, send.filled())

    async def gone(*_, **__):
        raise OSError("the database is away")

    monkeypatch.setattr(unsent, "drop", gone)
    assert (await late.post(on.location, send.filled())).status == 200
    assert "still kept" in caplog.text


@pytest.mark.parametrize("words", ["Saturday.", "Lin", "10:30", "2026-11-27", "1.5"])
async def test_a_short_answer_is_one_too(late, words):
    await late.post(ASK, {**TYPED, "text": words})
    await late.post(f"/demo/people/{ZHOU.id}")
    page = (await late.get("/unsent")).text
    assert f"{words}</blockquote>" in page
    assert list(ours(page)) == ["send", "drop"]


@pytest.mark.parametrize("nothing", [{}, {"text": ""}, {"password": "geheim"}])
async def test_a_form_with_nothing_in_it_is_not_kept(site, late, nothing):
    assert (await late.post(ASK, nothing)).status == 401
    assert await unsent.mine(site.ctx, ZHOU) is None


@pytest.mark.parametrize("press", ["send", "drop"])
async def test_the_page_left_open_until_its_login_ends_too_loses_nothing_and_leads_to_the_own_door(site, late, press):
    await late.post(ASK, TYPED)
    site.clock.advance(hours=1)
    await late.post(f"/demo/people/{ZHOU.id}")
    forms = await shown(late)
    site.clock.advance(hours=site.ctx.settings.login_hours + 1)
    assert (await late.post(forms[press].action, forms[press].filled())).location == "/enter?next=/unsent"
    assert (await late.get("/unsent")).location == "/enter?next=/unsent"
    kept = await unsent.mine(site.ctx, ZHOU)
    assert (kept.path, dict(kept.fields)) == (ASK, TYPED)


async def test_staff_whose_login_has_ended_find_their_own_door(site, browser):
    await browser.become("mediator")
    site.clock.advance(hours=site.ctx.settings.login_hours + 1)
    assert (await browser.get("/unsent")).location == "/login?next=/unsent"


@pytest.mark.parametrize("press", ["send", "drop"])
async def test_a_page_from_before_another_form_was_kept_neither_sends_nor_drops_that(site, late, press):
    await late.post(ASK, {**TYPED, "text": "第一句话"})
    await late.post(f"/demo/people/{ZHOU.id}")
    forms = await shown(late)
    site.clock.advance(hours=site.ctx.settings.login_hours + 1)
    await late.post(ASK, TYPED)
    await late.post(f"/demo/people/{ZHOU.id}")
    assert (await late.post(forms[press].action, forms[press].filled())).status == 303
    assert dict((await unsent.mine(site.ctx, ZHOU)).fields) == TYPED


async def test_a_day_and_an_hour_read_as_words(site, late):
    await late.post(PRESS, {"day": "2026-11-27", "time": "09:30", "minutes": "60"})
    assert (await unsent.mine(site.ctx, ZHOU)).words == ("2026-11-27", "09:30")


CHOSEN = {"answer": "yes", "text_version": "1", "filled": '[["answer", "是否同意", "我同意"], ["", "", "下一件"]]'}


async def test_a_mere_choice_is_shown_as_its_page_said_it_and_sent_as_it_was(site, late):
    consent = f"/my/{MATTER_1}/consents/c6"
    await late.post(consent, CHOSEN)
    await late.post(f"/demo/people/{ZHOU.id}")
    page = (await late.get("/unsent")).text
    for words in ("刚才选的还没有送出", "<dt>是否同意</dt><dd>我同意</dd>", "<dd>下一件</dd>"):
        assert words in page
    send = ours(page)["send"]
    assert send.filled() == CHOSEN
    on = await late.post(send.action, send.filled())
    assert (on.status, URL(on.location).path) == (307, consent)


async def test_a_press_is_told_of_by_the_words_of_its_button_and_cannot_be_sent(late):
    await late.post(PRESS, {"filled": '[["", "", "<b>延长</b>"]]'})
    await late.post(f"/demo/people/{ZHOU.id}")
    page = (await late.get("/unsent")).text
    assert "刚才的操作没有生效" in page
    assert "<dd>&lt;b&gt;延长&lt;/b&gt;</dd>" in page
    assert list(ours(page)) == ["drop"]
    drop = ours(page)["drop"]
    assert (await late.post(drop.action.replace("drop", "send"), {})).location == "/unsent"
