"""From the letter into the room without a change of page, and what happens when that does not go through."""

import pytest
from playwright.async_api import expect

from tests.browser import steps
from tests.browser.likeness import APPLICANT
from tests.browser.people import sitting_at_a_browser, until

pytestmark = pytest.mark.timeout(120)

ENTER = "#enter-button"
LOBBY = '[data-screen="lobby"]'


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
    loads = []
    page.on("domcontentloaded", lambda _: loads.append(page.url))
    await page.click(ENTER)
    await expect(page.locator(LOBBY)).to_be_visible()
    assert "/seats/" in page.url
    assert loads == []
    assert (await page.title()).startswith("候场")
    assert await page.locator("noscript, form.door__task").count() == 0
    assert await page.evaluate("[...document.styleSheets].some(sheet => sheet.href.endsWith('/css/room.css'))")

    await page.get_by_role("button", name="大字").click()  # what belongs to every page works in this one too
    await until(page, "document.documentElement.dataset.size === 'large'")
    assert loads == []

    await page.reload()
    await expect(page.locator(LOBBY)).to_be_visible()


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
