"""What PROTOCOL.md promises when something breaks, in real browsers: each kind of break once, in its short form."""

from __future__ import annotations

import asyncio
import os
import re
import signal
from pathlib import Path

import pytest
from playwright.async_api import expect

from bench import _watching
from bench._call import calling
from bench._relay import play
from bench._weather import load
from tests.browser.people import until
from tests.browser.steps import say

LOST = re.compile("断线|已断开")
CONNECTIONS = "window.bench.connections.length"
TCP = """
(async () => {
  const kinds = new Set();
  for (const connection of window.bench.connections) {
    const found = await connection.getStats();
    for (const pair of found.values()) {
      if (pair.type === "candidate-pair" && pair.nominated) kinds.add(found.get(pair.localCandidateId).protocol);
    }
  }
  return [...kinds];
})()
"""


VOICE = """
(async () => {
  const sum = { wished: 0, asked: 0, answered: 0 };
  for (const connection of window.bench.connections) {
    for (const found of (await connection.getStats()).values()) {
      if (found.kind !== "audio") continue;
      if (found.type === "inbound-rtp") sum.wished += found.nackCount;
      if (found.type !== "outbound-rtp") continue;
      sum.asked += found.nackCount;
      sum.answered += found.retransmittedPacketsSent;
    }
  }
  return sum;
})()
"""
SPIN = "const until = performance.now() + 600; while (performance.now() < until);"
UNPLUG = """
() => {
  for (const connection of window.bench.connections) {
    for (const { track } of connection.getSenders()) {
      if (track?.kind !== "audio") continue;
      track.stop();
      track.dispatchEvent(new Event("ended")); // what the browser does when the plug is pulled
    }
  }
}
"""


async def renderer_of(page):
    """The process that runs a page: the one whose main thread works while the page does."""
    session = await page.context.browser.new_browser_cdp_session()
    found = (await session.send("SystemInfo.getProcessInfo"))["processInfo"]
    before = {each["id"]: _ticks(each["id"]) for each in found if each["type"] == "renderer"}
    await page.evaluate(f"() => {{ {SPIN} }}")
    return max(before, key=lambda pid: _ticks(pid) - before[pid])


def _ticks(pid):
    return int(Path(f"/proc/{pid}/task/{pid}/stat").read_text().rsplit(")", 1)[1].split()[11])


async def both_see(call):
    """Pictures flow both ways."""
    await asyncio.wait_for(asyncio.gather(*(_watching.next_frame_s(page) for page in call.pages)), 30)


@pytest.fixture
async def call(tmp_path, first_days):
    async with calling(data=await first_days.lay(tmp_path / "var")) as made:
        yield made


async def test_when_only_the_signalling_breaks_nobody_notices(call):
    before = await call.party.evaluate(CONNECTIONS)
    people = await call.mediator.locator("article.seat").count()
    for page in call.pages:
        await _watching.begin(page)
    call.line.cut_signalling()
    await both_see(call)
    await say(call.party, "我还在")
    await expect(call.mediator.locator("body")).to_contain_text("我还在")
    assert await call.party.evaluate(CONNECTIONS) == before
    assert await call.mediator.locator("article.seat").count() == people
    assert await _watching.frames(call.mediator) > 0
    await both_see(call)


async def test_what_was_written_while_the_line_was_down_arrives_once_when_it_is_back(call):
    await call.party.context.set_offline(True)
    call.line.cut_signalling()
    for text in ("第一句", "第二句"):
        await say(call.party, text)
    unsent = call.party.locator('[data-part="chat-unsent"] .line__text')
    await expect(unsent).to_have_text(["第一句", "第二句"])
    await expect(call.party.locator("#chat-text")).to_have_value("")
    await call.party.context.set_offline(False)
    await expect(unsent).to_have_count(0)
    for page in call.pages:
        lines = page.locator('[data-part="chat-lines"] .line__text')
        await expect(lines).to_have_text(["第一句", "第二句"])


async def test_a_new_address_is_followed_without_a_new_connection(call):
    before = await call.party.evaluate(CONNECTIONS)
    for _ in range(2):
        call.line.move()
        await both_see(call)
    assert await call.party.evaluate(CONNECTIONS) == before


async def test_lost_words_are_asked_for_both_ways_and_said_again(call):
    call.line.weather = load("loss-10", "short").steps[0].weather
    async with asyncio.timeout(30):
        while not all((await call.party.evaluate(VOICE)).values()):
            await call.party.wait_for_timeout(100)
    await both_see(call)


async def test_after_an_outage_all_is_as_it_was(call):
    await play(load("outage-10", "short"), call.line)
    await both_see(call)
    await expect(call.party.locator('.bar [data-act="microphone"].ctl--on')).to_be_visible()
    await expect(call.party.locator('[data-screen="room"]')).to_be_visible()


async def test_a_crashed_tab_leaves_no_ghost_and_its_owner_comes_back_to_the_same_place(call):
    context, address = call.party.context, call.party.url
    session = await context.new_cdp_session(call.party)
    crashing = asyncio.create_task(session.send("Page.crash"))
    await expect(call.mediator.get_by_text(LOST).first).to_be_visible()
    crashing.cancel()
    again = await context.new_page()
    await again.goto(address)
    await expect(again.locator('[data-screen="room"]')).to_be_visible()
    await asyncio.wait_for(_watching.next_frame_s(again), 30)


async def test_whoever_wakes_from_sleep_is_back_in_the_same_place_by_themselves(call):
    """The page's process stands still and runs on, as under a lid that was closed and opened."""
    pid = await renderer_of(call.party)
    os.kill(pid, signal.SIGSTOP)
    try:
        await expect(call.mediator.get_by_text(LOST).first).to_be_visible()
    finally:
        os.kill(pid, signal.SIGCONT)
    await both_see(call)
    await expect(call.party.locator('[data-screen="room"]')).to_be_visible()
    await expect(call.party.locator('.bar [data-act="microphone"].ctl--on')).to_be_visible()
    assert await call.mediator.locator("article.seat").count() == len(call.pages)


async def test_a_second_tab_takes_the_seat_and_the_first_says_so(call):
    again = await call.party.context.new_page()
    await again.goto(call.party.url)
    await expect(again.locator('[data-screen="room"]')).to_be_visible()
    await expect(call.party.locator('[data-screen="halt"]')).to_be_visible()
    assert await call.party.locator("audio").count() == 0, "the former tab is silent"
    await asyncio.wait_for(_watching.next_frame_s(again), 30)
    await asyncio.wait_for(_watching.next_frame_s(call.mediator), 30)
    assert await call.mediator.locator("article.seat").count() == len(call.pages)


async def test_a_microphone_that_is_unplugged_is_off_for_everybody_and_comes_back_when_pressed(call):
    microphone = call.party.locator('.bar [data-act="microphone"]')
    await call.party.evaluate(UNPLUG)
    await expect(microphone).to_have_class(re.compile("ctl--off"))
    await expect(call.party.get_by_text("没有找到麦克风").first).to_be_visible()
    seat = call.mediator.locator("article.seat", has_text="周承安")
    await expect(seat).to_contain_text("静音")
    await both_see(call)  # the camera goes on
    await microphone.click()
    await expect(microphone).to_have_class(re.compile("ctl--on"))
    await expect(seat).not_to_contain_text("静音")


async def test_where_udp_is_blocked_media_goes_over_tcp(tmp_path, first_days):
    async with calling(udp=False, data=await first_days.lay(tmp_path / "var")) as call:
        await both_see(call)
        assert await call.party.evaluate(TCP) == ["tcp"]
        await until(call.mediator, "window.bench.frames > 30")
