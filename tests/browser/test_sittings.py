"""The opening checklist, and safety mode from admission to leaving, in real windows."""

import re

import pytest
from playwright.async_api import expect

from mediation_server.services.demo_data import MATTER_1
from tests.browser import steps
from tests.browser.likeness import APPLICANT, MEDIATOR, RESPONDENT
from tests.browser.people import sitting_at_a_browser, until

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
async def room(demo, tmp_path):
    """The mediator in the room, both sides in the lobby."""
    folders = [tmp_path / name for name in ("m", "a", "r")]
    for folder in folders:
        folder.mkdir()
    async with (
        sitting_at_a_browser(MEDIATOR, folders[0]) as mediator,
        sitting_at_a_browser(APPLICANT, folders[1]) as applicant,
        sitting_at_a_browser(RESPONDENT, folders[2]) as respondent,
    ):
        for page in (mediator, applicant, respondent):
            page.set_default_timeout(steps.PATIENCE_MS)
        await steps.sign_in(mediator, demo.roles["mediator"])
        yield mediator, applicant, respondent


async def _all_come(demo, mediator, applicant, respondent):
    await mediator.goto(f"{demo.url}/home")
    await steps.enter_room(mediator)
    await steps.accept_invitation(applicant, demo.roles["applicant"])
    await steps.accept_invitation(respondent, demo.roles["respondent"])


async def test_the_checklist_gates_the_start_and_says_what_is_missing(demo, room):
    mediator, applicant, respondent = room
    await _all_come(demo, mediator, applicant, respondent)
    ticks = mediator.locator('[data-part="opening-list"] > li')
    await expect(ticks).to_have_count(6)
    start, why = mediator.locator('[data-act="start"]'), mediator.locator('[data-part="start-why"]')
    await expect(start).to_have_attribute("aria-disabled", "true")
    await expect(why).to_contain_text("虚假调解警示")
    await ticks.filter(has_text="虚假调解").locator("summary").click()
    await expect(ticks.filter(has_text="虚假调解").locator('[data-part="script"]')).to_contain_text("串通、伪造证据")
    for number in range(6):
        await ticks.nth(number).locator("label").click()
        await expect(ticks.nth(number).locator('[data-part="at"]')).to_have_text(re.compile(r"\d{1,2}:\d\d"))
    await expect(why).to_contain_text("还没有到场")
    await steps.verify_and_admit_all(mediator, 2)
    await expect(start).not_to_have_attribute("aria-disabled", "true")
    await start.click()
    await expect(mediator.locator(".pill--rec")).to_be_visible()
    await expect(mediator.locator('[data-part="opening"]')).to_be_hidden()


async def test_in_safety_mode_the_sides_never_meet(demo, room):
    mediator, applicant, respondent = room
    await mediator.goto(f"{demo.url}/matters/{MATTER_1}")
    await mediator.locator('section[aria-labelledby="safety"] summary').click()
    await mediator.locator('label:has(input[name="first"][value="applicant"])').click()
    await mediator.get_by_role("button", name="现在开启").click()
    await expect(mediator.get_by_text("安全模式已开启")).to_be_visible()
    await _all_come(demo, mediator, applicant, respondent)
    await steps.verify_and_admit_all(mediator, 2)
    for page in (applicant, respondent):
        await expect(page.locator('[data-screen="apart"]')).to_be_visible()
    await respondent.get_by_role("button", name="感到不安全").click()
    await expect(mediator.locator('[data-part="outside"]')).to_contain_text("“感到不安全”")

    await steps.open_caucus(mediator, "applicant")  # before the start: each side's identity is checked alone
    await expect(applicant.locator('[data-screen="room"]')).to_be_visible()
    await until(mediator, "[...document.querySelectorAll('video')].some((each) => each.videoWidth > 0)")
    await steps.close_caucus(mediator)
    await expect(applicant.locator('[data-screen="apart"]')).to_be_visible()
    await steps.open_mediation(mediator)
    await expect(respondent.locator('[data-screen="apart"]')).to_be_visible()

    await steps.open_caucus(mediator, "respondent")
    await expect(respondent.locator('[data-screen="room"]')).to_be_visible()
    await expect(applicant.locator('[data-screen="companion"]')).to_be_visible()
    await steps.close_caucus(mediator)
    for page, other in ((applicant, "林若溪"), (respondent, "周承安")):
        assert other not in await page.content()
        assert "不安全”" not in await page.inner_text("body")
    await steps.conclude(mediator, "continue", "下次继续分别沟通。")
    await expect(respondent.get_by_role("heading", name="请您先留在原处")).to_be_visible()
    await expect(applicant.locator('[data-part="halt-next"]')).to_be_visible()
    await mediator.get_by_role("link", name="看本次调解").click()
    await mediator.get_by_role("button", name="现在可以离开").click()
    await respondent.get_by_role("link", name="再看一次").click()
    await expect(respondent.get_by_role("heading", name="您现在可以离开")).to_be_visible()
