"""How long voices wait before they are played (`media/patience.js`), in a Chromium, over made-up figures."""

from __future__ import annotations

import pytest
from playwright.async_api import async_playwright

from bench._chromium import FLAGS, PROGRAM
from web.app_keys import ASSETS

# Each look sees so many packets more in half a second, a share made up; what is asked for after it.
LOOKS = """async ([address, looks]) => {
  const { Patience } = await import(address);
  const counts = { type: "inbound-rtp", packetsReceived: 0, totalSamplesReceived: 0, concealedSamples: 0 };
  const receiver = { jitterBufferTarget: null, getStats: async () => new Map([["voice", { ...counts }]]) };
  const patience = new Patience(() => [{ source: "microphone", receiver }, { source: "camera", receiver: null }]);
  await patience.look();
  const asked = [];
  for (const [packets, gaps] of looks) {
    counts.packetsReceived += packets;
    counts.totalSamplesReceived += 24_000;
    counts.concealedSamples += 24_000 * gaps;
    await patience.look();
    asked.push(receiver.jitterBufferTarget);
  }
  return asked;
}"""
GOOD, GAPS, GONE = [25, 0.0], [25, 0.1], [0, 1.0]


@pytest.fixture
async def asked(site):
    """What is asked for after each of some looks."""
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=PROGRAM, args=FLAGS)
        page = await chromium.new_page()
        await page.goto(str(site.url))
        address = site.app[ASSETS].url("js/media/patience.js")

        async def look(*looks):
            return await page.evaluate(LOOKS, [address, looks])

        yield look
        await chromium.close()


async def test_voices_wait_longer_while_words_are_missing_and_at_last_no_longer_than_before(asked):
    assert await asked(GOOD, GAPS, GAPS, GAPS, GAPS) == [None, 300, 500, 700, 700]
    calm = await asked(GAPS, GAPS, *[GOOD] * 60)
    assert calm[1] == 500
    assert calm[2:20] == [500] * 18, "one moment of quiet is no better line"
    assert calm[21] == 300
    assert calm[-1] is None
    assert await asked(GONE, GONE, GOOD, [25, 0.01]) == [None] * 4, "nobody waits for what is not there"
