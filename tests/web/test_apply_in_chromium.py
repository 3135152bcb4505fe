"""A party applies with a phone: from the front door to the receipt, with a mistake and a reload on the way."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Page, expect

from tests.applications import COMPANY, DISPUTE, TAO
from tests.web.unbroken import PHONE, unbroken


@pytest.fixture
async def phone(site):
    async with unbroken(site, PHONE) as page:
        yield page


async def test_from_the_front_door_to_the_receipt_at_a_phone(phone):
    page = phone
    await page.goto("/")
    await page.get_by_role("link", name="申请调解", exact=True).click()
    await _come_in(page, TAO["phone"])
    await page.get_by_role("button", name="开始填写").click()

    await page.get_by_text("江岚市云溪区人民法院").first.click()
    await page.locator("#cause").fill("借贷")
    await page.get_by_role("button", name="下一步").click()
    await expect(page.get_by_role("heading", name="申请人是谁")).to_be_visible()

    await page.get_by_role("button", name="我本人").click()
    await expect(page.locator("#phone")).to_have_value(TAO["phone"])
    await page.locator("#name").fill(TAO["name"])
    await page.locator("#id_number").fill("349901199106110245")
    await page.locator("#address").fill(TAO["address"])
    await page.get_by_role("button", name="填好了").click()
    wrong = page.locator("#id_number")
    await expect(wrong).to_be_focused()
    await expect(wrong).to_have_accessible_description(re.compile("有一位不对"))
    await wrong.fill(TAO["id_number"])
    await page.get_by_role("button", name="填好了").click()
    await page.get_by_role("button", name="下一步").click()

    await page.get_by_role("button", name="加一个单位").first.click()
    await page.locator("#name").fill(COMPANY["name"])
    await page.locator("#phone").fill(COMPANY["phone"])
    await page.get_by_role("button", name="填好了").click()
    await page.get_by_role("button", name="下一步").click()
    await page.get_by_text("不委托，自己办").click()
    await page.get_by_role("button", name="下一步").click()

    await page.locator("#facts").fill(DISPUTE["facts"])
    await expect(page.get_by_role("status")).to_contain_text("已保存")
    await page.reload()
    await expect(page.locator("#facts")).to_have_value(DISPUTE["facts"])
    await page.locator("#claim").fill(DISPUTE["claim"])
    await page.locator("#amount").fill("5万")
    await page.get_by_role("button", name="算一算").click()
    await expect(page.get_by_text("人民币伍万元整")).to_be_visible()
    await page.get_by_role("button", name="下一步").click()

    await page.get_by_role("button", name="提交申请").click()
    await expect(page.get_by_role("heading", name="已收到您的申请")).to_be_visible()
    await expect(page.locator(".receipt__number")).to_have_text(re.compile("TJ-9901-2026-000043-[A-Z0-9]{6}"))
    assert await page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


async def _come_in(page: Page, phone: str) -> None:
    await page.locator("#phone").fill(phone)
    await page.get_by_role("button", name="获取验证码").click()
    outbox = await page.context.request.get("/demo/outbox")
    found = re.search(r"验证码(\d{6})", await outbox.text())
    assert found
    await page.locator("#code").fill(found[1])
    await page.get_by_role("button", name="进入", exact=True).click()
