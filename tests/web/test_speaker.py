"""The speaker a party picks on the invitation: heard there, kept for the room, not offered where it cannot be had."""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import async_playwright, expect

from bench._chromium import FLAGS, PROGRAM

OTHER = "Fake Audio Output 2"
# What each tone was made for, and through which element a sound went that left by one.
LISTEN = """
  window.rang = [];
  window.OscillatorNode = class extends OscillatorNode {
    constructor(context, options) { super(context, options); window.rang.push(context.sinkId ?? ""); }
  };
  const play = HTMLMediaElement.prototype.play;
  HTMLMediaElement.prototype.play = function () {
    if (this instanceof HTMLAudioElement) window.rang.push(this.sinkId);
    return play.call(this);
  };
"""
FIREFOX = "delete AudioContext.prototype.setSinkId;"
SAFARI = FIREFOX + "delete HTMLMediaElement.prototype.setSinkId;"


@pytest.fixture
async def invitation(site, browser):
    """Opens the invitation in a browser that can as much as the script leaves it."""
    link = await browser.become("respondent")
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=PROGRAM, args=FLAGS)

        async def opened(lacks: str = ""):
            context = await chromium.new_context(base_url=str(site.url), permissions=["camera", "microphone"])
            await context.add_init_script(LISTEN + lacks)
            page = await context.new_page()
            await page.goto(link)
            await page.click("#start-check")
            await expect(page.locator("#pick-microphone")).to_be_visible()
            return page

        yield opened
        await chromium.close()


@pytest.mark.parametrize("lacks", ["", FIREFOX])
async def test_the_bell_rings_on_the_speaker_that_was_picked_and_the_room_will_know(invitation, lacks):
    page = await invitation(lacks)
    await page.click("#ring")
    await page.click('[data-heard="ok"]')
    assert await page.input_value('[name="speaker"]') == "ok"
    wanted = await page.get_by_role("option", name=OTHER).get_attribute("value")
    await page.select_option("#pick-speaker", label=OTHER)
    assert await page.input_value('[name="speaker"]') == "unknown"  # what was heard, was heard elsewhere
    await page.evaluate("window.rang.length = 0")
    async with asyncio.timeout(5):
        while not await page.evaluate("window.rang.length"):  # the first bell is never cut short by the second
            await page.click("#ring")
    assert wanted in await page.evaluate("window.rang")
    assert await page.evaluate("JSON.parse(localStorage.devices).speaker") == wanted
    await page.reload()
    await page.click("#start-check")
    await expect(page.locator("#pick-speaker")).to_have_value(wanted)


async def test_no_speaker_is_offered_where_the_browser_cannot_choose_one(invitation):
    page = await invitation(SAFARI)
    await expect(page.locator("#pick-speaker")).to_be_hidden()
    await page.click("#ring")
    await expect(page.locator("#heard")).to_be_visible()
    assert await page.evaluate("window.rang.length") == 2
