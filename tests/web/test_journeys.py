"""What people do on the pages, over the real services: come in by a link, schedule, sign in, state a purpose."""

from __future__ import annotations

import re

import pytest

from mediation_server.domain.consent import ConsentItem
from mediation_server.domain.log import EventKind
from mediation_server.services import demo_data
from mediation_server.store import consents, events, invitations, sessions
from tests.web.conftest import RECORDING
from tests.web.pages import UNKNOWN_LINK
from web.app_keys import MOCK_COURT

NEW_SESSION = {"day": "2026-11-27", "time": "09:30", "minutes": "60"}


def without_number(text: str) -> str:
    return re.sub(r"JN-\w{6}|value=\"/join/[^\"]*\"", "", text)


async def everything(site):
    """What a visit could change."""
    async with site.ctx.db.reading() as tx:
        named = await sessions.participants_of(tx, demo_data.SESSION_1)
        return (
            await sessions.session(tx, demo_data.SESSION_1),
            await invitations.invitations_of_all(tx, [demo_data.SESSION_1]),
            [each.hash for each in await events.events_of(tx, demo_data.SESSION_1)],
            [await consents.consents_of(tx, each.id) for each in named],
        )


async def test_opening_a_link_a_hundred_times_changes_nothing(site, browser):
    link = await browser.become("respondent")
    before = await everything(site)
    for _ in range(100):
        assert (await browser.get(link)).status == 200
    assert await everything(site) == before


async def test_unknown_expired_and_revoked_links_get_the_same_page(site, browser, other_browser):
    unknown = await browser.get(UNKNOWN_LINK)
    revoked_link = await browser.become("respondent")
    await browser.become("respondent")  # a fresh link closes the former
    revoked = await browser.get(revoked_link)
    expiring = await browser.become("applicant")
    site.clock.advance(hours=20)
    expired = await browser.get(expiring)
    malformed = await browser.get("/join/short")
    for answer in (unknown, revoked, expired, malformed):
        assert answer.status == 404
        assert "12368" in answer.text
        assert without_number(answer.text) == without_number(unknown.text)
        assert without_number((await other_browser.post(expiring, {"c2": "yes", "c4": "yes"})).text)


async def test_entering_leads_to_the_seat_and_leaves_no_token_in_the_address(browser):
    link = await browser.become("respondent")
    answer = await browser.post(link, {"c2": "yes", "c4": "yes", "camera": "ok", "network": "problem"})
    assert re.fullmatch(r"/seats/[0-9a-z]{26}", answer.location)
    page = await browser.get(answer.location)
    assert page.status == 200
    assert link.rsplit("/", 1)[1] not in page.text


async def test_a_browser_that_comes_by_the_link_again_is_the_same_device_and_another_one_is_not(
    site, browser, other_browser
):
    link = await browser.become("respondent")
    answers = {"c2": "yes", "c4": "yes"}
    for one in (browser, browser, other_browser):
        assert (await one.post(link, answers)).location.startswith("/seats/")
    async with site.ctx.db.reading() as tx:
        log = await events.events_of(tx, demo_data.SESSION_1)
    arrivals = [each.payload["again"] for each in log if each.kind is EventKind.ARRIVED]
    assert arrivals == [False, False, True]


async def test_a_seat_without_its_cookie_says_how_to_come_back(browser, other_browser):
    answer = await browser.post(await browser.become("respondent"), {"c2": "yes", "c4": "yes"})
    stranger = await other_browser.get(answer.location)
    assert stranger.status == 401
    assert "短信" in stranger.text


@pytest.mark.parametrize(
    ("answers", "said"),
    [({"c2": "no"}, "当面调解"), ({"c2": "no", "c4": "yes"}, "当面调解"), ({"c2": "yes", "c4": "no"}, "书面笔录")],
)
async def test_refusing_is_kept_and_leads_on(site, browser, answers, said):
    answer = await browser.post(await browser.become("respondent"), answers)
    assert answer.status == 200
    assert said in answer.text
    async with site.ctx.db.reading() as tx:
        named = await sessions.participants_of(tx, demo_data.SESSION_1)
        kept = {item.item: item.answer for each in named for item in await consents.consents_of(tx, each.id)}
    assert kept == {ConsentItem(item): said == "yes" for item, said in answers.items()}


