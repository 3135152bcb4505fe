"""The practice matter: one form on the page of the demo, and the matter it makes."""

import re

import pytest

from mediation_server.services import demo_cast as cast

FORM = {"court": cast.YUNXI, "track": "postfiling_entrusted", "cause": "民间借贷纠纷"}


async def test_one_press_leads_to_a_matter_with_a_sitting_to_enter(browser):
    assert 'action="/demo/practice"' in (await browser.get("/demo")).text
    made = await browser.post("/demo/practice", FORM)
    assert (made.status, made.location.startswith("/matters/")) == (303, True)
    page = await browser.get(made.location)
    assert (page.status, "陶静怡" in page.text, "石磊" in page.text) == (200, True, True)
    home = await browser.get("/home")
    assert "陶静怡" in home.text
    assert re.search(r'action="/sessions/[0-9a-z]{26}/enter"', home.text)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [({"court": "外地法院"}, "court"), ({"track": "prefiling_delegated"}, "track"), ({"cause": "x"}, "cause")],
)
async def test_a_wrong_choice_is_said_beside_its_field_and_keeps_the_others(browser, wrong, field):
    page = await browser.post("/demo/practice", {**FORM, "cause": "离婚纠纷", **wrong})
    assert page.status in {400, 403}
    assert f'id="{field}-error"' in page.text
    if field != "cause":
        assert re.search(r'value="离婚纠纷" selected', page.text)


async def test_the_judge_who_practises_stays_signed_in(browser, site):
    await browser.post(f"/demo/people/{cast.TRIAL_JUDGE.id}", {})
    made = await browser.post("/demo/practice", {**FORM, "track": "court_led"})
    assert (await browser.get(made.location)).status == 200
    assert "沈清和" in (await browser.get("/home")).text
