"""A disk that fills or is slow, and a clock that is set, in the middle of a sitting: who notices, and who is told.

`python -m bench.disk --json`: a mediator and two parties at real Chromium pages; recordings lie on a small disk, which
is filled; each fsync takes two seconds; the wall clock goes an hour ahead and an hour back. `live_frames` is the worst
share, over these faults, of frames sent that every other page received. `banner_s` counts from the moment the disk is
full until the last page says that nothing is recorded. `timeline_error_ms` is the largest distance between where an
entry of the log says something happened and where it did by a clock nobody set. A signed checkpoint says up to which
moment all was captured; how much later it was signed is `signed_late_ms`, no error of the time line.
"""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, NamedTuple

import typer
from playwright.async_api import Error as BrowserError
from playwright.async_api import Page

from bench import _faults, _people, _product, _torn, _watching, report
from bench._call import switch_on
from mediation_server.clock import SystemClock
from mediation_server.config import Settings
from mediation_server.demo import first_start
from recordings.journal import read_journal

__all__ = ["TARGETS", "Phase", "Said", "Seen", "build_report", "errors_ms", "measure"]

TARGETS = {
    "live_frames": report.Target(at_least=0.995),
    "banner_s": report.Target(at_most=2.0),
    "timeline_error_ms": report.Target(at_most=40.0),
}
_DISK_MIB = 64
_FSYNC_MS, _HOUR_MS = 2_000, 3_600_000
_SETTLE_S, _SHORT_S, _LONG_S = 3.0, 10.0, 60.0
_PATIENCE_MS = 15_000
_CHECKPOINT = "checkpoint"
_UNRECORDED, _RECORDED = '.pill--gap[data-part="rec"]', '.pill--rec[data-part="rec"]'
_COUNTS = """async () => {
  const sent = new Map();
  let received = 0;
  for (const connection of window.bench.connections) {
    if (connection.connectionState === "closed") continue;
    for (const each of (await connection.getStats()).values()) {
      if (each.kind !== "video") continue;
      if (each.type === "inbound-rtp") received += each.framesReceived ?? 0;
      if (each.type === "outbound-rtp") sent.set(each.mid, Math.max(sent.get(each.mid) ?? 0, each.framesSent ?? 0));
    }
  }
  return [[...sent.values()].reduce((sum, each) => sum + each, 0), received];
}"""


@dataclass(frozen=True, slots=True)
class Phase:
    """From one moment to another (s since 1970, by our clock) the product's wall clock was so far ahead."""

    from_s: float
    to_s: float
    ahead_ms: int


class Said(NamedTuple):
    """What happened, at which wall clock (s since 1970), and how many ms from the start it is said to be."""

    what: str
    at_s: float
    offset_ms: int


@dataclass(slots=True)
class Seen:
    """Shares of frames by fault, seconds, and by how much the time line was wrong."""

    shares: dict[str, float] = field(default_factory=dict)
    banner_s: float | None = None
    asked_s: float | None = None
    resumed_s: float | None = None
    errors_ms: dict[str, float] = field(default_factory=dict)  # the largest by what was said
    moments: int = 0
    jumps_ms: list[int] = field(default_factory=list)
    decided: int = 0
    load: float = 0.0


async def measure(seconds: float, steps: report.Steps, seen: Seen) -> None:
    """Hold a sitting and let everything go wrong for so many seconds each. Raises `FaultsMissing`."""
    seen.load = os.getloadavg()[0]
    async with AsyncExitStack() as stack:
        steps.begin("starting")
        laid = await stack.enter_async_context(_faults.faults(_DISK_MIB, _first_day))
        product = await stack.enter_async_context(_product.running(laid.directory, laid.environment))
        browser = await stack.enter_async_context(_people.chromium())
        pages = [await stack.enter_async_context(_people.window(browser, _watching.SCRIPT)) for _ in range(3)]
        await _gather(product, pages)
        steps.done()
        steps.begin("nothing goes wrong")
        await asyncio.sleep(_SETTLE_S)
        seen.shares["none"] = await _share(pages, seconds)
        steps.done()
        steps.begin("the disk is full")
        await _full(laid, pages, seconds, seen)
        steps.done()
        steps.begin("fsync takes two seconds")
        laid.slow(_FSYNC_MS)
        seen.shares["fsync"] = await _share(pages, seconds)
        laid.slow(0)
        steps.done()
        phases = []
        for name, ahead_ms in (("an hour ahead", _HOUR_MS), ("an hour back", -_HOUR_MS)):
            steps.begin(name)
            began = time.time()
            laid.set_clock(ahead_ms)
            seen.shares[name] = await _share(pages, seconds)
            await _pause_and_go_on(pages)
            laid.set_clock(0)
            phases.append(Phase(began, time.time(), ahead_ms))
            await asyncio.sleep(_SETTLE_S)
            steps.done()
        await asyncio.to_thread(_read, laid.directory, phases, seen)