async def test_nothing_is_preselected_and_nothing_assumed(browser):
    link = await browser.become("respondent")
    assert " checked" not in (await browser.get(link)).text
    answer = await browser.post(link, {"c2": "yes"})
    assert answer.status == 400
    assert re.search(r'id="c4-error" role="alert">.*?请先选一项', answer.text)
    assert re.search(r'id="c2-error" role="alert" hidden>', answer.text)
    assert re.findall(r'name="(c\d)" value="(\w+)" required checked', answer.text) == [("c2", "yes")]


async def test_every_decision_that_is_missing_is_asked_for_at_once(browser):
    answer = await browser.post(await browser.become("respondent"), {})
    asked = re.findall(r'id="(c\d\w?)-error" role="alert"', answer.text)
    assert len(asked) > 1
    assert re.findall(r'aria-describedby="(c\d\w?)-error"', answer.text) == asked
    assert re.findall(r'id="(c\d\w?)-error" role="alert">', answer.text) == asked  # none of them hidden


async def test_scheduling_gives_each_party_a_link_and_a_code(site, browser):
    await browser.become("mediator")
    answer = await browser.post(f"/matters/{demo_data.MATTER_1}/sessions", NEW_SESSION)
    page = (await browser.get(answer.location)).text
    links = re.findall(rf'value="http://127.0.0.1:{site.url.port}(/join/[\w-]{{43}})"', page)
    assert len(set(links)) == 2
    assert page.count("data-copy") == 2
    for link in links:
        assert (await browser.get(link)).status == 200
    site.clock.advance(seconds=601)
    assert "/join/" not in (await browser.get(answer.location)).text


async def test_a_link_can_be_issued_anew_and_revoked(browser):
    await browser.become("mediator")
    page = (await browser.get(f"/sessions/{demo_data.SESSION_1}")).text
    assert "/join/" not in page
    issue = re.findall(rf"/sessions/{demo_data.SESSION_1}/invitations/[0-9a-z]+/issue", page)[0]
    links = []
    for _ in range(2):
        page = (await browser.get((await browser.post(issue)).location.split("#")[0])).text
        links += re.findall(r"/join/[\w-]{43}", page)[:1]
    assert [(await browser.get(link)).status for link in links] == [404, 200]
    await browser.post(issue.replace("/issue", "/revoke"))
    assert (await browser.get(links[1])).status == 404
    assert "/join/" not in (await browser.get(f"/sessions/{demo_data.SESSION_1}")).text


async def test_somebody_else_signed_in_does_not_see_fresh_links(browser, other_browser):
    await browser.become("mediator")
    answer = await browser.post(f"/matters/{demo_data.MATTER_1}/sessions", NEW_SESSION)
    await other_browser.become("trial_judge")
    assert (await other_browser.get(answer.location)).status == 404


@pytest.mark.parametrize(
    ("wrong", "field", "said"),
    [
        ({"day": "tomorrow"}, "day", "日期应像"),
        ({"time": "9 Uhr"}, "time", "时间应像"),
        ({"minutes": "5"}, "minutes", "应是15到240"),
        ({"minutes": "sixty"}, "minutes", "应是15到240"),
        ({"day": "2020-01-01"}, "day", "时间已经过了"),
    ],
)
async def test_what_is_wrong_in_the_form_stands_beside_its_field(browser, wrong, field, said):
    await browser.become("mediator")
    answer = await browser.post(f"/matters/{demo_data.MATTER_1}/sessions", NEW_SESSION | wrong)
    assert answer.status == 400
    assert re.search(rf'id="{field}-error">.*?{said}', answer.text)
    assert f'value="{next(iter(wrong.values()))}"' in answer.text
    assert answer.text.count("field__error") == 1


async def test_a_cancelled_sitting_closes_its_links(browser):
    await browser.become("mediator")
    planned = await browser.post(f"/matters/{demo_data.MATTER_1}/sessions", NEW_SESSION)
    link = re.findall(r"/join/[\w-]{43}", (await browser.get(planned.location)).text)[0]
    done = await browser.post(planned.location + "/cancel")
    assert done.location == f"/matters/{demo_data.MATTER_1}"
    assert (await browser.get(link)).status == 404


