"""What `media/local.js` does with devices, run in a Chromium, with devices that open when the test says so."""

from __future__ import annotations

import pytest
from playwright.async_api import async_playwright

from bench._chromium import FLAGS, PROGRAM
from web.app_keys import ASSETS

# Another microphone is picked while the first is still being opened; which of the two is open in the end.
PICKED_WHILE_OPENING = """async (address) => {
  const { LocalMedia } = await import(address);
  const asked = [];
  navigator.mediaDevices.getUserMedia = () => new Promise((give) => asked.push(give));
  const streams = [1, 2].map(() => new AudioContext().createMediaStreamDestination().stream);
  const local = new LocalMedia();
  const opening = local.open("microphone");
  const renewed = local.renew("microphone");
  asked[0](streams[0]);
  await opening;
  await new Promise((done) => setTimeout(done)); // all that follows from the first by itself
  asked[1]?.(streams[1]);
  await renewed;
  const { track } = local.sources.microphone;
  return streams.findIndex((each) => each.getTracks()[0] === track) + 1;
}"""


@pytest.fixture
async def page(site):
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=PROGRAM, args=FLAGS)
        page = await chromium.new_page()
        await page.goto(str(site.url))
        yield page
        await chromium.close()


async def test_a_microphone_picked_while_another_is_opened_is_the_one_in_use(site, page):
    assert await page.evaluate(PICKED_WHILE_OPENING, site.app[ASSETS].url("js/media/local.js")) == 2
