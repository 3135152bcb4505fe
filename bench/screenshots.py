"""`make screenshots`: the pictures of the README, taken from the running product in real windows; measures nothing."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

from playwright.async_api import Page, async_playwright

from bench._chromium import FLAGS, PROGRAM
from bench._people import begin_sitting, decide_everything, enter_as_mediator
from bench._product import Product, running
from recordings.figures import FRAME_MS, Figure, drawn

__all__ = ["main"]

_PICTURES = Path(__file__).parent.parent / "docs" / "pictures"
_SIZE = {"width": 1440, "height": 900}
_CAMERA = (1280, 720)
_SECONDS = 4
_PEOPLE = {
    "mediator": Figure((182, 114, 148), (42, 127, 130), (64, 140, 122), 33, 190.0),
    "applicant": Figure((172, 113, 149), (34, 128, 129), (52, 134, 124), 35, 120.0),
    "respondent": Figure((188, 114, 146), (48, 126, 130), (88, 134, 138), 32, 240.0),
}


def main() -> None:
    """Take all pictures."""
    asyncio.run(_taken())


async def _taken() -> None:
    _PICTURES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="screenshots-") as directory:
        async with running() as product:
            await _room(product, Path(directory))
            for language in ("zh", "en"):
                await _review(product, Path(directory), language)


async def _room(product: Product, directory: Path) -> None:
    async with contextlib.AsyncExitStack() as stack:
        windows = {who: await stack.enter_async_context(_window(directory, who, "zh")) for who in _PEOPLE}
        mediator = windows["mediator"]
        await enter_as_mediator(mediator, product.roles["mediator"])
        for who in ("applicant", "respondent"):
            await decide_everything(windows[who], product.roles[who])
            await windows[who].click("#enter-button")
            await windows[who].wait_for_selector('[data-screen="lobby"]:not([hidden])')
        await begin_sitting(mediator, 2)
        await mediator.wait_for_selector(".pill--rec")
        await mediator.wait_for_timeout(8000)  # pictures sharpen while the line is being learnt
        await mediator.screenshot(path=_PICTURES / "room-zh.png")
        await mediator.click('[data-act="open-caucus"]')
        await mediator.click('#caucus label:has(input[value="applicant"])')
        await mediator.click('#caucus button[value="yes"]')
        await mediator.wait_for_selector('[data-part="caucus-bar"]:not([hidden])')
        await mediator.wait_for_timeout(3000)
        await mediator.screenshot(path=_PICTURES / "caucus-zh.png")


async def _review(product: Product, directory: Path, language: str) -> None:
    async with _window(directory, "judge", language) as judge:
        await judge.goto(product.roles["judge"])
        await judge.click("main form button[type=submit]")
        await judge.click('a[href^="/recordings/"]')
        await judge.click('label:has(input[value="confirmation"])')
        await judge.fill("#reason", "审查协议是否自愿" if language == "zh" else "Was the agreement voluntary?")
        await judge.click('form[action$="/viewings"] button[type=submit]')
        await judge.wait_for_selector(".is-ready .pill--ok")
        await judge.goto(judge.url + "#t=61")
        await judge.wait_for_timeout(2000)
        await judge.screenshot(path=_PICTURES / f"review-{language}.png")


@contextlib.asynccontextmanager
async def _window(directory: Path, who: str, language: str) -> AsyncIterator[Page]:
    """A window with a camera that shows the invented person, if it is one of them."""
    flags = list(FLAGS)
    if who in _PEOPLE:
        flags.append(f"--use-file-for-fake-video-capture={_camera(directory, who)}")
    async with async_playwright() as playwright:
        context = await playwright.chromium.launch_persistent_context(
            str(directory / f"{who}-{language}"),
            executable_path=PROGRAM,
            args=flags,
            viewport={"width": _SIZE["width"], "height": _SIZE["height"]},
            locale="zh-CN" if language == "zh" else "en-GB",
            permissions=["camera", "microphone"],
        )
        try:
            yield context.pages[0]
        finally:
            await context.close()


def _camera(directory: Path, who: str) -> Path:
    path = directory / f"{who}.y4m"
    with path.open("wb") as file:
        file.write(f"YUV4MPEG2 W{_CAMERA[0]} H{_CAMERA[1]} F{1000 // FRAME_MS}:1 Ip A1:1 C420\n".encode())
        for at_ms in range(0, _SECONDS * 1000, FRAME_MS):
            frame = drawn(_PEOPLE[who], at_ms, talks=True).reformat(*_CAMERA, format="yuv420p")
            file.write(b"FRAME\n" + frame.to_ndarray().tobytes())
    return path


if __name__ == "__main__":
    main()
