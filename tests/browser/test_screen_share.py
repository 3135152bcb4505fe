"""A shared tab: seen by the others as it is, gone when it ends for whatever reason, and never in others' caucus."""

import asyncio
from collections import Counter
from contextlib import AsyncExitStack
from types import SimpleNamespace

import pytest
from playwright.async_api import expect

from tests.browser import steps
from tests.browser.likeness import APPLICANT, MEDIATOR, RESPONDENT
from tests.browser.people import colour_of, media_packets, sitting_at_a_browser, until

pytestmark = pytest.mark.timeout(300)

PATIENCE_MS = steps.PATIENCE_MS
TITLE, COLOUR = "Transfers", (20, 160, 200)
RECORD = f"""<!doctype html><title>{TITLE}</title><body style="background: rgb{COLOUR}"><p></p><script>
  setInterval(() => {{ document.querySelector("p").textContent = performance.now(); }}, 100);
</script>"""
SHARED = 'article.seat--share video[data-source="screen"]'
# What the page asked of the sender of the shared picture, and of the sender of the face.
WISHES = """() => window.watchedConnections.flatMap(connection => connection.getSenders())
  .filter(sender => sender.track?.kind === "video" && sender.track.readyState === "live")
  .map(sender => [sender.track.contentHint, sender.getParameters().degradationPreference])"""
# The stream each received track belongs to, by what it is: browsers keep the tracks of one stream in step.
STREAMS = """() => window.watchedConnections.filter(connection => connection.connectionState === "connected")
  .flatMap(connection => [...connection.remoteDescription.sdp.matchAll(/^a=msid:(\\S+)/gm)].map(found => found[1]))"""


@pytest.fixture
async def room(demo, tmp_path):
    """A sitting that has begun; the applicant has a record open in another tab."""
    async with AsyncExitStack() as stack:
        pages = {}
        for who in (MEDIATOR, APPLICANT, RESPONDENT):
            shares = TITLE if who is APPLICANT else ""
            page = await stack.enter_async_context(sitting_at_a_browser(who, tmp_path, shares=shares))
            page.set_default_timeout(PATIENCE_MS)
            pages[who.name] = page
        people = SimpleNamespace(**pages)
        people.record = await people.applicant.context.new_page()
        await people.record.set_content(RECORD)
        await people.applicant.bring_to_front()
        await steps.sign_in(people.mediator, demo.roles["mediator"])
        await steps.enter_room(people.mediator)
        await asyncio.gather(
            steps.accept_invitation(people.applicant, demo.roles["applicant"]),
            steps.accept_invitation(people.respondent, demo.roles["respondent"]),
        )
        await steps.verify_and_admit_all(people.mediator, 2)
        await steps.open_mediation(people.mediator)
        yield people


async def test_a_shared_screen_is_seen_and_ends(room):
    await _share(room)
    await _is_seen_by(room.mediator, room.respondent)
    await _is_sent_to_be_read(room.applicant)
    await _keeps_no_voice_waiting(room.respondent)

    await _press_share(room.applicant, "停止共享")
    await _is_gone(room)

    await _share(room)
    await _is_seen_by(room.respondent)
    await _the_mediator_stops_it(room)
    await _is_gone(room)

    await _share(room)
    await _is_seen_by(room.mediator)
    await room.record.close()  # as the browser's own "stop sharing": the track ends by itself
    await _is_gone(room)


async def test_a_caucus_has_nothing_of_what_was_shared(room):
    await _share(room)
    await _is_seen_by(room.mediator, room.respondent)
    await steps.open_caucus(room.mediator, "applicant")
    await expect(room.respondent.locator('[data-screen="companion"]')).to_be_visible()
    before = await media_packets(room.respondent)
    assert before > 0  # the counter counts
    await room.respondent.wait_for_timeout(1500)
    assert await media_packets(room.respondent) == before
    await expect(room.respondent.locator("video[data-source=screen]")).to_have_count(0)
    await _is_gone(room)
    await expect(room.applicant.locator('nav.bar [data-act="share"]')).to_be_hidden()


async def _share(room):
    await _press_share(room.applicant, "共享屏幕")
    await expect(room.applicant.locator(SHARED)).to_be_visible()


async def _press_share(page, word):
    await page.locator('nav.bar [data-act="share"]', has_text=word).click()


async def _is_seen_by(*pages):
    for page in pages:
        await expect(page.locator(SHARED)).to_be_visible()
        await until(page, f"(document.querySelector('{SHARED}')?.videoWidth ?? 0) > 0")
        colour = await colour_of(page, SHARED)
        assert all(abs(seen - meant) < 40 for seen, meant in zip(colour, COLOUR, strict=True)), colour
        await expect(page.locator("article.seat--share")).to_contain_text("周承安")
        await expect(page.locator("article.seat:not(.seat--share)")).to_have_count(3)  # faces stay, as a strip


async def _is_gone(room):
    for page in (room.mediator, room.applicant, room.respondent):
        await expect(page.locator("article.seat--share")).to_have_count(0)
    assert ["detail", "maintain-resolution"] not in await room.applicant.evaluate(WISHES)  # and nothing is captured


async def _is_sent_to_be_read(sharer):
    wishes = await sharer.evaluate(WISHES)
    assert sorted(wishes) == [["detail", "maintain-resolution"], ["motion", "balanced"]]


async def _keeps_no_voice_waiting(watcher):
    seat = await watcher.locator("article.seat--share").get_attribute("data-participant")
    streams = Counter(await watcher.evaluate(STREAMS))
    assert streams.pop(f"{seat}:screen") == 1
    assert set(streams.values()) == {2}  # a microphone and a camera each, named by the person or prepared as a pair


async def _the_mediator_stops_it(room):
    await room.mediator.get_by_role("button", name="周承安的更多操作").click()
    await room.mediator.locator("#menu").get_by_role("button", name="停止其共享").click()
