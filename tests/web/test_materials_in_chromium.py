"""Files handed in by the plain form, in Chromium: as where the script of the page did not come."""

import pytest
from playwright.async_api import async_playwright, expect

from bench._chromium import FLAGS, PROGRAM
from mediation_server.config import Settings
from mediation_server.services import demo_cast as cast
from mediation_server.services.demo_data import MATTER_1
from tests import papers

ZHOU = cast.PARTY_ACCOUNTS[0]


@pytest.fixture
def settings(tmp_path):
    return Settings(demo=True, data_dir=tmp_path / "data")


@pytest.fixture
async def page(site):
    origin = {"Origin": str(site.url).rstrip("/")}
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=PROGRAM, args=["--headless", *FLAGS])
        context = await chromium.new_context(
            base_url=str(site.url), viewport={"width": 390, "height": 844}, locale="zh-CN", service_workers="block"
        )
        page = await context.new_page()
        await page.request.post(f"/demo/people/{ZHOU.id}", headers=origin)
        yield page
        await chromium.close()


async def test_the_plain_form_hands_in_its_files_and_nothing_else(page, tmp_path):
    photo = tmp_path / "IMG_1.jpg"
    photo.write_bytes(papers.photo())
    await page.route("**/js/materials-page.js*", lambda route: route.abort())
    await page.goto(f"/my/{MATTER_1}/materials")
    await page.click(".mats__new button")
    await page.set_input_files("#files", photo)
    async with page.expect_request("**/files") as sending:
        await page.click("form:has(#files) [data-plain]")
    assert b'name="filled"' not in ((await sending.value).post_data_buffer or b"")
    await page.wait_for_url("**#pages")
    await expect(page.locator(".order__item")).to_have_count(1)
    await expect(page.locator(".order__item")).to_contain_text("IMG_1.jpg")
