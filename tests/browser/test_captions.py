"""Captions as people have them: switched on in the menu, read where one hears, sealed with the recording."""

import os
import wave
from contextlib import AsyncExitStack
from types import SimpleNamespace

import numpy as np
import pytest
from playwright.async_api import expect

from bench import _people
from bench._call import switch_on
from tests.browser.conftest import Demo
from tests.browser.people import everything_told
from tests.browser.steps import PATIENCE_MS, close_caucus, conclude, open_caucus
from tests.browser.witness import sealed_manifest
from tests.mediation_server.captions.voices import RATE, silence, spoken

STRIP = '[data-part="captions"]'
WORDS = "hello"  # what the machine makes of the second word changes with the line
MARK = "机器生成，仅供参考"


@pytest.fixture
async def demo(tmp_path, first_days, monkeypatch):
    monkeypatch.setenv("MEDIATION_CAPTIONS", "sphinx")
    await first_days.lay(tmp_path / "var")
    running = Demo(tmp_path)
    await running.start()
    yield running
    await running.stop()


def voice(path, *sounds):
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(np.concatenate(sounds).tobytes())
    return f"--use-file-for-fake-audio-capture={path}"


@pytest.fixture
async def sitting(demo, tmp_path):
    """The applicant says the same English words again and again; nobody else says anything."""
    async with AsyncExitStack() as stack:
        speaks = voice(tmp_path / "speaks.wav", spoken("hello world"), silence(2500))
        silent = voice(tmp_path / "silent.wav", silence(1000))
        one, others = [await stack.enter_async_context(_people.chromium(flag)) for flag in (speaks, silent)]
        mediator, lin = [await stack.enter_async_context(_people.window(others)) for _ in range(2)]
        zhou = await stack.enter_async_context(_people.window(one))
        await _people.enter_as_mediator(mediator, demo.roles["mediator"])
        for page, link in ((zhou, demo.roles["applicant"]), (lin, demo.roles["respondent"])):
            await _people.decide_everything(page, link)
            await _people.press_enter(page)
        await _people.begin_sitting(mediator, 2)
        for page in (mediator, zhou, lin):
            await switch_on(page)
        yield SimpleNamespace(mediator=mediator, zhou=zhou, lin=lin)


async def picture(page, name):
    """Kept when somebody wants to look at it."""
    if directory := os.environ.get("CAPTION_PICTURES"):
        await page.screenshot(path=f"{directory}/{name}.png")


async def show_captions(page):
    await page.click('.bar [data-act="more"]')
    await page.get_by_text("显示字幕").click()
    await expect(page.locator(STRIP)).to_contain_text(MARK)


async def test_captions_are_read_by_whoever_hears_and_sealed_but_for_a_caucus(demo, sitting):
    mediator, lin = sitting.mediator, sitting.lin
    await expect(lin.locator(STRIP)).to_be_hidden()
    for page in (mediator, lin):
        await show_captions(page)
        await expect(page.locator(STRIP)).to_contain_text(WORDS, timeout=3 * PATIENCE_MS)
        await expect(page.locator(STRIP)).to_contain_text("周承安")
    await expect(sitting.zhou.locator(STRIP)).to_be_hidden()
    await picture(mediator, "joint")
    told = everything_told(lin)
    await lin.reload()
    await expect(lin.locator(STRIP)).to_contain_text(WORDS, timeout=3 * PATIENCE_MS)
    await open_caucus(mediator, "applicant")
    await expect(lin.locator('[data-screen="companion"]')).to_be_visible()
    told.clear()
    await switch_on(sitting.zhou)
    await expect(mediator.locator(STRIP)).to_contain_text(WORDS, timeout=3 * PATIENCE_MS)
    await expect(sitting.zhou.locator('[data-part="audience"]')).to_contain_text("机器在写字幕，不保存")
    await picture(mediator, "caucus")
    assert not [each for each in told if "caption" in each and WORDS in each]
    await close_caucus(mediator)
    await expect(mediator.locator(STRIP)).not_to_contain_text(WORDS)
    await conclude(mediator, "continue", "下次再谈")
    the_words_are_sealed_but_for_the_caucus(await sealed_manifest(demo))


def the_words_are_sealed_but_for_the_caucus(manifest):
    (caucus,) = [each for each in manifest["gaps"] if each["reason"] == "caucus"]
    lanes = [each for each in manifest["tracks"] if each["source"] == "captions"]
    (speaker,) = {each["participant"] for each in lanes}
    assert next(each["name"] for each in manifest["participants"] if each["id"] == speaker) == "周承安"
    for segment in (each for lane in lanes for each in lane["segments"]):
        assert segment["to_ms"] <= caucus["from_ms"] or segment["from_ms"] >= caucus["to_ms"]
