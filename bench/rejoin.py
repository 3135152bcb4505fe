"""Reload again and again: how fast somebody is back, whether a ghost stays, whether they are where they were.

`python -m bench.rejoin --json`: a party in the room reloads; each time counts from there to the first painted frame
of another person. Ghosts are tiles of the party beyond its own as the mediator sees them 3 s later.
"""

from __future__ import annotations

import asyncio
import os
import sys
from dataclasses import dataclass, field
from typing import Annotated

import typer
from playwright.async_api import Error as BrowserError

from bench import _call, _people, _product, _watching, report

__all__ = ["TARGETS", "Reloads", "build_report", "measure"]

TARGETS = {
    "p95_s": report.Target(at_most=2.5),
    "ghosts": report.Target(at_most=0.0),
    "wrong_place": report.Target(at_most=0.0),
}
_GHOST_S = 3.0
_BACK_WITHIN_S = 20.0
_PEOPLE = "document.querySelectorAll('article.seat video').length"


@dataclass(slots=True)
class Reloads:
    """Seconds of each reload; pictures too many; reloads that ended elsewhere than in the room."""

    taken_s: list[float] = field(default_factory=list)
    ghosts: int = 0
    wrong_place: int = 0
    load: float = 0.0


async def measure(times: int, steps: report.Steps) -> Reloads:
    """Reload the party's page so many times."""
    reloads = Reloads(load=os.getloadavg()[0])
    async with _call.calling() as call:
        tiles = await call.mediator.evaluate(_PEOPLE)
        steps.done()
        for number in range(times):
            steps.begin(f"reload {number + 1} of {times}")
            began = asyncio.get_running_loop().time()
            await call.party.reload(wait_until="commit")
            await asyncio.wait_for(_watching.next_frame_s(call.party), _BACK_WITHIN_S)
            reloads.taken_s.append(asyncio.get_running_loop().time() - began)
            await asyncio.sleep(_GHOST_S)
            reloads.ghosts += max(0, await call.mediator.evaluate(_PEOPLE) - tiles)
            reloads.wrong_place += not await call.party.locator('[data-screen="room"]').is_visible()
            steps.done()
    return reloads


def build_report(reloads: Reloads, reasons: tuple[str, ...] = ()) -> report.Report:
    """Turn the reloads into figures."""
    figures: dict[str, report.Figure] = {
        "p95_s": report.percentile(reloads.taken_s, 0.95),
        "ghosts": reloads.ghosts if reloads.taken_s else None,
        "wrong_place": reloads.wrong_place if reloads.taken_s else None,
    }
    details = {
        "reloads": len(reloads.taken_s),
        "median_s": report.percentile(reloads.taken_s, 0.5),
        "load_1min": round(reloads.load, 1),
    }
    return report.Report("rejoin", figures, TARGETS, details, reasons)


async def _measured(times: int, steps: report.Steps) -> report.Report:
    try:
        return build_report(await measure(times, steps))
    except TimeoutError:
        return build_report(Reloads(), ("a reloaded page saw nobody",))
    except (_product.ProductError, _people.BrowserMissing, BrowserError) as error:
        return build_report(Reloads(), (str(error).splitlines()[0],))


def main(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line.")] = False,
    long: Annotated[bool, typer.Option("--long", help="A hundred reloads.")] = False,
) -> None:
    """Measure how fast a reload is back."""
    times = 100 if long else 10
    with report.progress(times + 1) as steps:
        result = asyncio.run(_measured(times, steps))
    report.publish(result, as_json=as_json, out=sys.stdout)


if __name__ == "__main__":
    typer.run(main)
