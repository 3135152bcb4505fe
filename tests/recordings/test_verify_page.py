"""The verifier as a person has it: one file opened from a disk, in a real browser that has no network."""

import asyncio
import shutil

import pytest
from playwright.async_api import async_playwright

from bench._chromium import FLAGS, PROGRAM
from recordings.chest import Chest
from recordings.export import Companions, exported
from web.verifier import verifier_page


@pytest.fixture
def export(demo, tmp_path):
    target = tmp_path / "export"
    exported(Chest(demo.directory), target, Companions(demo.log, (), demo.manifest.keys, verifier_page()))
    return target


async def verdict(page, directory):
    await page.locator(".choose").set_input_files(directory)
    await page.locator(".verdict").wait_for(state="visible", timeout=30_000)
    return await page.locator(".verdict__word").text_content(), await page.locator(".findings li").all_text_contents()


async def test_it_opens_from_a_disk_says_what_holds_and_which_second_does_not(export, tmp_path):
    broken = tmp_path / "broken"
    shutil.copytree(export, broken)
    victim = min(broken.glob("t*.mkv"))
    data = bytearray(victim.read_bytes())
    data[len(data) // 2] ^= 1
    victim.write_bytes(data)
    errors, asked = [], []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=PROGRAM, args=FLAGS)
        context = await browser.new_context(locale="zh-CN", offline=True)
        page = await context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        page.on("request", lambda request: asked.append(request.url))
        await page.goto((export / "verify.html").as_uri())
        assert await verdict(page, export) == ("完整性一致", [])
        word, findings = await verdict(page, broken)
        assert word == "完整性不一致"
        assert len(findings) == 1
        assert victim.name in findings[0]
        assert "00:00:" in findings[0]
        await page.locator(".top__language").click()
        assert await page.locator(".verdict__word").text_content() == "Not intact"
        await page.screenshot(path=tmp_path / "page.png", full_page=True)
        await browser.close()
    assert errors == []
    assert [each for each in asked if not each.startswith("file:")] == []
    await asyncio.to_thread(shutil.copy, tmp_path / "page.png", "/tmp/seal-page.png")
