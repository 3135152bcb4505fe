"""Time to join: from the click on Enter to the first remote frame painted, in real Chromium, against the real product.

`python -m bench.join --json`: a sitting is live; a party opens its link and enters, again and again.
Each time counts from the click on the link page's last button, a second after it came to be seen, through entering,
offer, ICE and DTLS, to the first `requestVideoFrameCallback` of a video that shows somebody else.  All on loopback.

`admitted_ms` is what waits for a party behind that: from the mediator's word to a party in the lobby to the same frame.
For half a second of it nothing may come, for what was said before that word may still be on its way.
"""

from __future__ import annotations

import asyncio
import os
import sys
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Annotated

import typer
from playwright.async_api import Error as BrowserError
from playwright.async_api import Page

from bench import _people, _product, report

__all__ = ["STOPWATCH", "TARGETS", "Joins", "build_report", "measure"]

TARGETS = {"median_ms": report.Target(at_most=140.0), "p95_ms": report.Target(at_most=250.0)}
_FRAME_TIMEOUT_S = 20.0
_LEAST = 10
_ADMISSIONS = 5
_READING_S = 1.0  # nobody presses the last button before having read what stands above it

# Runs before the page's own scripts: notes when the button was pressed and when somebody else was first painted.
STOPWATCH = """
(() => {
  const remote = new Set();
  let painted = () => {};
  window.benchAgain = () => { window.benchFrame = new Promise((done) => { painted = done; }); };
  window.benchAgain();
  const Native = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Native {
    constructor(...given) {
      super(...given);
      this.addEventListener("track", ({ track }) => remote.add(track.id));
    }
  };
  document.addEventListener("click", (event) => {
    if (event.target.closest("#enter-button")) {
      sessionStorage.setItem("benchPressed", String(performance.timeOrigin + event.timeStamp));
    }
  }, true);
  // a picture may have come before it is to be seen: it counts when the first frame of the page that shows it is over
  const seen = (video, now, before = false) => {
    if (before) return painted(performance.timeOrigin + now);
    const visible = video.dataset.participant && video.checkVisibility({ visibilityProperty: true });
    requestAnimationFrame((next) => seen(video, next, visible));
  };
  const watch = (video) => video.requestVideoFrameCallback((now) => {
    const shown = video.srcObject instanceof MediaStream ? video.srcObject.getVideoTracks() : [];
    if (shown.some(({ id }) => remote.has(id))) {
      seen(video, now);
    } else {
      watch(video);
    }
  });
  const { get, set } = Object.getOwnPropertyDescriptor(HTMLMediaElement.prototype, "srcObject");
  Object.defineProperty(HTMLMediaElement.prototype, "srcObject", {
    configurable: true,
    get,
    set(stream) {
      set.call(this, stream);
      if (this instanceof HTMLVideoElement && stream) watch(this);
    },
  });
})();
"""
# What the mediator says of somebody, over the page's own line; when it was said, in ms.
_SAY = """async ([event, payload]) => {
  const loaded = performance.getEntriesByType("resource").map(({ name }) => name);
  const { signaling } = await import(loaded.find((name) => name.endsWith("/room/line.js")));
  const said = performance.timeOrigin + performance.now();
  await signaling.ask(event, payload);
  return said;
}"""


@dataclass(slots=True)
class Joins:
    """Each in ms: from the press on Enter, and from the mediator's word to a party in the lobby."""

    entered: list[float] = field(default_factory=list)
    admitted: list[float] = field(default_factory=list)
    load: float = 0.0


async def measure(joins: int, steps: report.Steps) -> report.Report:
    """Start product and browser, begin a sitting, then let a party enter it `joins` times by the clock."""
    async with AsyncExitStack() as stack:
        steps.begin("starting the product")
        product = await stack.enter_async_context(_product.running())
        browser = await stack.enter_async_context(_people.chromium())
        mediator = await stack.enter_async_context(_people.window(browser))
        other = await stack.enter_async_context(_people.window(browser))
        party = await stack.enter_async_context(_people.window(browser, STOPWATCH))
        steps.begin("beginning the sitting")
        await _gather(product, mediator, other, party)
        steps.done()
        taken = Joins(load=os.getloadavg()[0])
        for number in range(joins):
            steps.begin(f"join {number + 1} of {joins}")
            taken.entered.append(await _join(party, product.roles["applicant"]))
            steps.done()
        steps.begin("admissions")
        for _ in range(_ADMISSIONS):
            taken.admitted.append(await _admitted(mediator, party))
        steps.done()
        return build_report(taken, await browser_version(party))


