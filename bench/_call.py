"""A mediator and one party who see and hear each other, the party over a line of its own; knows no figure."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import Page

from bench import _people, _product, _watching
from bench._relay import Line, line
from bench._voice import write_voice

__all__ = ["Call", "calling", "switch_on"]

_WARM_FRAMES = 20
_DEVICES = ("microphone", "camera")


@dataclass(frozen=True, slots=True)
class Call:
    """Both pages, and the line that is the party's alone."""

    product: _product.Product
    mediator: Page
    party: Page
    line: Line

    @property
    def pages(self) -> tuple[Page, Page]:
        """What both are looking at."""
        return self.mediator, self.party


@contextlib.asynccontextmanager
async def calling(seed: int = 1, *, udp: bool = True, data: Path | None = None) -> AsyncIterator[Call]:
    """Start product and browser, bring both in, and wait until pictures flow both ways.

    The product runs on `data`, or on some of its own that are thrown away.
    Without `udp` the party's network blocks it: its pages still go over the line, its media over TCP past it.
    """
    async with AsyncExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        voice = write_voice(directory / "voice.wav")
        product = await stack.enter_async_context(_product.running(data))
        browser = await stack.enter_async_context(_people.chromium(f"--use-file-for-fake-audio-capture={voice}"))
        laid = await stack.enter_async_context(line(product.url, seed))
        mediator = await stack.enter_async_context(_people.window(browser))
        party = await stack.enter_async_context(_people.window(browser))
        await _watching.lay(mediator.context, None)
        await _watching.lay(party.context, laid if udp else None)
        if not udp:
            await party.context.add_init_script("window.benchTcp = true")
        await _people.enter_as_mediator(mediator, product.roles["mediator"])
        await _people.decide_everything(party, laid.through(product.roles["applicant"]))
        await _people.press_enter(party)
        await mediator.click('[data-part="lobby-people"] [data-act="admit"]')
        await party.wait_for_selector('[data-screen="room"]:not([hidden])')
        for page in (mediator, party):
            await switch_on(page)
        for page in (mediator, party):
            for _ in range(_WARM_FRAMES):
                await _watching.next_frame_s(page)
        yield Call(product, mediator, party, laid)


async def switch_on(page: Page) -> None:
    """Press microphone and camera where they are off."""
    for device in _DEVICES:
        button = f'.bar [data-act="{device}"]'
        await page.wait_for_selector(f"{button}.ctl--on, {button}.ctl--off")
        if await page.locator(f"{button}.ctl--off").count():
            await page.click(button)
        await page.wait_for_selector(f"{button}.ctl--on")
