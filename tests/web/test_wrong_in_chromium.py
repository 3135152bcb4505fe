"""What is wrong in a form, in Chromium: an impossible day stays typed, and an answer begins where it is wrong."""

import re

import pytest
from playwright.async_api import expect

from mediation_server.services import demo_cast as cast
from mediation_server.services.demo_data import MATTER_1
from tests.filing_desk import FilingDesk
from tests.roster_world import ZHENG
from tests.web.unbroken import PHONE, unbroken

SAID = {
    "zh": ("没有这一天，或者日期没有填完整。", "没有这个时间，或者时间没有填完整。"),
    "en": ("There is no such day, or it is not complete.", "There is no such time, or it is not complete."),
}
NEW = f"/matters/{MATTER_1}/sessions/new"


@pytest.fixture(params=["zh", "en"])
async def language(request):
    return request.param


@pytest.fixture
async def come(site, language):
    origin = {"Origin": str(site.url).rstrip("/")}
    async with unbroken(site, PHONE, "en-US") as page:

        async def opened(person, path):
            await page.request.post("/preferences", form={"language": language, "back": "/"}, headers=origin)
            await page.request.post(f"/demo/people/{person.id}", headers=origin)
            await page.goto(path)
            return page

        yield opened


async def test_a_day_that_does_not_exist_stays_typed_and_is_said_beside_its_field_before_anything_is_sent(
    come, language
):
    page = await come(ZHENG, NEW)
    day, time, send = page.locator("#day"), page.locator("#time"), page.locator("form:has(#day) button[type=submit]")
    await page.fill("#note", "请带身份证")
    await day.focus()
    await page.keyboard.type("02302027")
    await time.focus()
    await page.keyboard.press("Backspace")  # no hour: a time that is not complete
    await send.last.click()
    for box, words in zip((day, time), SAID[language], strict=True):
        await expect(box).to_have_accessible_description(words)
        await expect(page.locator(f".field--error:has(#{await box.get_attribute('id')})")).to_contain_text(words)
        assert await box.evaluate("box => box.validity.badInput")  # it still shows what was typed
    await expect(day).to_be_focused()
    assert page.url.endswith(NEW)
    await expect(page.locator("#note")).to_have_value("请带身份证")
    await page.reload()
    await expect(page.locator("#note")).to_have_value("请带身份证")  # what was held back is not forgotten either
    await day.focus()
    await page.keyboard.type("02302027")
    await send.last.click()
    await expect(page.locator(".field__error")).to_have_count(1)
    await day.fill("2027-02-26")
    await expect(page.locator(".field__error")).to_have_count(0)


async def test_a_button_that_wants_no_check_sends_whatever_stands_there(come):
    page = await come(ZHENG, NEW)
    back = page.locator("form:has(#day) button[type=submit]").last
    await back.evaluate("button => (button.formNoValidate = true)")
    await page.locator("#day").focus()
    await page.keyboard.type("02302027")
    async with page.expect_request(lambda request: request.method == "POST"):
        await back.click()


async def test_an_answer_that_refuses_begins_at_what_is_wrong_however_far_down(site, come):
    matter = await FilingDesk(site.ctx, made=700).submitted()
    page = await come(cast.FILING, f"/intake/{matter.id}")
    form = page.locator("form[action$='/supplement']")
    await page.evaluate("document.querySelectorAll('details').forEach((each) => (each.open = true))")
    await form.locator("[name=defect_identity]").check()
    await form.locator("[name=note_identity]").fill("反面看不清")
    await form.locator("[name=due]").fill("2020-01-01")
    await form.locator("button[type=submit]").last.click()
    await expect(page.locator("#due")).to_be_focused()
    await expect(page.locator("#due-error")).to_be_in_viewport()
    note = form.locator("[name=note_identity]")
    await expect(note).to_have_value("反面看不清")
    await form.locator("[name=defect_identity]").uncheck()
    await form.locator("button[type=submit]").last.click()
    await expect(note).to_be_focused()  # not the tick above it
    await expect(note).to_have_accessible_description(re.compile("."))


async def test_every_mistake_is_read_with_its_box_and_the_first_one_has_the_focus(come):
    page = await come(cast.PARTY_ACCOUNTS[0], f"/my/{MATTER_1}/agents")
    await page.fill("#name", "何1")
    await page.fill("#phone", "12345")
    await page.locator("form:has(#name) button[type=submit]").click()
    await expect(page.locator("#kind input").first).to_be_focused()
    for box in ("#kind", "#name", "#phone", "#authority"):
        await expect(page.locator(box)).to_have_accessible_description(re.compile("."))
        assert f"{box[1:]}-error" in await page.locator(box).get_attribute("aria-describedby")
    await expect(page.locator("#name")).to_have_value("何1")
    await expect(page.locator("#phone")).to_have_value("12345")


async def test_a_group_of_choices_left_open_is_marked_as_a_field_is(come):
    page = await come(cast.FILING, f"/matters/{MATTER_1}/keeping")
    form = page.locator("form[action$='/keeping/hold']")
    await form.locator("button[type=submit]").click()
    group, field = form.locator("fieldset"), form.locator(".field--error")
    for wrong in (group.first, field.first):
        await expect(wrong).to_have_css("border-left-width", "4px")
    await expect(group.first).to_have_accessible_description(re.compile("."))
    seal = await field.first.evaluate("each => getComputedStyle(each).borderLeftColor")
    await expect(group.first).to_have_css("border-left-color", seal)
