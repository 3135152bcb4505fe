"""The story once more with a party at another make of browser: Firefox, its own media engine and its own habits."""

import asyncio
from collections import deque
from contextlib import AsyncExitStack
from types import SimpleNamespace

import pytest
from playwright.async_api import expect

from tests.browser import steps
from tests.browser.firefox import sitting_at_firefox
from tests.browser.likeness import APPLICANT, MEDIATOR, RESPONDENT
from tests.browser.people import colour_of, sitting_at_a_browser, until
from tests.browser.witness import (
    hears,
    participant_of,
    recorded_files,
    sealed_manifest,
    sees,
    sees_moving,
    verify_says_intact,
    video_of,
)
from tests.recordings.kit import colours, loudest_hz

pytestmark = pytest.mark.timeout(240)

LIVE = "window.watchedConnections.filter(each => each.connectionState === 'connected')"
PATHS = f"""async () => {{
  const paths = [];
  for (const each of {LIVE}) for (const report of (await each.getStats()).values()) {{
    if (report.type === 'candidate-pair' && report.selected && report.bytesReceived > 0) paths.push(report.id);
  }}
  return paths;
}}"""
_LINE = "/socket.io/?EIO=4&transport=websocket"  # what Firefox says when a page is left: we have no other line
ENCODINGS = f"""async () => {{
  const sent = [];
  for (const each of {LIVE}) for (const report of (await each.getStats()).values()) {{
    if (report.type === 'outbound-rtp' && report.kind === 'video' && report.framesSent > 5) sent.push(report.rid);
  }}
  return sent.sort();
}}"""


@pytest.fixture
async def room(demo, tmp_path):
    """Mediator and respondent at Chromium, the applicant at Firefox, in a sitting that has begun."""
    async with AsyncExitStack() as stack:
        mediator, respondent, applicant = await asyncio.gather(
            stack.enter_async_context(sitting_at_a_browser(MEDIATOR, tmp_path)),
            stack.enter_async_context(sitting_at_a_browser(RESPONDENT, tmp_path)),
            stack.enter_async_context(sitting_at_firefox(APPLICANT, tmp_path)),
        )
        faults = []
        applicant.on("pageerror", lambda error: faults.append(error.message))
        for page in (mediator, respondent, applicant):
            page.set_default_timeout(steps.PATIENCE_MS)
        await steps.sign_in(mediator, demo.roles["mediator"])
        await steps.enter_room(mediator)
        await asyncio.gather(
            steps.accept_invitation(applicant, demo.roles["applicant"]),
            steps.accept_invitation(respondent, demo.roles["respondent"]),
        )
        await expect(mediator.locator('[data-part="lobby-people"]')).to_contain_text("设备检测正常")
        await steps.verify_and_admit_all(mediator, 2)
        await steps.open_mediation(mediator)
        for page in (mediator, respondent, applicant):
            await steps.switch_devices_on(page)
        yield SimpleNamespace(mediator=mediator, respondent=respondent, applicant=applicant, faults=faults)


async def test_a_party_at_firefox_sees_hears_is_seen_heard_and_recorded(demo, room):
    await asyncio.gather(
        _receives(room.applicant, MEDIATOR, RESPONDENT),
        _meets(room.mediator, APPLICANT),
        _meets(room.respondent, APPLICANT),
    )
    await _the_picture_is_the_one_being_sent(room)
    await _a_new_path_is_found_on_the_same_connections(room)
    await until(room.applicant, f"({ENCODINGS})().then(rids => rids.includes('q') && rids.length > 1)")
    await room.applicant.reload()
    await steps.switch_devices_on(room.applicant)
    await asyncio.gather(_receives(room.applicant, MEDIATOR), _meets(room.mediator, APPLICANT))
    applicant = await participant_of(room.mediator, APPLICANT)
    await steps.conclude(room.mediator, "agreed", "被告于2026年12月31日前归还原告借款86 000元。")
    await expect(room.applicant.locator('[data-screen="halt"]')).to_be_visible()
    verify_says_intact(demo, (await sealed_manifest(demo))["session"])
    await _is_in_the_recording(demo, applicant)
    assert [each for each in room.faults if _LINE not in each] == []


async def _receives(page, *others):
    for other in others:
        await sees(page, other)
        await hears(page, other)


async def _meets(page, other):
    """Like `_receives`, of somebody whose picture is Firefox's own."""
    await sees_moving(page, other)
    await hears(page, other)


async def _the_picture_is_the_one_being_sent(room):
    """Firefox's invented camera wanders through the colours: what the mediator sees wanders after it."""
    own, seen = await video_of(room.applicant, APPLICANT), await video_of(room.mediator, APPLICANT)
    sent, matching = deque(maxlen=30), []  # a busy machine shows a picture seconds after it was taken
    async with asyncio.timeout(40):
        while not any(_distance(matching[0], each) > 60 for each in matching):
            sent.append(await colour_of(room.applicant, own))
            got = await colour_of(room.mediator, seen)
            if min(_distance(got, each) for each in sent) <= 40:
                matching.append(got)


async def _a_new_path_is_found_on_the_same_connections(room):
    """As after a change of network: ICE starts anew in both directions, and nothing is torn down."""
    page = room.applicant
    count, former = await page.evaluate("window.watchedConnections.length"), await page.evaluate(PATHS)
    assert len(former) == 2
    await page.evaluate("dispatchEvent(new Event('online'))")
    await until(page, f"({PATHS})().then(ids => ids.length === 2 && !ids.some(each => {former}.includes(each)))")
    await asyncio.gather(sees(page, MEDIATOR), sees_moving(room.mediator, APPLICANT))
    assert await page.evaluate("window.watchedConnections.length") == count


async def _is_in_the_recording(demo, applicant):
    voices = await recorded_files(demo, applicant, "opus")
    pictures = await recorded_files(demo, applicant, "vp8")
    assert len(voices) >= 2  # before the reload and after
    assert len(pictures) >= 2
    for voice in voices:
        assert abs(loudest_hz(voice) - APPLICANT.tone_hz) < 10
    wandered = [colours(picture) for picture in pictures]
    assert all(len(each) > 20 for each in wandered)
    assert max(_distance(wandered[0][0], each) for each in wandered[0]) > 60


def _distance(one, other):
    return max(abs(mine - theirs) for mine, theirs in zip(one, other, strict=True))
