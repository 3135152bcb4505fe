"""From the letter into the room without a change of page, and what happens when that does not go through."""

import pytest
from playwright.async_api import expect

from tests.browser import steps
from tests.browser.likeness import APPLICANT
from tests.browser.people import sitting_at_a_browser, until
from tests.browser.test_room_page import applicant, mediator

__all__ = ["applicant", "mediator"]

pytestmark = pytest.mark.timeout(180)

ENTER = "#enter-button"
LOBBY = '[data-screen="lobby"]'


# Whether the line waits at the door and the room stands behind the letter, so that the next press enters by the line.
AT_THE_DOOR = """async () => {
  const loaded = performance.getEntriesByType("resource").map(each => each.name);
  const line = loaded.find(each => each.endsWith("/room/line.js"));
  if (!line || !document.querySelector("body.page-room.is-ahead")) return false;
  return (await import(line)).signaling.isAtTheDoor;
}"""
# Players for the pictures of people nobody has named yet stand ready, seen by nobody and showing nothing.
PLAYERS = """() => {
  const players = [...document.querySelectorAll("body.is-ahead .sr > video")];
  return players.length === 3 && players.every(each => each.srcObject && !each.videoWidth && !each.dataset.participant);
}"""
# From now on what the page says on entering by the line lacks the consents.
SPOIL_ENTERING = """() => {
  const { send } = WebSocket.prototype;
  WebSocket.prototype.send = function (said) {
    return send.call(this, typeof said === "string" ? said.replace('"consents":{', '"spoilt":{') : said);
  };
}"""


@pytest.fixture
async def at_the_door(demo, tmp_path):
    """The applicant, with every decision made, before the last button."""
    async with sitting_at_a_browser(APPLICANT, tmp_path) as page:
        page.set_default_timeout(steps.PATIENCE_MS)
        await page.goto(demo.roles["applicant"])
        await steps.decide_everything(page)
        yield page


async def test_the_page_stays_and_becomes_the_room(at_the_door):
    page = at_the_door
    loads, sent = [], []
    page.on("domcontentloaded", lambda _: loads.append(page.url))
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    await until(page, AT_THE_DOOR)
    await until(page, PLAYERS)
    await page.click(ENTER)
    await expect(page.locator(LOBBY)).to_be_visible()
    assert "/seats/" in page.url
    assert [each.rsplit("/", 1)[1] for each in sent] == ["claim"]  # one message of the line, and the key of the seat
    assert loads == []
    assert (await page.title()).startswith("候场")
    assert await page.locator("noscript, form.door__task").count() == 0
    assert await page.evaluate("[...document.styleSheets].some(sheet => sheet.href.endsWith('/css/room.css'))")

    await page.get_by_role("button", name="大字").click()  # what belongs to every page works in this one too
    await until(page, "document.documentElement.dataset.size === 'large'")
    assert loads == []

    await page.reload()
    await expect(page.locator(LOBBY)).to_be_visible()


async def test_the_first_picture_plays_on_the_element_that_stood_ready(mediator, applicant, demo):
    await steps.verify_and_admit_all(mediator, 1)
    await expect(applicant.locator('[data-screen="room"]')).to_be_visible()
    await applicant.goto(demo.roles["applicant"])
    await steps.decide_everything(applicant)
    await until(applicant, AT_THE_DOOR)
    await until(applicant, PLAYERS)
    await applicant.evaluate("for (const each of document.querySelectorAll('.sr > video')) each.dataset.ready = 'yes'")
    await applicant.click(ENTER)
    seat = "article.seat:not(.is-self) video[data-ready][data-participant]:not([hidden])"
    await until(applicant, f"(document.querySelector('{seat}')?.getVideoPlaybackQuality().totalVideoFrames ?? 0) > 10")
    assert await applicant.locator("article.seat:not(.is-self) video").count() == 1


async def test_when_the_line_is_refused_the_form_enters(at_the_door):
    page = at_the_door
    await until(page, AT_THE_DOOR)
    await page.evaluate(SPOIL_ENTERING)
    async with page.expect_request(lambda request: request.method == "POST") as entered:
        await page.click(ENTER)
    assert "/join/" in (await entered.value).url
    await expect(page.locator(LOBBY)).to_be_visible()
    assert "/seats/" in page.url


async def test_without_a_network_nothing_is_lost_and_a_second_press_enters(at_the_door):
    page = at_the_door
    await page.context.set_offline(True)
    await page.click(ENTER)
    await expect(page.get_by_role("alert").filter(has_text="没有连上服务器")).to_be_visible()
    assert await page.locator('input[value="yes"]:checked').count() == 2
    await page.context.set_offline(False)
    await page.click(ENTER)
    await expect(page.locator(LOBBY)).to_be_visible()


async def test_a_link_that_was_revoked_meanwhile_says_so(at_the_door, demo, tmp_path):
    page = at_the_door
    async with sitting_at_a_browser(APPLICANT, tmp_path) as mediator:
        await steps.sign_in(mediator, demo.roles["mediator"])
        await mediator.click('a[href^="/sessions/"] >> nth=0')
        revoke = mediator.locator('form[action$="/revoke"] button')
        for _ in range(await revoke.count()):
            await revoke.first.click()
            await mediator.wait_for_load_state()
    await page.click(ENTER)
    await expect(page.get_by_role("heading", name="打不开")).to_be_visible()
    assert "/seats/" not in page.url
