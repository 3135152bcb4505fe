"""More days in a real browser: asked for by the mediator, answered on two phones, without a script."""

import pytest
from playwright.async_api import async_playwright, expect

from bench._chromium import FLAGS, PROGRAM
from mediation_server.services import demo_cast as cast
from mediation_server.services.demo_data import MATTER_1

PHONE, DESKTOP = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
MINE = f"/my/{MATTER_1}/period"


@pytest.fixture
async def sit_down(site):
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=PROGRAM, args=["--headless", *FLAGS])

        async def opened(user, viewport):
            context = await chromium.new_context(
                base_url=str(site.url), viewport=viewport, locale="zh-CN", java_script_enabled=False
            )
            page = await context.new_page()
            await page.goto("/demo")
            await page.locator(f'form[action="/demo/people/{user.id}"] button').click()
            await page.wait_for_url(lambda url: "/demo" not in url)
            return page

        yield opened
        await chromium.close()


async def test_the_mediator_asks_and_both_parties_answer_on_their_phones(sit_down):
    mediator = await sit_down(cast.MEDIATOR_1, DESKTOP)
    await mediator.goto(f"/matters/{MATTER_1}")
    await mediator.get_by_role("link", name="延长或者中止期限").click()
    await mediator.get_by_label("延长多少天").fill("七")
    await mediator.get_by_role("button", name="征询各方").click()
    await expect(mediator.get_by_label("延长多少天")).to_have_value("七")
    await mediator.get_by_label("延长多少天").fill("7")
    await mediator.get_by_role("button", name="征询各方").click()
    await expect(mediator.get_by_text("还没有答复")).to_have_count(2)
    for user in cast.PARTY_ACCOUNTS[:2]:
        phone = await sit_down(user, PHONE)
        await phone.goto(MINE)
        await expect(phone.get_by_text("请您答复：延长7天")).to_be_visible()
        await expect(phone.get_by_role("radio", checked=True)).to_have_count(0)
        await phone.get_by_label("我同意延长").check()
        await phone.get_by_role("button", name="确定").click()
    await expect(phone.get_by_text("各方同意，已延长7天。")).to_be_visible()
    await mediator.reload()
    await expect(mediator.get_by_text("各方同意，已延长7天。")).to_be_visible()
