"""The whole story in real browsers: from a link to a sealed recording and a delivered outcome."""

import asyncio
from contextlib import AsyncExitStack
from types import SimpleNamespace

import pytest
from playwright.async_api import expect

from tests.browser import steps
from tests.browser.likeness import APPLICANT, MEDIATOR, RESPONDENT
from tests.browser.people import everything_told, media_packets, sitting_at_a_browser
from tests.browser.witness import NAMES, hears, sealed_manifest, sees, verify_says_intact

pytestmark = pytest.mark.timeout(300)

SECRET = "只说给调解员听的底线七万二"
PATIENCE_MS = steps.PATIENCE_MS


COMPANION = '[data-screen="companion"]'
# Who could hear oneself when all were together is told there; of the caucus nobody's name is.
WITHOUT_LEDGER = """screen => {
  const copy = screen.cloneNode(true);
  copy.querySelector('[data-part="ledger"]').remove();
  return copy.textContent;
}"""


@pytest.fixture
async def room(demo, tmp_path):
    """Mediator, applicant on a phone and respondent, each at a window of their own, in a sitting that has begun."""
    async with AsyncExitStack() as stack:
        pages, told = {}, {}
        for who, viewport in (
            (MEDIATOR, {"width": 1280, "height": 800}),
            (APPLICANT, {"width": 390, "height": 844}),
            (RESPONDENT, {"width": 1280, "height": 800}),
        ):
            page = await stack.enter_async_context(sitting_at_a_browser(who, tmp_path, viewport=viewport))
            page.set_default_timeout(PATIENCE_MS)
            told[who.name] = everything_told(page)
            pages[who.name] = page
        people = SimpleNamespace(**pages, told=told)
        await steps.sign_in(people.mediator, demo.roles["mediator"])
        await steps.enter_room(people.mediator)
        await asyncio.gather(
            steps.accept_invitation(people.applicant, demo.roles["applicant"]),
            steps.accept_invitation(people.respondent, demo.roles["respondent"]),
        )
        for page in (people.applicant, people.respondent):
            await expect(page.locator(".brand__court").first).to_have_text("江岚市云溪区人民法院")
        await steps.verify_and_admit_all(people.mediator, 2)
        await steps.open_mediation(people.mediator)
        for page in pages.values():
            await steps.switch_devices_on(page)
        yield people


async def test_everyone_sees_and_hears_everyone_and_the_caucus_stays_private(demo, room):
    await _everyone_sees_and_hears_everyone(room)
    await steps.say(room.mediator, "各位好，现在开始。")
    await expect(room.respondent.locator('[data-part="chat-lines"]')).to_contain_text("各位好")

    await steps.open_caucus(room.mediator, "applicant")
    await expect(room.respondent.locator('[data-screen="companion"]')).to_be_visible()
    await steps.say(room.applicant, SECRET)
    await expect(room.mediator.locator('[data-part="chat-lines"]')).to_contain_text(SECRET)
    await hears(room.mediator, APPLICANT)
    assert await _received_packets(room.respondent, seconds=2) == 0
    assert NAMES["applicant"] not in await room.respondent.eval_on_selector(COMPANION, WITHOUT_LEDGER)

    await room.applicant.reload()
    await expect(room.applicant.locator('[data-part="caucus-bar"]')).to_be_visible()
    await expect(room.respondent.locator('[data-screen="companion"]')).to_be_visible()

    await steps.close_caucus(room.mediator)
    await expect(room.respondent.locator('[data-screen="room"]')).to_be_visible()
    for page in (room.mediator, room.applicant, room.respondent):
        await steps.switch_devices_on(page)
    await _everyone_sees_and_hears_everyone(room)
    for page in (room.mediator, room.applicant, room.respondent):
        assert SECRET not in await page.content()
    assert _was_told(room, "mediator", SECRET)
    assert _was_told(room, "respondent", "各位好")
    assert not _was_told(room, "respondent", SECRET)

    await steps.conclude(room.mediator, "agreed", "被告于2026年12月31日前归还原告借款86 000元。")
    await expect(room.mediator.locator('[data-sync-state="synced"], .pill--ok')).to_be_visible()
    await expect(room.respondent.locator('[data-screen="halt"]')).to_be_visible()
    manifest = await sealed_manifest(demo)
    _the_caucus_is_a_gap_and_in_no_file(manifest)
    _the_secret_is_nowhere_on_disk(demo)
    verify_says_intact(demo, manifest["session"])


async def test_after_a_kill_the_browsers_are_back_in_their_seats_and_the_hole_is_logged(demo, room):
    await _everyone_sees_and_hears_everyone(room)
    port = demo.port
    await demo.kill()
    await demo.start(port)
    for page in (room.mediator, room.applicant, room.respondent):
        await expect(page.locator('[data-screen="room"]')).to_be_visible()
    await sees(room.mediator, APPLICANT)
    await sees(room.applicant, RESPONDENT)
    await steps.conclude(room.mediator, "failed", "双方对本金数额分歧较大。", ground="g5")
    manifest = await sealed_manifest(demo)
    # a busy machine may begin to record more than a tenth of a second late, which is a hole of its own
    holes = [(gap["reason"], gap["cause"]) for gap in manifest["gaps"] if gap["cause"] != "late"]
    assert holes == [("fault", "restart")]
    missing = sum(gap["to_ms"] - gap["from_ms"] for gap in manifest["gaps"])
    assert manifest["recorded_ms"] + missing == manifest["total_ms"]
    verify_says_intact(demo, manifest["session"])


async def _everyone_sees_and_hears_everyone(room):
    everyone = (MEDIATOR, APPLICANT, RESPONDENT)
    for watcher in everyone:
        page = getattr(room, watcher.name)
        for other in everyone:
            if other is not watcher:
                await sees(page, other)
                await hears(page, other)


def _was_told(room, who: str, words: str) -> bool:
    """Whether these words came to somebody's browser at all, shown there or not."""
    return any(words in frame for frame in room.told[who])


async def _received_packets(page, seconds: float) -> int:
    """Media packets of any kind that reach this window in the time, over all its connections."""
    before = await media_packets(page)
    assert before > 0  # the counter counts: there was media before
    await page.wait_for_timeout(seconds * 1000)
    return await media_packets(page) - before


def _the_caucus_is_a_gap_and_in_no_file(manifest):
    (gap,) = [each for each in manifest["gaps"] if each["reason"] == "caucus"]
    assert gap["to_ms"] - gap["from_ms"] > 2000
    for track in manifest["tracks"]:
        for segment in track["segments"]:
            overlap = min(segment["to_ms"], gap["to_ms"]) - max(segment["from_ms"], gap["from_ms"])
            assert overlap <= 60, (track["participant"], segment, gap)


def _the_secret_is_nowhere_on_disk(demo):
    secret = SECRET.encode()
    escaped = SECRET.encode("unicode_escape")
    for path in (demo.directory / "server.log", *(demo.directory / "var").rglob("*")):
        if path.is_file():
            data = path.read_bytes()
            assert secret not in data, path
            assert escaped not in data, path
