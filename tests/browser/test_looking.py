"""What is not seen is not sent, and what saves data is kept: over the real pages and the real engine."""

import pytest
from playwright.async_api import expect

from tests.browser import steps
from tests.browser.people import until
from tests.browser.test_room_page import applicant, mediator

__all__ = ["applicant", "mediator"]

pytestmark = pytest.mark.timeout(240)

OTHER = "article.seat:not(.is-self)"
SEEN = f"[...document.querySelectorAll('{OTHER} video')].some(each => !each.hidden && each.videoWidth > 0)"
PICTURES = """(async () => {
  let packets = 0;
  for (const each of window.watchedConnections)
    for (const [, figure] of await each.getStats())
      if (figure.type === "inbound-rtp" && figure.kind === "video") packets += figure.packetsReceived;
  return packets;
})()"""


async def rest(page):
    """Packets of pictures received, once no more come for 400 ms."""
    before = -1
    while (count := await page.evaluate(PICTURES)) != before:
        before = count
        await page.wait_for_timeout(400)
    return count


async def choose(page, use):
    await page.keyboard.press("?")
    settings = page.locator("#settings")
    await settings.get_by_label(use).check()
    await settings.get_by_role("button", name="完成").click()


async def test_pictures_stop_when_not_wanted_or_not_seen_and_the_wish_is_kept(mediator, applicant):
    await steps.verify_and_admit_all(mediator, 1)
    await expect(applicant.locator('[data-screen="room"]')).to_be_visible()
    await until(applicant, SEEN)
    await choose(applicant, "只听声音")
    seat = applicant.locator(OTHER).first
    await expect(seat).to_contain_text("只有声音")
    await expect(seat.locator("video")).to_be_hidden()
    await rest(applicant)
    await applicant.reload()
    await expect(applicant.locator(OTHER).first).to_contain_text("只有声音")
    await choose(applicant, "画面小一些")
    await until(applicant, SEEN)
    await applicant.evaluate(f"for (const each of document.querySelectorAll('{OTHER}')) each.style.display = 'none'")
    still = await rest(applicant)
    await until(mediator, SEEN)
    assert await applicant.evaluate(PICTURES) == still
