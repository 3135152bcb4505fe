"""A person's own calendar, over HTTP: made and shown once, closed at once, and nothing in it that is not theirs."""

import re

import pytest

from mediation_server.domain.users import User
from mediation_server.services import demo_cast as cast
from mediation_server.services import scheduling
from mediation_server.services.demo_data import MATTER_1, SESSION_1
from mediation_server.store import sessions
from tests.web.browser import Browser

ZHOU, LIN = cast.PARTY_ACCOUNTS[0], cast.PARTY_ACCOUNTS[1]
OTHERS = ("周承安", "林若溪", "郑思远", "86 000", "86000", "元", "借贷", "161")


def entries(text):
    """Each entry as name: value."""
    whole = text.replace("\r\n ", "")
    found = re.findall(r"BEGIN:VEVENT\r\n(.*?)END:VEVENT", whole, re.DOTALL)
    return [dict(line.split(":", 1) for line in each.split("\r\n") if line) for each in found]


async def address(browser):
    page = await browser.post("/calendar/new")
    return re.search(r"/calendar/[\w-]{43}\.ics", page.text).group(0)


async def signed_in(browser, user: User):
    await browser.post(f"/demo/people/{user.id}")
    return await address(browser)


async def test_the_address_is_shown_once_and_opens_the_calendar_without_a_login(site, browser):
    feed = await signed_in(browser, ZHOU)
    again = (await browser.get("/calendar")).text
    assert feed not in again
    assert "正在使用" in again
    async with Browser(site.url) as stranger:
        answer = await stranger.get(feed)
    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    assert answer.headers["Cache-Control"] == "private, no-store"
    named = [each["SUMMARY"] for each in entries(answer.text)]
    assert "调解期限到期 (2026)皖9901民初2101号" in named
    assert len([each for each in entries(answer.text) if "DTSTART" in each]) == 2  # both sittings of the day


async def test_a_calendar_names_nobody_and_no_amount(browser):
    for user in (ZHOU, LIN, cast.MEDIATOR_1):
        text = (await browser.get(await signed_in(browser, user))).text.replace("\r\n ", "")
        assert not any(word in text for word in OTHERS), user.name
        assert "/join/" not in text


async def test_both_sides_have_the_same_last_day(browser, other_browser):
    mine, theirs = await signed_in(browser, ZHOU), await signed_in(other_browser, LIN)
    days = [
        sorted((e["SUMMARY"], e.get("DTSTART;VALUE=DATE", "")) for e in entries((await browser.get(one)).text))
        for one in (mine, theirs)
    ]
    assert days[0] == days[1]
    assert any(day == "20261130" for _, day in days[0])


async def test_a_sitting_keeps_its_id_and_says_when_it_is_cancelled(site, browser):
    feed = await signed_in(browser, ZHOU)
    async with site.ctx.db.reading() as tx:
        named = await sessions.participants_of(tx, SESSION_1)
    mine = next(each.id for each in named if each.name == "周承安")

    async def sitting():
        return next(each for each in entries((await browser.get(feed)).text) if each["UID"].startswith(mine))

    before = await sitting()
    await scheduling.cancel(site.ctx, cast.MEDIATOR_1, SESSION_1)
    after = await sitting()
    assert (before["STATUS"], after["STATUS"]) == ("CONFIRMED", "CANCELLED")
    assert after["UID"] == before["UID"]
    assert int(after["SEQUENCE"]) > int(before["SEQUENCE"])


async def test_closed_changed_unknown_and_malformed_addresses_are_alike(site, browser):
    closed = await signed_in(browser, ZHOU)
    changed = await address(browser)
    kept = await address(browser)
    assert (await browser.get(kept)).status == 200
    await browser.post("/calendar/revoke")
    await browser.post("/calendar/revoke")
    for one in (closed, changed, kept, "/calendar/" + "x" * 43 + ".ics", "/calendar/x.ics"):
        answer = await browser.get(one)
        assert (answer.status, "BEGIN" in answer.text) == (404, False), one


async def test_a_calendar_that_asks_too_often_is_told_to_wait(site, browser):
    feed = await signed_in(browser, ZHOU)
    told = {(await browser.get(feed)).status for _ in range(121)}
    assert told == {200, 429}
    site.clock.advance(hours=1)
    assert (await browser.get(feed)).status == 200


async def test_a_calendar_in_english(browser):
    feed = await signed_in(browser, ZHOU)
    text = (await browser.get(feed + "?lang=en")).text
    assert any(each["SUMMARY"].startswith("Mediation period ends") for each in entries(text))


async def test_nobody_makes_a_calendar_without_a_login(browser):
    assert (await browser.get("/calendar")).location.startswith("/login")
    assert (await browser.post("/calendar/new")).status in (303, 401)


@pytest.mark.parametrize("user", [cast.ADMINISTRATOR, cast.FILING])
async def test_whoever_has_no_matter_has_an_empty_calendar(browser, user):
    assert entries((await browser.get(await signed_in(browser, user))).text) == []
    assert MATTER_1 not in (await browser.get("/calendar")).text