async def _first_day(data: Path) -> None:
    """What the first start of the demo makes, recordings and all."""
    given: dict[str, object] = {"demo": True, "data_dir": data}
    await first_start(Settings(**given), SystemClock())  # type: ignore[arg-type]


async def _gather(product: _product.Product, pages: Sequence[Page]) -> None:
    """Everybody comes in with camera and microphone, and the sitting begins."""
    mediator, *parties = pages
    await _people.enter_as_mediator(mediator, product.roles["mediator"])
    for page, role in zip(parties, ("applicant", "respondent"), strict=True):
        await _people.decide_everything(page, product.roles[role])
        await _people.press_enter(page)
    await _people.begin_sitting(mediator, len(parties))
    for page in pages:
        await switch_on(page)
    await asyncio.gather(*(_watching.next_frame_s(page) for page in pages))


async def _share(pages: Sequence[Page], seconds: float) -> float:
    """Of the frames that were sent meanwhile, the share that each of the others received."""
    before = await _counts(pages)
    await asyncio.sleep(seconds)
    after = await _counts(pages)
    sent, received = (sum(late[n] - early[n] for early, late in zip(before, after, strict=True)) for n in (0, 1))
    return received / (sent * (len(pages) - 1)) if sent else 0.0


async def _counts(pages: Sequence[Page]) -> list[tuple[int, int]]:
    """Frames sent and received by each page so far."""
    return [
        (int(sent), int(received)) for sent, received in await asyncio.gather(*(p.evaluate(_COUNTS) for p in pages))
    ]


async def _full(laid: _faults.Faults, pages: Sequence[Page], seconds: float, seen: Seen) -> None:
    """Everybody is told, the mediator lets it go on, and it is recorded again once there is room."""
    mediator = pages[0]
    sharing = asyncio.create_task(_share(pages, seconds))
    await asyncio.to_thread(laid.fill)
    began = time.monotonic()
    asked = asyncio.create_task(mediator.wait_for_selector("#menu[open]", timeout=_PATIENCE_MS))
    await asyncio.gather(*(page.wait_for_selector(_UNRECORDED, timeout=_PATIENCE_MS) for page in pages))
    seen.banner_s = time.monotonic() - began
    await asked
    seen.asked_s = time.monotonic() - began
    await mediator.click("#menu .menu__item--danger")
    await mediator.fill("#ask-input", "双方同意先谈完")
    await mediator.click('#ask [data-part="ask-yes"]')
    seen.shares["disk"] = await sharing
    began = time.monotonic()
    await asyncio.to_thread(laid.free)
    await asyncio.gather(*(page.wait_for_selector(_RECORDED, timeout=_PATIENCE_MS) for page in pages))
    seen.resumed_s = time.monotonic() - began


async def _pause_and_go_on(pages: Sequence[Page]) -> None:
    """Something for the log and the recorder to say while the clock is wrong."""
    mediator = pages[0]
    await mediator.click('.bar [data-act="suspend"]')
    await mediator.fill("#ask-input", "休息")
    await mediator.click('#ask [data-part="ask-yes"]')
    await mediator.click('[data-part="suspended"] [data-act="resume"]')
    await asyncio.gather(*(page.wait_for_selector(_RECORDED, timeout=_PATIENCE_MS) for page in pages))


