"""What PROTOCOL.md promises when something breaks, in real browsers: each kind of break once, in its short form."""

from __future__ import annotations

import asyncio
import re

import pytest
from playwright.async_api import expect

from bench import _watching
from bench._call import calling
from bench._relay import play
from bench._weather import load
from tests.browser.people import until
from tests.browser.steps import PATIENCE_MS, say

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


async def both_see(call):
    """Pictures flow both ways."""
    await asyncio.wait_for(asyncio.gather(*(_watching.next_frame_s(page) for page in call.pages)), 30)


@pytest.fixture
async def call():
    async with calling() as made:
        yield made


async def test_when_only_the_signalling_breaks_nobody_notices(call):
    before = await call.party.evaluate(CONNECTIONS)
    people = await call.mediator.locator("article.seat").count()
    for page in call.pages:
        await _watching.begin(page)
    call.line.cut_signalling()
    await both_see(call)
    await say(call.party, "我还在")
    await expect(call.mediator.locator("body")).to_contain_text("我还在", timeout=PATIENCE_MS)
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
    await expect(unsent).to_have_count(0, timeout=PATIENCE_MS)
    for page in call.pages:
        lines = page.locator('[data-part="chat-lines"] .line__text')
        await expect(lines).to_have_text(["第一句", "第二句"], timeout=PATIENCE_MS)


async def test_a_new_address_is_followed_without_a_new_connection(call):
    before = await call.party.evaluate(CONNECTIONS)
    for _ in range(2):
        call.line.move()
        await both_see(call)
    assert await call.party.evaluate(CONNECTIONS) == before


async def test_after_an_outage_all_is_as_it_was(call):
    await play(load("outage-10", "short"), call.line)
    await both_see(call)
    await expect(call.party.locator('.bar [data-act="microphone"].ctl--on')).to_be_visible(timeout=PATIENCE_MS)
    await expect(call.party.locator('[data-screen="room"]')).to_be_visible()


async def test_a_crashed_tab_leaves_no_ghost_and_its_owner_comes_back_to_the_same_place(call):
    context, address = call.party.context, call.party.url
    session = await context.new_cdp_session(call.party)
    crashing = asyncio.create_task(session.send("Page.crash"))
    await expect(call.mediator.get_by_text(LOST).first).to_be_visible(timeout=PATIENCE_MS)
    crashing.cancel()
    again = await context.new_page()
    await again.goto(address)
    await expect(again.locator('[data-screen="room"]')).to_be_visible(timeout=PATIENCE_MS)
    await asyncio.wait_for(_watching.next_frame_s(again), 30)


async def test_where_udp_is_blocked_media_goes_over_tcp():
    async with calling(udp=False) as call:
        await both_see(call)
        assert await call.party.evaluate(TCP) == ["tcp"]
        await until(call.mediator, "window.bench.frames > 30")
