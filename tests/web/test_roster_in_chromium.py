"""Choosing a mediator in real windows: two parties and the mediator, without a script doing anything for them."""

import pytest
from playwright.async_api import async_playwright, expect

from bench._chromium import FLAGS, PROGRAM
from mediation_server.domain.matter import MatterState
from tests.roster_world import LIN, LOAN, ZHENG, ZHOU, Looking

PHONE, DESKTOP = {"width": 390, "height": 844}, {"width": 1280, "height": 900}


@pytest.fixture
async def window(site):
    broken = []
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=PROGRAM, args=["--headless", *FLAGS])

        async def opened(user, viewport, path):
            context = await chromium.new_context(base_url=str(site.url), viewport=viewport, locale="zh-CN")
            page = await context.new_page()
            page.on("pageerror", lambda error: broken.append(str(error)))
            await page.goto("/demo")
            await page.locator(f'form[action="/demo/people/{user.id}"] button').first.click()
            await page.wait_for_load_state()
            await page.goto(path)
            return page

        yield opened
        await chromium.close()
    assert broken == []


async def test_two_parties_vote_for_the_same_mediator_who_discloses_and_accepts_and_the_period_begins(site, window):
    looking = await Looking(site.ctx).appointing()
    for user, first in ((ZHOU, "郑思远（不收费）"), (LIN, "郑思远（不收费）")):
        page = await window(user, PHONE, "/my")
        await page.get_by_role("link", name="去选调解员").click()
        await page.get_by_label("我要和对方一起选").check()
        await page.get_by_label("最想请").select_option(label=first)
        await page.get_by_role("button", name="交上我的选择").click()
        if user is ZHOU:
            await expect(page.get_by_text("您的选择已收到")).to_be_visible()
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await expect(page.get_by_text("等调解员答复")).to_be_visible()

    mediator = await window(ZHENG, DESKTOP, "/home")
    await mediator.locator(f'a[href="/inbox/{LOAN}"]').first.click()
    await mediator.get_by_role("button", name="披露并接收").click()  # nothing is ever assumed
    await expect(mediator.get_by_text("请先选一项。")).to_be_visible()
    await mediator.get_by_label("没有需要披露的关系").check()
    await mediator.get_by_role("button", name="披露并接收").click()
    await mediator.wait_for_url(f"**/matters/{LOAN}")
    matter = await looking.matter()
    assert (matter.state, str(matter.period_end)) == (MatterState.MEDIATING, "2026-11-30")

    await page.reload()
    await expect(page.get_by_text("主持本案的调解")).to_be_visible()
    await expect(page.get_by_text("没有近亲属、利害")).to_be_visible()