def _read(data: Path, phases: Sequence[Phase], seen: Seen) -> None:
    """What log and evidence say of it. Blocks."""
    directory = _torn.live_recording(data)
    journal = read_journal(directory)
    started_s = _torn.started_s(journal)
    said = [*_logged(data / "mediation.db", journal.session, seen), *_signed(directory / "evidence.jsonl")]
    seen.moments = len(said)
    for what, error_ms in errors_ms(said, started_s, phases):
        seen.errors_ms[what] = max(seen.errors_ms.get(what, 0.0), error_ms)


def _logged(database: Path, session: str, seen: Seen) -> Iterator[Said]:
    """What the log says of when something happened."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as db:
        query = "SELECT at, offset_ms, kind, payload FROM session_events WHERE session_id = ? ORDER BY seq"
        for at, offset_ms, kind, payload in db.execute(query, (session,)).fetchall():
            if kind == "clock_jumped":
                seen.jumps_ms.append(json.loads(payload)["jump_ms"])
            seen.decided += kind == "went_on_unrecorded"
            if offset_ms > 0:
                yield Said(kind, datetime.fromisoformat(at).replace(tzinfo=UTC).timestamp(), offset_ms)


def _signed(evidence: Path) -> Iterator[Said]:
    for line in evidence.read_text("utf-8").splitlines():
        said: Mapping[str, object] = json.loads(line)
        if said.get("is") == _CHECKPOINT:
            wall_s = datetime.fromisoformat(str(said["wall"])).timestamp()
            yield Said(_CHECKPOINT, wall_s, int(str(said["at_ms"])))


def errors_ms(said: Sequence[Said], started_s: float, phases: Sequence[Phase]) -> Iterator[tuple[str, float]]:
    """How far each of these is from where it happened by a clock nobody set.

    The wall clock beside it tells which phase it was of, since these are hours apart.
    """
    for what, at_s, offset_ms in said:
        ahead_ms = next(
            (each.ahead_ms for each in phases if each.from_s <= at_s - each.ahead_ms / 1000 <= each.to_s), 0
        )
        yield what, abs((at_s - started_s) * 1000 - ahead_ms - offset_ms)


def build_report(seen: Seen, reasons: tuple[str, ...] = ()) -> report.Report:
    """Turn what was seen into figures."""
    faulty = [share for name, share in seen.shares.items() if name != "none"]
    logged = {what: error_ms for what, error_ms in seen.errors_ms.items() if what != _CHECKPOINT}
    figures: dict[str, report.Figure] = {
        "live_frames": min(1.0, *faulty) if faulty else None,
        "banner_s": seen.banner_s,
        "timeline_error_ms": max(logged.values(), default=None),
    }
    details = {
        "shares": {name: round(share, 4) for name, share in seen.shares.items()},
        "asked_s": seen.asked_s,
        "resumed_s": seen.resumed_s,
        "moments": seen.moments,
        "errors_ms": {what: round(error_ms, 1) for what, error_ms in logged.items()},
        "signed_late_ms": seen.errors_ms.get(_CHECKPOINT),
        "jumps_ms": seen.jumps_ms,
        "decided": seen.decided,
        "load_1min": round(seen.load, 1),
    }
    return report.Report("disk", figures, TARGETS, details, reasons)


async def _measured(seconds: float, steps: report.Steps) -> report.Report:
    seen = Seen()
    try:
        await measure(seconds, steps, seen)
    except (_faults.FaultsMissing, _product.ProductError, _people.BrowserMissing, BrowserError, LookupError) as error:
        return build_report(seen, (str(error).splitlines()[0],))
    return build_report(seen)


def main(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line.")] = False,
    long: Annotated[bool, typer.Option("--long", help="A minute of each fault.")] = False,
) -> None:
    """Measure what a failing disk and a jumping clock cost."""
    with report.progress(6) as steps:
        result = asyncio.run(_measured(_LONG_S if long else _SHORT_S, steps))
    report.publish(result, as_json=as_json, out=sys.stdout)


if __name__ == "__main__":
    typer.run(main)
