"""The court's system is down when a mediation is concluded: the outcome waits, and arrives by itself, once."""

import pytest
from playwright.async_api import expect

from tests.browser import steps
from tests.browser.likeness import APPLICANT, MEDIATOR, RESPONDENT
from tests.browser.people import sitting_at_a_browser

pytestmark = pytest.mark.timeout(240)

RECEIVED = "ul.messages > li"
OUTCOME = "OutcomeRecorded"
MATTER_1 = "000042"  # ends its reference


async def switch_court(page, demo, to: str) -> None:
    await page.goto(f"{demo.url}/demo/court")
    await page.click(f'button[name="on"][value="{to}"]')
    await page.wait_for_selector(f'button[name="on"][value="{"no" if to == "yes" else "yes"}"]')


async def outcomes_received(page, demo, matter: str) -> int:
    """How many outcomes of a matter the mock court shows."""
    await page.goto(f"{demo.url}/demo/court")
    return await page.locator(RECEIVED, has_text=matter).filter(has_text=OUTCOME).count()


async def sitting_in_progress(demo, mediator, applicant, respondent) -> None:
    await steps.sign_in(mediator, demo.roles["mediator"])
    await steps.enter_room(mediator)
    await steps.accept_invitation(applicant, demo.roles["applicant"])
    await steps.accept_invitation(respondent, demo.roles["respondent"])
    await steps.verify_and_admit_all(mediator, 2)
    await steps.open_mediation(mediator)


async def test_an_outcome_waits_for_the_court_and_arrives_once_by_itself(demo, tmp_path):
    async with (
        sitting_at_a_browser(MEDIATOR, tmp_path) as mediator,
        sitting_at_a_browser(APPLICANT, tmp_path) as applicant,
        sitting_at_a_browser(RESPONDENT, tmp_path) as respondent,
        sitting_at_a_browser(None, tmp_path) as technician,
    ):
        for page in (mediator, applicant, respondent, technician):
            page.set_default_timeout(steps.PATIENCE_MS)
        await sitting_in_progress(demo, mediator, applicant, respondent)
        await switch_court(technician, demo, "no")
        await steps.conclude(mediator, "failed", "双方差距太大。", ground="g5")
        state = mediator.locator('[data-part="halt-sync"]')
        await expect(state).to_contain_text("待同步")
        assert await outcomes_received(technician, demo, MATTER_1) == 0
        await expect(state).to_contain_text("待同步")

        await switch_court(technician, demo, "yes")
        await expect(state).to_contain_text("已同步")
        assert await outcomes_received(technician, demo, MATTER_1) == 1
