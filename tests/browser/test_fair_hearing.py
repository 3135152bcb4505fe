"""A line fails while others speak: its owner is told, the mediator is told and has it repeated, the log says both."""

import asyncio
import json
import os
import sqlite3
from contextlib import AsyncExitStack
from types import SimpleNamespace

import pytest
from playwright.async_api import expect

from bench import _people, _watching
from bench._call import switch_on
from bench._relay import line
from bench._voice import write_voice
from bench._weather import Way, Weather
from tests.browser.people import until

CLEAR, NOTHING_COMES = Weather(), Weather(down=Way(loss=1.0))
CARD = ".fair:not(.fair--calm)"
NOTED = f'{CARD} [data-part="noted"]'
# A line that fails before the first pictures have come is another story.
SOMEBODY_MOVES = """[...document.querySelectorAll("article.seat:not(.is-self) video")].some(
  each => each.getVideoPlaybackQuality().totalVideoFrames > 10)"""


@pytest.fixture
async def sitting(demo, tmp_path):
    """A sitting under way: everybody speaks without a pause, the applicant over a line of their own.

    The applicant has no picture: it stands still without what comes back, and others missing that is another story.
    """
    async with AsyncExitStack() as stack:
        voice = write_voice(tmp_path / "voice.wav")
        browser = await stack.enter_async_context(_people.chromium(f"--use-file-for-fake-audio-capture={voice}"))
        laid = await stack.enter_async_context(line(demo.url))
        mediator, zhou, lin = [await stack.enter_async_context(_people.window(browser)) for _ in range(3)]
        await _watching.lay(zhou.context, laid)
        await _people.enter_as_mediator(mediator, demo.roles["mediator"])
        for page, link in ((zhou, laid.through(demo.roles["applicant"])), (lin, demo.roles["respondent"])):
            await _people.decide_everything(page, link)
            await _people.press_enter(page)
        await _people.begin_sitting(mediator, 2)
        for page in (mediator, zhou, lin):
            await switch_on(page)
        await _people.switch_camera(zhou, on=False)
        for page in (mediator, zhou, lin):
            await until(page, SOMEBODY_MOVES)
        yield SimpleNamespace(mediator=mediator, zhou=zhou, lin=lin, line=laid, database=demo.directory / "var")


def logged(directory, kind):
    """The payloads of one kind in the session log of the sitting, as the server wrote them."""
    with sqlite3.connect(f"file:{next(directory.glob('*.db'))}?mode=ro", uri=True) as database:
        rows = database.execute("select payload from session_events where kind = ? order by seq", (kind,)).fetchall()
    return [json.loads(payload) for (payload,) in rows]


async def written(directory, kind, **like):
    async with asyncio.timeout(20):
        while True:
            found = [each for each in await asyncio.to_thread(logged, directory, kind) if like.items() <= each.items()]
            if found:
                return found
            await asyncio.sleep(0.1)


def meet(one, other):
    """Whether two stretches are of the same two people at the same time."""
    same = (one["participant"], one["whom"]) == (other["participant"], other["whom"])
    return same and one["from_ms"] < other["to_ms"] and other["from_ms"] < one["to_ms"]


async def picture(page, name):
    """Kept when somebody wants to look at it."""
    if directory := os.environ.get("FAIR_PICTURES"):
        await page.screenshot(path=f"{directory}/{name}.png")


async def test_the_mediator_sees_who_missed_what_and_has_it_repeated(sitting):
    mediator, zhou, lin = sitting.mediator, sitting.zhou, sitting.lin
    sitting.line.weather = NOTHING_COMES
    await expect(mediator.locator(CARD).first).to_contain_text("周承安从")
    await expect(mediator.locator(CARD).filter(has_text="没有听到您的话")).to_have_count(1)
    await expect(zhou.locator(CARD).first).to_contain_text("您从")
    await expect(zhou.locator(CARD).first).to_contain_text("调解员已经知道")
    await expect(lin.locator(CARD)).to_have_count(0)
    await picture(mediator, "mediator-now")
    sitting.line.weather = CLEAR
    await expect(mediator.locator(CARD).first).to_contain_text("现在已经恢复")
    missed = await written(sitting.database, "missed", sense="sound")
    assert all(each["missed_ms"] > 3_000 for each in missed)
    every = await asyncio.to_thread(logged, sitting.database, "missed")
    pictures = [each for each in every if each["sense"] == "picture"]  # a busy machine's stand still for a while
    assert not [each for each in pictures if any(meet(each, sound) for sound in missed)]
    await picture(mediator, "mediator-over")
    await picture(zhou, "party-over")
    await mediator.set_viewport_size({"width": 390, "height": 844})
    await expect(mediator.locator(CARD).nth(1)).to_be_hidden()
    await picture(mediator, "mediator-phone")
    await mediator.set_viewport_size({"width": 1280, "height": 800})
    await mediator.locator(CARD).filter(has_text="没有听到您的话").locator('[data-part="repeat"]').click()
    for page in (mediator, zhou, lin):
        await expect(page.locator(".fair--calm")).to_contain_text("把刚才的话再说一遍")
    assert len(await written(sitting.database, "repeated")) == 1
    await zhou.set_viewport_size({"width": 390, "height": 844})
    await picture(zhou, "party-phone")
    while await mediator.locator(NOTED).count():
        await mediator.locator(NOTED).first.click()
        await mediator.wait_for_timeout(100)
    await expect(mediator.locator(CARD)).to_have_count(0)
