"""`kill -9` in the middle of a sitting, again and again: what is lost, what plays, what is noted, who is back when.

`python -m bench.crash --json`: a mediator and two parties at real Chromium pages; the whole product is killed at a
random instant and started again as a supervisor would.  With `--standby` a second process stands by, already loaded,
and takes over; the next one is loaded when all are back.  `lost_s` counts for each track from the instant of the kill
to the end of what stands in its file, so it includes what was still on its way.  `back_s` counts from the kill until
every page has painted a new frame of another person.
"""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import typer
from playwright.async_api import Error as BrowserError
from playwright.async_api import Page

from bench import _people, _product, _torn, _watching, report
from bench._call import switch_on
from bench._killable import Killable, killable
from recordings.journal import read_journal

__all__ = ["TARGETS", "Crashes", "build_report", "covered", "measure"]

TARGETS = {
    "lost_p99_s": report.Target(at_most=0.25),
    "playable": report.Target(at_least=1.0),
    "gaps_logged": report.Target(at_least=1.0),
    "back_p95_s": report.Target(at_most=4.0),
}
_EARLIEST_S, _LATEST_S = 1.0, 4.0  # after everybody is back: new files are open and torn in their turn
_SETTLED_S = 1.0  # what had come before the kill has been painted by then; measured: up to 0.5 s after it
_BACK_WITHIN_S = 90.0
_SAMPLE = 5  # one file in so many is played in Chromium
_EDGE_S = 0.1


@dataclass(slots=True)
class Crashes:
    """Seconds lost per torn file, files read, kills that one gap tells of, seconds until all are back."""

    lost_s: list[float] = field(default_factory=list)
    files: int = 0
    unread: list[str] = field(default_factory=list)
    played: int = 0
    kills_s: list[float] = field(default_factory=list)  # of the sitting
    noted: int = 0
    back_s: list[float] = field(default_factory=list)
    ready_s: list[float] = field(default_factory=list)
    load: float = 0.0


async def measure(times: int, seed: int, steps: report.Steps, seen: Crashes, *, standby: bool = False) -> None:
    """Hold a sitting and kill the product so many times. Raises `TimeoutError` when somebody does not come back."""
    chance = random.Random(seed)
    seen.load = os.getloadavg()[0]
    async with AsyncExitStack() as stack:
        steps.begin("starting")
        product = await stack.enter_async_context(killable(standby=standby))
        browser = await stack.enter_async_context(_people.chromium())
        pages = [await stack.enter_async_context(_people.window(browser, _watching.SCRIPT)) for _ in range(3)]
        player = await stack.enter_async_context(_people.window(browser))
        await _gather(product, pages)
        directory = await asyncio.to_thread(_torn.live_recording, product.data)
        began_s = _torn.started_s(await asyncio.to_thread(read_journal, directory))
        steps.done()
        known: set[str] = set()
        for number in range(times):
            steps.begin(f"kill {number + 1} of {times}")
            await product.attend()
            await asyncio.sleep(chance.uniform(_EARLIEST_S, _LATEST_S))
            killed_s = await _crash(product, pages, seen) - began_s
            seen.kills_s.append(killed_s)
            await _look(directory, known, killed_s, player, seen)
            await _noted(product.data / "mediation.db", directory, seen)
            steps.done()


async def _gather(product: Killable, pages: Sequence[Page]) -> None:
    """Everybody comes in with camera and microphone, and the sitting begins."""
    assert product.product is not None  # noqa: S101 - killable() has started it
    roles = product.product.roles
    mediator, *parties = pages
    await _people.enter_as_mediator(mediator, roles["mediator"])
    for page, role in zip(parties, ("applicant", "respondent"), strict=True):
        await _people.decide_everything(page, roles[role])
        await _people.press_enter(page)
    await _people.begin_sitting(mediator, len(parties))
    for page in pages:
        await switch_on(page)
    await _all_see(pages)


async def _crash(product: Killable, pages: Sequence[Page], seen: Crashes) -> float:
    """Kill, start again, wait until everybody sees somebody; when it was killed (s since 1970)."""
    killed_at = await product.kill()
    began = time.monotonic()
    starting = asyncio.create_task(product.start())
    await asyncio.sleep(_SETTLED_S)
    await _all_see(pages)
    seen.back_s.append(time.monotonic() - began)
    await starting
    return killed_at


