"""The court closes a case while people talk about it: everybody reads that it ends, and when."""

import pytest
from playwright.async_api import expect

from mediation_server.services.demo_data import MATTER_1
from tests.browser import steps
from tests.browser.likeness import APPLICANT, MEDIATOR, RESPONDENT
from tests.browser.people import sitting_at_a_browser

pytestmark = pytest.mark.timeout(240)


async def test_everybody_in_the_room_is_told_that_the_court_has_taken_the_matter_back(demo, tmp_path):
    async with (
        sitting_at_a_browser(MEDIATOR, tmp_path) as mediator,
        sitting_at_a_browser(APPLICANT, tmp_path) as applicant,
        sitting_at_a_browser(RESPONDENT, tmp_path) as respondent,
        sitting_at_a_browser(None, tmp_path) as court,
    ):
        for page in (mediator, applicant, respondent, court):
            page.set_default_timeout(steps.PATIENCE_MS)
        await steps.sign_in(mediator, demo.roles["mediator"])
        await steps.enter_room(mediator)
        await steps.accept_invitation(applicant, demo.roles["applicant"])
        await steps.accept_invitation(respondent, demo.roles["respondent"])
        await steps.verify_and_admit_all(mediator, 2)
        await steps.open_mediation(mediator)
        await court.goto(f"{demo.url}/demo/court")
        await court.click(f'form[action="/demo/court/cases/{MATTER_1}/close"] button')
        for page in (mediator, applicant, respondent):
            notice = page.locator('[data-part="notices"]', has_text="法院已收回这个事项，本场将于")
            await expect(notice).to_be_visible()
