"""A page in a Chromium of its own, on which nothing may break: no script, and no rule of what may load."""

from contextlib import asynccontextmanager

from playwright.async_api import async_playwright

from bench._chromium import FLAGS, PROGRAM

DESK = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}


def watch(page, broken):
    """Note what breaks on this page."""
    page.on("pageerror", lambda error: broken.append(str(error)))
    page.on("console", lambda line: broken.append(line.text) if "Content Security Policy" in line.text else None)


@asynccontextmanager
async def unbroken(site, viewport, locale="zh-CN"):
    """The page; afterwards nothing must have been broken on it."""
    broken = []
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=PROGRAM, args=["--headless", *FLAGS])
        context = await chromium.new_context(
            base_url=str(site.url), viewport=viewport, locale=locale, service_workers="block"
        )
        page = await context.new_page()
        watch(page, broken)
        yield page
        await chromium.close()
    assert broken == []
