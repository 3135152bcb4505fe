"""Three photos from a phone: put in order, handed in, passed on, and shown in the room to all at the same page."""

import asyncio
import re
from contextlib import AsyncExitStack
from types import SimpleNamespace

import pytest
from playwright.async_api import expect

from mediation_server.services import demo_cast as cast
from mediation_server.services.demo_data import MATTER_1
from tests import papers
from tests.browser import steps
from tests.browser.likeness import APPLICANT, MEDIATOR, RESPONDENT
from tests.browser.people import sitting_at_a_browser

pytestmark = pytest.mark.timeout(300)

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True}
ZHOU, LIN = cast.PARTY_ACCOUNTS[:2]
MINE = f"/my/{MATTER_1}/materials"
PAPER = "article.paper"


@pytest.fixture
async def people(demo, tmp_path):
    """The mediator at a desk, both parties at their phones."""
    async with AsyncExitStack() as stack:
        pages = {}
        for who in (MEDIATOR, APPLICANT, RESPONDENT):
            options = {} if who is MEDIATOR else PHONE
            page = await stack.enter_async_context(sitting_at_a_browser(who, tmp_path, **options))
            page.set_default_timeout(steps.PATIENCE_MS)
            pages[who.name] = page
        yield SimpleNamespace(**pages)


FROM_THE_MIDDLE = """sheet => {
  const [all, dot] = [sheet, sheet.querySelector('[data-part="dot"]')].map(each => each.getBoundingClientRect());
  return [dot.x + dot.width / 2 - all.x - all.width / 2, dot.y + dot.height / 2 - all.y - all.height / 2];
}"""


async def test_three_photos_from_a_phone_are_seen_by_all_at_the_same_page(demo, people, tmp_path):
    zhou, lin, mediator = people.applicant, people.respondent, people.mediator
    await _come(zhou, demo, ZHOU)
    await _hand_in(zhou, demo, await asyncio.to_thread(_photos, tmp_path))
    await _come(lin, demo, LIN)
    await _sees_nothing(lin, demo)
    await steps.sign_in(mediator, demo.roles["mediator"])
    await _pass_on(mediator, demo)
    await lin.reload()
    await expect(lin.get_by_text("银行流水")).to_be_visible()
    await _meet(people, demo)
    await _show(mediator)
    for page in (mediator, zhou, lin):
        await _is_at(page, 1)
    await mediator.click('[data-act="page-on"]')
    for page in (mediator, zhou, lin):
        await _is_at(page, 2)
    await _points(mediator, lin)
    await lin.reload()
    await _is_at(lin, 2)
    await mediator.click('nav.bar [data-act="show-document"]')
    for page in (mediator, zhou, lin):
        await expect(page.locator(PAPER)).to_have_count(0)


def _photos(directory):
    made = []
    for number in (1, 2, 3):
        path = directory / f"IMG_{number}.jpg"
        path.write_bytes(papers.photo(f"page {number}", size=(800, 600)))
        made.append(path)
    return made


async def _come(page, demo, user):
    await page.goto(f"{demo.url}/demo")
    await page.click(f'form[action="/demo/people/{user.id}"] button')
    await page.wait_for_url("**/my**")


async def _hand_in(page, demo, photos):
    await page.goto(demo.url.rstrip("/") + MINE)
    await page.click(".mats__new button")
    await page.wait_for_url(re.compile(r"/materials/[0-9a-z]{26}$"))  # a page that is going takes no route along
    lost = await _a_line_that_breaks_once(page)
    await page.set_input_files("#files", photos)
    rows = page.locator(".order__item")
    await expect(rows).to_have_count(3)
    await expect(rows.locator("img")).to_have_count(3)  # the small pictures come when they are made
    assert lost == ["PUT"]
    await page.fill("#title", "银行流水")
    await page.click('label:has(input[name="kept"][value="no"])')
    await rows.nth(2).get_by_role("button", name=re.compile("上移")).click()
    await expect(rows.nth(1)).to_contain_text("IMG_3.jpg")
    await expect(page.locator("#title")).to_have_value("银行流水")
    await page.click('.matedit__acts button:has-text("提交")')
    await page.wait_for_url("**/receipt")
    await expect(page.locator("tbody tr")).to_have_count(3)


async def _a_line_that_breaks_once(page):
    """The first piece that is sent is lost; the page goes on by itself."""
    lost = []

    async def pass_or_break(route):
        if lost:
            await route.continue_()
        else:
            lost.append(route.request.method)
            await route.abort("connectionreset")

    await page.route(re.compile(r"/uploads/\w+\?offset="), pass_or_break)
    return lost


async def _sees_nothing(page, demo):
    await page.goto(demo.url.rstrip("/") + MINE)
    await expect(page.locator("#theirs")).to_be_visible()
    await expect(page.get_by_text("银行流水")).to_have_count(0)


async def _pass_on(page, demo):
    await page.goto(f"{demo.url.rstrip('/')}/matters/{MATTER_1}/materials")
    await page.click('.mats__row:has-text("银行流水") >> nth=0')
    await page.click('form[action$="/relay"] button[type="submit"]')
    await expect(page.get_by_text("已转对方")).to_be_visible()


async def _meet(people, demo):
    await people.mediator.goto(f"{demo.url.rstrip('/')}/home")
    await steps.enter_room(people.mediator)
    await asyncio.gather(
        steps.accept_invitation(people.applicant, demo.roles["applicant"]),
        steps.accept_invitation(people.respondent, demo.roles["respondent"]),
    )
    await steps.verify_and_admit_all(people.mediator, 2)
    await steps.open_mediation(people.mediator)


async def _show(page):
    await page.click('nav.bar [data-act="show-document"]')
    await page.click('#menu .menu__item:has-text("银行流水")')


async def _is_at(page, number):
    """The page stands there as a picture that has come, and its number in words."""
    await expect(page.locator(f'{PAPER} [data-part="page"]')).to_contain_text(f"第{number}页，共3页")
    image = page.locator(f"{PAPER} img")
    await expect(image).to_have_attribute("src", re.compile(rf"/pages/{number}$"))
    await expect(image).to_have_js_property("naturalWidth", 600)  # turned upright, as its camera said


async def _points(mediator, other):
    """Where the mediator points is where the other sees the dot; aims again as long as either page still settles."""
    async with asyncio.timeout(steps.PATIENCE_MS / 1000):
        while not await _shows_the_middle(mediator, other):  # noqa: ASYNC110 - another process settles, and tells nobody
            await asyncio.sleep(0.05)


async def _shows_the_middle(mediator, other):
    frame = await mediator.locator(f'{PAPER} [data-part="sheet"]').bounding_box()
    middle = frame["x"] + frame["width"] / 2, frame["y"] + frame["height"] / 2
    await mediator.mouse.move(middle[0] + 9, middle[1] + 9)  # the next movement follows at once, and is the last
    await mediator.mouse.move(*middle)
    await expect(other.locator(f'{PAPER} [data-part="dot"]')).to_be_visible()
    away = await other.locator(f'{PAPER} [data-part="sheet"]').evaluate(FROM_THE_MIDDLE)
    return max(map(abs, away)) < 4
