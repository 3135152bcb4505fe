"""A mediator and parties at real Chromium windows, doing with the pages what people do; knows no figure.

Only what a person can press is pressed, so that this breaks when a person would be lost.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import AsyncIterator

from playwright.async_api import Browser, Page, async_playwright
from playwright.async_api import Error as BrowserError
from playwright.async_api import TimeoutError as NotYet

from bench._chromium import FLAGS

__all__ = [
    "BrowserMissing",
    "begin_sitting",
    "chromium",
    "decide_everything",
    "enter_as_mediator",
    "press_enter",
    "switch_camera",
    "window",
]

_PATIENCE_MS = 20_000.0
_SHORT_MS = 1_000.0
_TRIES = 10


class BrowserMissing(RuntimeError):
    """There is no Chromium on this machine."""


@contextlib.asynccontextmanager
async def chromium(*flags: str) -> AsyncIterator[Browser]:
    """Start Debian's Chromium, headless, with a fake camera and microphone, and more flags. Raises BrowserMissing."""
    program = shutil.which("chromium")
    if program is None:
        raise BrowserMissing("Chromium is not installed (Debian: apt-get install chromium)")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, headless=True, args=[*FLAGS, *flags])
        try:
            yield browser
        finally:
            await browser.close()


@contextlib.asynccontextmanager
async def window(browser: Browser, script: str = "") -> AsyncIterator[Page]:
    """Open a window with cookies of its own; `script` runs in each page before the page's own."""
    context = await browser.new_context(
        locale="zh-CN", viewport={"width": 1280, "height": 800}, permissions=["camera", "microphone"]
    )
    context.set_default_timeout(_PATIENCE_MS)
    if script:
        await context.add_init_script(script)
    try:
        yield await context.new_page()
    finally:
        await context.close()


async def enter_as_mediator(page: Page, link: str) -> None:
    """Sign in by the demo's button and enter today's sitting."""
    await page.goto(link)
    await page.click("main form button[type=submit]")
    await page.click('form[action^="/sessions/"][action$="/enter"] button')
    await page.wait_for_selector('[data-screen="room"]:not([hidden])')


async def decide_everything(page: Page, link: str) -> None:
    """Open a party's link and say yes to everything, up to the last button, which is left to press."""
    await page.goto(link)
    await page.click("#device-next")
    await page.click('[data-step="rules"] .btn--primary')
    items = await page.eval_on_selector("main", "main => main.dataset.items.split(' ')")
    for item in items:
        await page.click(f'[data-step="{item}"] label:has(input[value="yes"])')
        await page.click(f'[data-decide="{item}"]')
    await page.wait_for_selector("#enter-button", state="visible")


async def press_enter(page: Page) -> None:
    """Press the link page's last button; return when the room page has begun to load."""
    await page.click("#enter-button")
    await page.wait_for_url("**/seats/**", wait_until="commit")


async def switch_camera(page: Page, *, on: bool) -> None:
    """Switch one's own camera on or off in the room."""
    wanted, other = ("on", "off") if on else ("off", "on")
    camera = '.bar [data-act="camera"]'
    await page.wait_for_selector(f"{camera}.ctl--on, {camera}.ctl--off")
    if await page.locator(f"{camera}.ctl--{other}").count():
        await page.click(camera)
    await page.wait_for_selector(f"{camera}.ctl--{wanted}")


async def begin_sitting(page: Page, parties: int) -> None:
    """Verify and admit those who wait, tick the opening off, begin. Raises playwright's Error when that is refused."""
    waiting = page.locator('[data-part="lobby-people"] > li')
    await waiting.nth(parties - 1).wait_for()
    for number in range(parties):
        await waiting.nth(number).locator('label:has([data-act="verify"])').click()
    await page.click('[data-act="admit-all"]')
    ticks = page.locator('[data-part="opening-list"] label')
    for number in range(await ticks.count()):
        if not await ticks.nth(number).locator("input").is_checked():
            await ticks.nth(number).click()
    for _ in range(_TRIES):  # a press that comes before the last tick was acknowledged is refused
        with contextlib.suppress(NotYet):
            await page.click('[data-act="start"]:not([aria-disabled="true"])', timeout=_SHORT_MS)
        with contextlib.suppress(NotYet):
            await page.wait_for_selector('[data-part="opening"]', state="hidden", timeout=_SHORT_MS)
            return
    raise BrowserError("the sitting could not be begun")