async def _all_see(pages: Sequence[Page]) -> None:
    async with asyncio.timeout(_BACK_WITHIN_S):
        await asyncio.gather(*(_watching.next_frame_s(page) for page in pages))


async def _look(directory: Path, known: set[str], killed_s: float, player: Page, seen: Crashes) -> None:
    """Read what the kill has torn."""
    for entry, codec in await asyncio.to_thread(_torn.torn_since, directory, known):
        file = await asyncio.to_thread(_torn.opened, directory.parents[2], directory, entry.file)
        torn = await _torn.probed(file, entry, codec)
        unread = list(torn.unread_by)
        if seen.files % _SAMPLE == 0:
            seen.played += 1
            if not await _torn.plays_in_chromium(player, file):
                unread.append("chromium")
        seen.files += 1
        if unread:
            seen.unread.append(f"{torn.file}: {', '.join(unread)}")
        if torn.end_s is not None:
            seen.lost_s.append(max(0.0, killed_s - torn.end_s))


async def _noted(database: Path, directory: Path, seen: Crashes) -> None:
    """Count the kills of which both the recording and the session log tell as one gap."""
    state = await asyncio.to_thread(read_journal, directory)
    written = [(each.from_ms / 1000, (each.to_ms or each.from_ms) / 1000) for each in state.gaps]
    told = await asyncio.to_thread(_torn.logged_gaps, database, state.session)
    seen.noted = sum(
        covered(killed, written) and covered(killed, [_interval(each) for each in told]) for killed in seen.kills_s
    )


def _interval(payload: Mapping[str, object]) -> tuple[float, float]:
    return float(str(payload["from_ms"])) / 1000, float(str(payload["to_ms"])) / 1000


def covered(moment_s: float, gaps: Sequence[tuple[float, float]]) -> bool:
    """Whether exactly one gap tells of this moment; a gap begins at the last frame, which may come a moment after."""
    return sum(begin - _EDGE_S <= moment_s <= end for begin, end in gaps) == 1


def build_report(seen: Crashes, reasons: tuple[str, ...] = ()) -> report.Report:
    """Turn what was seen into figures."""
    kills = len(seen.kills_s)
    figures: dict[str, report.Figure] = {
        "lost_p99_s": report.percentile(seen.lost_s, 0.99),
        "playable": 1 - len(seen.unread) / seen.files if seen.files else None,
        "gaps_logged": seen.noted / kills if kills else None,
        "back_p95_s": report.percentile(seen.back_s, 0.95),
    }
    details = {
        "kills": kills,
        "files": seen.files,
        "played_in_chromium": seen.played,
        "unread": seen.unread[:10],
        "lost_median_s": report.percentile(seen.lost_s, 0.5),
        "lost_max_s": max(seen.lost_s, default=None),
        "back_median_s": report.percentile(seen.back_s, 0.5),
        "load_1min": round(seen.load, 1),
    }
    return report.Report("crash", figures, TARGETS, details, reasons)


async def _measured(times: int, seed: int, steps: report.Steps, *, standby: bool) -> report.Report:
    lacking = [each for each in _torn.PROGRAMS if shutil.which(each) is None]
    if lacking:
        return build_report(Crashes(), (f"not installed: {', '.join(lacking)} (Debian: ffmpeg, mkvtoolnix)",))
    seen = Crashes()
    try:
        await measure(times, seed, steps, seen, standby=standby)
    except TimeoutError:
        return build_report(seen, (f"after kill {len(seen.kills_s) + 1} somebody did not come back",))
    except (_product.ProductError, _people.BrowserMissing, BrowserError, LookupError) as error:
        return build_report(seen, (str(error).splitlines()[0],))
    return build_report(seen)


def main(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line.")] = False,
    long: Annotated[bool, typer.Option("--long", help="A thousand kills.")] = False,
    seed: Annotated[int, typer.Option(help="The same seed gives the same instants.")] = 1,
    standby: Annotated[bool, typer.Option("--standby", help="A second process stands by and takes over.")] = False,
    kills: Annotated[int, typer.Option(min=0, help="So many kills; 0: as the form says.")] = 0,
) -> None:
    """Measure what `kill -9` costs."""
    times = kills or (1000 if long else 20)
    with report.progress(times + 1) as steps:
        result = asyncio.run(_measured(times, seed, steps, standby=standby))
    report.publish(result, as_json=as_json, out=sys.stdout)


if __name__ == "__main__":
    typer.run(main)
