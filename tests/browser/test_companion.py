"""What the waiting side sees and says while the mediator is in caucus with the other side, in real windows."""

import re

import pytest
from playwright.async_api import expect

from tests.browser import steps
from tests.browser.likeness import APPLICANT, MEDIATOR, RESPONDENT
from tests.browser.people import sitting_at_a_browser, until

pytestmark = pytest.mark.timeout(300)

PHONE = {"width": 390, "height": 844}


@pytest.fixture
async def people(demo, tmp_path):
    """The mediator, the applicant, and the respondent at a phone; the sitting is live."""
    folders = [tmp_path / name for name in ("m", "a", "r")]
    for folder in folders:
        folder.mkdir()
    async with (
        sitting_at_a_browser(MEDIATOR, folders[0]) as mediator,
        sitting_at_a_browser(APPLICANT, folders[1]) as applicant,
        sitting_at_a_browser(RESPONDENT, folders[2], viewport=PHONE) as respondent,
    ):
        for page in (mediator, applicant, respondent):
            page.set_default_timeout(steps.PATIENCE_MS)
        await steps.sign_in(mediator, demo.roles["mediator"])
        await steps.enter_room(mediator)
        await steps.accept_invitation(applicant, demo.roles["applicant"])
        await steps.accept_invitation(respondent, demo.roles["respondent"])
        await steps.verify_and_admit_all(mediator, 2)
        await steps.open_mediation(mediator)
        yield mediator, applicant, respondent


async def test_the_waiting_side_speaks_to_the_mediator_alone(people):
    mediator, applicant, respondent = people
    await steps.open_caucus(mediator, "applicant", 1)
    await expect(respondent.locator('[data-screen="companion"]')).to_be_visible()
    sent = respondent.locator('[data-part="sent"]')
    outside = mediator.locator('[data-part="outside"]')

    await respondent.get_by_role("button", name="我准备好了").click()
    await expect(sent).to_contain_text(re.compile(r"“我准备好了”.*\d{1,2}:\d\d已送达，调解员\d{1,2}:\d\d已看到"))
    await expect(outside).to_contain_text("“我准备好了”")

    await respondent.get_by_role("button", name="感到不安全").click()
    await expect(outside).to_contain_text("“感到不安全”")
    await expect(sent.locator("li")).to_have_count(2)
    assert "不安全" not in await sent.inner_text()
    assert await respondent.locator("dialog[open]").count() == 0
    assert "不安全" not in await applicant.inner_text("body")
    assert "不安全" not in await mediator.inner_text('[data-part="announcer"]')

    await respondent.get_by_text("给自己记一笔").click()
    await respondent.fill("#own-note", "最多让三千")
    await respondent.reload()
    await expect(respondent.get_by_role("button", name="我准备好了")).to_have_attribute("aria-pressed", "true")
    await expect(respondent.locator("#own-note")).to_have_value("最多让三千")
    await respondent.get_by_role("button", name="我准备好了").click()
    await expect(outside).not_to_contain_text("“我准备好了”")

    await _the_promise_is_moved(mediator, respondent)
    await expect(respondent.locator('[data-part="ledger"]')).to_contain_text("您与郑思远、周承安，录音录像")
    await steps.close_caucus(mediator)
    await expect(respondent.locator('[data-screen="room"]')).to_be_visible()
    await expect(mediator.locator('[data-part="outside"]')).to_be_hidden()


async def _the_promise_is_moved(mediator, respondent):
    was = await respondent.inner_text('[data-part="companion-until"]')
    await expect(respondent.locator('[data-part="companion-left"]')).to_contain_class("amber")
    await mediator.click('nav.bar [data-act="extend-promise"]')
    await expect(respondent.locator('[data-part="companion-was"]')).to_contain_text(f"原来约定{was}前，调解员已改到")
    await expect(respondent.locator('[data-part="companion-left"]')).not_to_contain_class("amber")
    await until(respondent, "document.documentElement.scrollWidth <= innerWidth")