async def test_the_presider_goes_to_the_own_seat(browser):
    await browser.become("mediator")
    seat = (await browser.post(f"/sessions/{demo_data.SESSION_1}/enter")).location
    assert (await browser.get(seat)).status == 200


async def test_an_account_opens_with_its_password_only(site, browser):
    right = {"login": "zheng.siyuan", "password": site.accounts["zheng.siyuan"], "next": "/home"}
    wrong = await browser.post("/login", right | {"password": "guess"})
    unknown = await browser.post("/login", right | {"login": "nobody"})
    assert wrong.status == unknown.status == 401
    assert "账号或密码不对" in wrong.text
    assert "guess" not in wrong.text
    signed_in = await browser.post("/login", right)
    assert signed_in.location == "/home"
    assert "郑思远" in (await browser.get("/home")).text
    await browser.post("/logout")
    assert (await browser.get("/home")).status == 303


async def test_too_many_guesses_are_refused_with_the_time_to_wait(browser):
    for _ in range(5):
        await browser.post("/login", {"login": "zheng.siyuan", "password": "guess"})
    answer = await browser.post("/login", {"login": "zheng.siyuan", "password": "guess"})
    assert (answer.status, "15分钟后再试" in answer.text) == (429, True)


async def test_whoever_is_signed_in_starts_at_home(browser):
    assert (await browser.get("/")).status == 200
    await browser.become("judge")
    assert (await browser.get("/")).location == "/home"


async def test_the_confirming_judge_states_a_purpose_and_is_let_in(browser):
    await browser.become("judge")
    assert f"/recordings/{RECORDING}" in (await browser.get("/home")).text
    answer = await browser.post(f"/recordings/{RECORDING}/viewings", {"purpose": "confirmation", "reason": "是否自愿"})
    assert re.fullmatch(r"/viewings/[0-9a-z]{26}", answer.location)


async def test_a_purpose_that_does_not_fit_is_refused_in_plain_words(browser):
    await browser.become("judge")
    answer = await browser.post(f"/recordings/{RECORDING}/viewings", {"purpose": "trial", "reason": "看看"})
    assert answer.status == 403
    assert "这个用途不适用于您在本案中的身份" in answer.text
    assert "看看" in answer.text


@pytest.mark.parametrize(("form", "field"), [({"reason": "r"}, "purpose"), ({"purpose": "confirmation"}, "reason")])
async def test_a_purpose_and_a_reason_are_both_needed(browser, form, field):
    await browser.become("judge")
    answer = await browser.post(f"/recordings/{RECORDING}/viewings", form)
    assert answer.status == 400
    assert "field__error" in answer.text
    assert {"purpose": "请选择用途", "reason": "请填写这一项"}[field] in answer.text


async def test_the_outbox_shows_what_was_sent_with_its_links(browser):
    link = await browser.become("respondent")
    assert f'href="{link}"' in (await browser.get("/demo/outbox")).text


async def test_the_mock_court_is_switched_off_and_on(site, browser):
    site.ctx.outbox_filled.clear()
    await browser.post("/demo/court", {"on": "no"})
    assert site.app[MOCK_COURT].mode == "unavailable"
    assert "法院系统已关闭" in (await browser.get("/demo/court")).text
    assert not site.ctx.outbox_filled.is_set()
    await browser.post("/demo/court", {"on": "yes"})
    assert site.app[MOCK_COURT].mode == "on"
    assert site.ctx.outbox_filled.is_set()


async def test_phones_are_masked_until_whoever_works_on_the_matter_asks_for_one(browser):
    await browser.become("mediator")
    page = (await browser.get(f"/matters/{demo_data.MATTER_1}")).text
    assert "161****0011" in page
    assert "16100000011" not in page
    asking = re.findall(rf"/matters/{demo_data.MATTER_1}/parties/\w+/phone", page)
    assert "16100000011" in (await browser.post(asking[0])).text
    assert "16100000011" not in (await browser.get(f"/matters/{demo_data.MATTER_1}")).text


async def test_names_and_reasons_are_shown_as_they_are_written(browser):
    await browser.become("judge")
    answer = await browser.post(f"/recordings/{RECORDING}/viewings", {"reason": "</textarea><script>alert(1)</script>"})
    assert "<script>alert" not in answer.text
    assert "&lt;script&gt;alert(1)" in answer.text