async def _gather(product: _product.Product, mediator: Page, other: Page, party: Page) -> None:
    """Bring everybody in and begin; only the mediator's camera stays on, so that encoding is not what is measured."""
    await _people.enter_as_mediator(mediator, product.roles["mediator"])
    await _people.switch_camera(mediator, on=True)
    for page, role in ((other, "respondent"), (party, "applicant")):
        await _people.decide_everything(page, product.roles[role])
        await _people.press_enter(page)
    await _people.begin_sitting(mediator, 2)
    await _people.switch_camera(other, on=False)
    await _painted_at(party)


async def browser_version(page: Page) -> str:
    """Return the browser's name and version as it tells them."""
    browser = page.context.browser
    return "" if browser is None else f"Chromium {browser.version}"


def build_report(taken: Joins, browser: str, reasons: tuple[str, ...] = ()) -> report.Report:
    """Turn the joins into figures."""
    figures: dict[str, report.Figure] = {
        "median_ms": report.percentile(taken.entered, 0.5),
        "p95_ms": report.percentile(taken.entered, 0.95),
        "admitted_ms": report.percentile(taken.admitted, 0.5),
    }
    details = {
        "joins": len(taken.entered),
        "reading_s": _READING_S,
        "ms_by_join": [round(each) for each in taken.entered],
        "ms_by_admission": [round(each) for each in taken.admitted],
        "load_1min": round(taken.load, 1),
        "browser": browser,
    }
    return report.Report("join", figures, TARGETS, details, reasons)


async def _join(page: Page, link: str) -> float:
    await _people.decide_everything(page, link)
    await asyncio.sleep(_READING_S)
    await _people.press_enter(page)
    painted = await _painted_at(page)
    return painted - float(await page.evaluate("Number(sessionStorage.getItem('benchPressed'))"))


async def _admitted(mediator: Page, party: Page) -> float:
    """Send the party to the lobby, let them in again."""
    whom = party.url.rsplit("/", 1)[1]
    await mediator.evaluate(_SAY, ["to_lobby", {"participant": whom}])
    await party.wait_for_selector('[data-screen="lobby"]:not([hidden])')
    await asyncio.sleep(_READING_S)
    await party.evaluate("window.benchAgain()")
    said = float(await mediator.evaluate(_SAY, ["admit", {"participants": [whom]}]))
    return await _painted_at(party) - said


async def _painted_at(page: Page) -> float:
    """Wait for the stopwatch, ms since the epoch.

    A promise and no polled expression, which the pages' content security policy refuses.
    """
    async with asyncio.timeout(_FRAME_TIMEOUT_S):
        return float(await page.evaluate("window.benchFrame"))


async def _measured(joins: int, steps: report.Steps) -> report.Report:
    """Measure, or say in one sentence why that was not possible."""
    try:
        return await measure(joins, steps)
    except TimeoutError:
        return build_report(Joins(), "", ("no remote frame was painted",))
    except (_product.ProductError, _people.BrowserMissing, BrowserError) as error:
        return build_report(Joins(), "", (str(error).splitlines()[0],))


def main(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line.")] = False,
    long: Annotated[bool, typer.Option("--long", help="More joins.")] = False,
) -> None:
    """Measure how long joining a live sitting takes."""
    joins = 5 * _LEAST if long else _LEAST + 5
    with report.progress(joins + 2) as steps:
        result = asyncio.run(_measured(joins, steps))
    report.publish(result, as_json=as_json, out=sys.stdout)


if __name__ == "__main__":
    typer.run(main)
