"""What `media/first-picture.js` waits for, run in a Chromium."""

from __future__ import annotations

import pytest
from playwright.async_api import async_playwright

from bench._chromium import FLAGS, PROGRAM
from web.app_keys import ASSETS

# What was true first: others are seen, or this much later.
WAITS = """async ([address, kinds, plays]) => {
  const { FirstPicture } = await import(address);
  const picture = new FirstPicture(() => kinds.map((kind) => ({ track: { kind } })));
  const seen = picture.seen().then(() => "seen");
  const later = () => new Promise((done) => setTimeout(() => done("later"), 50));
  const first = await Promise.race([seen, later()]);
  const element = document.body.appendChild(document.createElement(plays || "audio"));
  if (plays) element.dispatchEvent(new Event("playing"));
  const second = await Promise.race([seen, later()]);
  return [first, second, await seen, await picture.seen()];
}"""


@pytest.fixture
async def page(site):
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=PROGRAM, args=FLAGS)
        page = await chromium.new_page()
        await page.goto(str(site.url))
        yield page
        await chromium.close()


async def test_a_picture_that_is_to_come_is_waited_for_and_not_for_ever(site, page):
    address = site.app[ASSETS].url("js/media/first-picture.js")
    cases = [
        ([], "", ["seen", "seen"]),
        (["audio"], "", ["seen", "seen"]),
        (["audio", "video"], "video", ["later", "seen"]),
        (["video"], "audio", ["later", "later"]),
        (["video"], "", ["later", "later"]),
    ]
    for kinds, plays, expected in cases:
        assert await page.evaluate(WAITS, [address, kinds, plays]) == [*expected, "seen", None], (kinds, plays)
