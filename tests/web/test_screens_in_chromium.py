"""我的事项 on a small phone in large type, and the search, in a real Chromium: by finger and by keyboard alone."""

import pytest
from playwright.async_api import expect

from mediation_server.services import demo_cast as cast
from mediation_server.services.demo_data import MATTER_1, MATTER_2
from tests.web.test_in_chromium import PHONE, chromium, open_page  # noqa: F401 - fixtures

ZHAO = next(each for each in cast.PARTY_ACCOUNTS if each.name == "赵启明")
GAO = cast.FILING
HAND = 60  # px: what a finger hits in large type


async def signed_in(page, person):
    await page.locator(f'form[action="/demo/people/{person.id}"] button').click()
    await page.wait_for_load_state()


@pytest.mark.parametrize("size", ["large", "largest"])
async def test_a_party_reads_the_one_next_thing_first_in_large_type(open_page, site, size):  # noqa: F811
    page = await open_page("/demo", viewport=PHONE)
    await page.context.add_cookies(
        [{"name": "prefs", "value": f"language=zh&theme=&size={size}", "url": str(site.url)}]
    )
    await signed_in(page, ZHAO)
    await expect(page).to_have_url(f"{site.url}/my")
    await expect(page.locator("h1")).to_have_text("我的事项")
    card = page.locator(".act").first
    await expect(card).to_contain_text("等您签名")
    await card.get_by_role("link", name="看协议，再决定是否签名").click()
    await expect(page).to_have_url(f"{site.url}/my/{MATTER_2}#agreed")
    await expect(page.locator("#agreed")).to_be_in_viewport()
    await expect(page.locator(".path [aria-current=step]")).to_contain_text("签名")
    await expect(page.locator(".path .stop")).to_contain_text("中止8天")
    width = await page.evaluate("document.documentElement.scrollWidth")
    assert width <= PHONE["width"]
    hit = await page.locator(".act .btn").first.bounding_box()
    assert hit["height"] >= HAND
    cut = await page.evaluate(
        "[...document.querySelectorAll('main *')].filter(e => e.scrollWidth > e.clientWidth + 1 && e.clientWidth"
        " && getComputedStyle(e).overflowX === 'hidden' && !e.closest('.sr')).map(e => e.className)"
    )
    assert cut == []


async def test_a_matter_is_found_by_keyboard_alone(open_page, site):  # noqa: F811
    page = await open_page("/demo")
    await signed_in(page, GAO)
    await page.get_by_role("link", name="事项", exact=True).click()
    await page.get_by_label("查找").focus()
    await page.keyboard.type("若溪")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("status")).to_have_text("共1件")
    await expect(page.locator(".rows__one")).to_have_count(1)
    await page.locator(".rows__one").focus()
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(f"{site.url}/matters/{MATTER_1}")
    await page.go_back()
    await expect(page.get_by_label("查找")).to_have_value("若溪")
    await page.get_by_label("查找").fill("若")
    await page.keyboard.press("Enter")
    await expect(page.locator("#q-error")).to_contain_text("请至少写两个字")
    await expect(page.get_by_label("查找")).to_have_value("若")
