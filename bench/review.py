"""The reviewer's cockpit over a long recording, in real Chromium, against the real product.

`python -m bench.review --json`: a sitting of four people is recorded by the product's own pipeline; then a judge opens
it and jumps about.  `ready_after_end_s` counts from the end of the sitting until it may be opened; `page_ready_ms` from
the click that opens the viewing until every picture and voice stands at its first moment; a seek from the jump until
all of them stand there.
"""

from __future__ import annotations

import asyncio
import random
import sys
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Annotated

import typer
from playwright.async_api import Error as BrowserError
from playwright.async_api import Page

from bench import _hour, _people, _product, report

__all__ = ["TARGETS", "build_report", "measure"]

TARGETS = {
    "seek_p95_ms": report.Target(at_most=300.0),
    "page_ready_ms": report.Target(at_most=1000.0),
    "ready_after_end_s": report.Target(at_most=2.0),
}
_SEED = 5

# All media that have something at the position stand there with a frame to show; resolves with the ms it took.
_SETTLED = """
window.benchSettled = (began) => new Promise((done) => {
  const look = () => {
    const media = [...document.querySelectorAll("#seats :is(video, audio)[src]")];
    const there = media.length >= 8 && media.every((each) => !each.seeking && each.readyState >= 2);
    if (there && document.querySelector("#cockpit.is-ready")) done(performance.now() - began);
    else requestAnimationFrame(look);
  };
  look();
});
"""
_JUMP = """
(second) => {
  const slider = document.querySelector("#seek");
  const began = performance.now();
  slider.value = String(second * 1000);
  slider.dispatchEvent(new Event("input"));
  return window.benchSettled(began);
}
"""


async def measure(minutes: int, seeks: int, steps: report.Steps) -> report.Report:
    """Record, open, jump."""
    async with AsyncExitStack() as stack:
        directory = Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-review-", ignore_cleanup_errors=True))
        )
        steps.begin("making the demo's data")
        async with _product.running(directory / "var"):
            pass
        steps.done()
        steps.begin(f"recording {minutes} minutes")
        recorded = await _hour.record(directory / "var", minutes)
        steps.done()
        product = await stack.enter_async_context(_product.running(directory / "var"))
        browser = await stack.enter_async_context(_people.chromium())
        page = await stack.enter_async_context(_people.window(browser, _SETTLED))
        steps.begin("opening the cockpit")
        opened = [await _opened(page, product, recorded.recording) for _ in range(3)]
        steps.done()
        steps.begin(f"{seeks} seeks")
        taken = await _jumps(page, minutes, seeks)
        steps.done()
        return build_report(recorded, opened, taken, minutes)


async def _opened(page: Page, product: _product.Product, recording: str) -> float:
    """Open a viewing as the judge who reviews; how long until everything stands there."""
    await page.goto(product.roles["judge"])
    await page.click("main form button[type=submit]")
    await page.goto(f"{product.url}/recordings/{recording}")
    await page.click('label:has(input[value="confirmation"])')
    await page.fill("#reason", "测量")
    await page.click('form[action$="/viewings"] button[type=submit]', no_wait_after=True)
    await page.wait_for_url("**/viewings/*")
    return float(await page.evaluate("window.benchSettled(0)"))


async def _jumps(page: Page, minutes: int, seeks: int) -> list[float]:
    await page.wait_for_selector("#integrity-pill.pill--ok", timeout=120_000)  # a check of gigabytes is no seek
    chance = random.Random(_SEED)
    taken = []
    for _ in range(seeks):
        taken.append(float(await page.evaluate(_JUMP, chance.randrange(minutes * 60 - 2))))
        await asyncio.sleep(0.1)
    return taken


def build_report(
    recorded: _hour.Recorded | None,
    opened: list[float],
    taken: list[float],
    minutes: int,
    reasons: tuple[str, ...] = (),
) -> report.Report:
    """Turn what was measured into figures."""
    figures: dict[str, report.Figure] = {
        "seek_p95_ms": report.percentile(taken, 0.95),
        "seek_median_ms": report.percentile(taken, 0.5),
        "page_ready_ms": report.percentile(opened, 0.5),
        "ready_after_end_s": recorded.ready_after_end_s if recorded else None,
    }
    details = {
        "minutes": minutes,
        "files": "4 pictures (640 x 360), 4 voices",
        "megabytes": round(recorded.bytes / 1e6) if recorded else None,
        "seeks": len(taken),
        "page_ready_by_open_ms": [round(each) for each in opened],
    }
    return report.Report("review", figures, TARGETS, details, reasons)


async def _measured(minutes: int, seeks: int, steps: report.Steps) -> report.Report:
    """Measure, or say in one sentence why that was not possible."""
    try:
        return await measure(minutes, seeks, steps)
    except (TimeoutError, _product.ProductError, _people.BrowserMissing, BrowserError) as error:
        return build_report(None, [], [], minutes, (str(error).splitlines()[0] if str(error) else "too slow",))


def main(
    minutes: Annotated[int, typer.Option(min=1, max=120, help="length of the recording")] = 60,
    seeks: Annotated[int, typer.Option(min=10, max=1000, help="jumps")] = 60,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="print one JSON object")] = False,
) -> None:
    """Measure what a reviewer waits for."""
    with report.progress(4) as steps:
        result = asyncio.run(_measured(minutes, seeks, steps))
    report.publish(result, as_json=as_json, out=sys.stdout)
    sys.exit(0 if result.ok else 1)


if __name__ == "__main__":
    typer.run(main)
