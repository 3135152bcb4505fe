"""A disk that fills or is slow, and a clock that is set, in the middle of a sitting: who notices, and who is told.

`python -m bench.disk --json`: a mediator and two parties at real Chromium pages; recordings lie on a small disk, which
is filled; the wall clock goes an hour ahead and an hour back. `banner_s` counts from the moment the disk is
full until the last page says that nothing is recorded. `timeline_error_ms` is the largest distance between where an
entry of the log says something happened and where it did by a clock nobody set. A signed checkpoint says up to which
moment all was captured; how much later it was signed is `signed_late_ms`, no error of the time line.

`live_frames`: a browser drops pictures of its own accord, more on a busy machine than any fault costs, so the pages are
closed then and their seats taken over by people without one (`bench._light`), who send thirty pictures a second. One
counts where it is with each of the others, by the kernel's stamp, within 40 ms of being sent: a picture and a bit, so
that 100 ms in which the product does nothing cost each sender two or three. A window of four seconds holds the
beginning and the end of one fault (the disk fills and is given back; each fsync takes two seconds; an hour ahead; an
hour back); a second later, when what it left behind is over, comes one in which nothing goes wrong, again and again.
The figure is the worst fault's share over that of the windows without one, each over all rounds; it says nothing, and
is none, where less than 95 in 100 came in time without a fault. Product and bench run before the machine's other work.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sqlite3
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated, NamedTuple

import typer
from playwright.async_api import Error as BrowserError
from playwright.async_api import Page

from bench import _faults, _light, _people, _product, _torn, _watching, report
from bench._call import switch_on
from bench._cpu import put_first
from bench._peer import PeerError
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
_CLOCKS = {"an hour ahead": _HOUR_MS, "an hour back": -_HOUR_MS}
_SETTLE_S, _WINDOW_S, _AFTER_S, _WITHIN_S = 3.0, 4.0, 1.0, 0.04
_CALM = 0.95  # the least share without a fault beside which that with one says anything
_SHORT, _LONG = 3, 12  # rounds
_PATIENCE_MS = 15_000
_CHECKPOINT = "checkpoint"
_UNRECORDED, _RECORDED = '.pill--gap[data-part="rec"]', '.pill--rec[data-part="rec"]'
_NONE = "none"


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
    longest_ms: dict[str, float] = field(default_factory=dict)
    undisturbed: bool = False
    banner_s: float | None = None
    asked_s: float | None = None
    resumed_s: float | None = None
    errors_ms: dict[str, float] = field(default_factory=dict)  # the largest by what was said
    moments: int = 0
    jumps_ms: list[int] = field(default_factory=list)
    decided: int = 0
    load: float = 0.0


async def measure(rounds: int, steps: report.Steps, seen: Seen) -> None:
    """Hold a sitting and let everything go wrong, before people's eyes and so many times more.

    Raises `FaultsMissing`, `ProductError`, and whatever keeps people from coming in.
    """
    seen.load = os.getloadavg()[0]
    async with AsyncExitStack() as stack:
        steps.begin("starting")
        laid = await stack.enter_async_context(_faults.faults(_DISK_MIB, _first_day))
        product = await stack.enter_async_context(_product.running(laid.directory, laid.environment))
        phases: list[Phase] = []
        async with _people.chromium() as browser, AsyncExitStack() as windows:
            pages = [await windows.enter_async_context(_people.window(browser, _watching.SCRIPT)) for _ in range(3)]
            await _gather(product, pages)
            steps.done()
            await _before_pages(laid, pages, phases, steps, seen)
            seats = [await _light.seat_of(page) for page in pages]
        async with _light.seated(seats) as people, _talking(people):
            seen.undisturbed = put_first(product.pid, heirs=False) and put_first(0, heirs=False)
            await asyncio.sleep(_SETTLE_S)
            faults = _faulted(laid, people[0], phases)
            found = await _windows(faults, rounds, steps)
            await asyncio.sleep(_SETTLE_S)
        _judge(people, found, seen)
        await asyncio.to_thread(_read, laid.directory, phases, seen)


async def _before_pages(
    laid: _faults.Faults, pages: Sequence[Page], phases: list[Phase], steps: report.Steps, seen: Seen
) -> None:
    """What everybody at a page is told, and what the log says while the clock is wrong."""
    steps.begin("the disk is full")
    await asyncio.sleep(_SETTLE_S)
    await _full(laid, pages, seen)
    steps.done()
    for name, ahead_ms in _CLOCKS.items():
        steps.begin(name)
        with _clock_set(laid, ahead_ms, phases):
            await asyncio.sleep(_SETTLE_S)
            await _pause_and_go_on(pages)
        await asyncio.sleep(_SETTLE_S)
        steps.done()


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


async def _full(laid: _faults.Faults, pages: Sequence[Page], seen: Seen) -> None:
    """Everybody is told, the mediator lets it go on, and it is recorded again once there is room."""
    mediator = pages[0]
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
    began = time.monotonic()
    await asyncio.to_thread(laid.free)
    await asyncio.gather(*(page.wait_for_selector(_RECORDED, timeout=_PATIENCE_MS) for page in pages))
    seen.resumed_s = time.monotonic() - began


@contextlib.contextmanager
def _clock_set(laid: _faults.Faults, ahead_ms: int, phases: list[Phase]) -> Iterator[None]:
    began = time.time()
    laid.set_clock(ahead_ms)
    try:
        yield
    finally:
        laid.set_clock(0)
        phases.append(Phase(began, time.time(), ahead_ms))


async def _windows(
    faults: Mapping[str, Callable[[], Awaitable[None]]], rounds: int, steps: report.Steps
) -> dict[str, list[_light.Window]]:
    """When each fault was, and when none was, in turns."""
    windows: dict[str, list[_light.Window]] = {name: [] for name in (_NONE, *faults)}
    for number in range(rounds):
        steps.begin(f"frames, round {number + 1} of {rounds}")
        for name, fault in faults.items():
            for each, happening in ((name, fault), (_NONE, _nothing)):
                began = time.time()
                await asyncio.gather(happening(), asyncio.sleep(_WINDOW_S))
                windows[each].append(_light.Window(began, time.time()))
                if each != _NONE:  # what the fault left behind is no calm
                    await asyncio.sleep(_AFTER_S)
        steps.done()
    return windows


def _judge(people: Sequence[_light.Person], windows: Mapping[str, Sequence[_light.Window]], seen: Seen) -> None:
    for name, found in windows.items():
        seen.shares[name] = _light.share(people, found, _WITHIN_S) or 0.0
        seen.longest_ms[name] = _light.longest_ms(people, found)


@contextlib.asynccontextmanager
async def _talking(people: Sequence[_light.Person]) -> AsyncIterator[None]:
    """Everybody sends while this lasts. Raises whatever ended that before."""
    talking = asyncio.create_task(_light.talk(people))
    try:
        yield
    finally:
        talking.cancel()
        await asyncio.wait([talking])
        put_first(0, first=False)
        if not talking.cancelled():
            talking.result()


def _faulted(
    laid: _faults.Faults, mediator: _light.Person, phases: list[Phase]
) -> dict[str, Callable[[], Awaitable[None]]]:
    """Each fault with its beginning and its end, within a window."""

    async def full() -> None:
        await asyncio.to_thread(laid.fill)
        await mediator.until("ask", value=True)
        await mediator.ask("go_on_unrecorded", {"reason": "双方同意先谈完"})
        await asyncio.to_thread(laid.free)
        await mediator.until("state", value="on")

    async def slow() -> None:
        laid.slow(_FSYNC_MS)
        await asyncio.sleep(_WINDOW_S - _FSYNC_MS / 1000)
        laid.slow(0)

    async def wrong(ahead_ms: int) -> None:
        with _clock_set(laid, ahead_ms, phases):
            await asyncio.sleep(_WINDOW_S / 2)

    clocks = {name: partial(wrong, ahead_ms) for name, ahead_ms in _CLOCKS.items()}
    return {"disk": full, "fsync": slow, **clocks}


async def _nothing() -> None:
    """Nothing goes wrong."""


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
    live, unsteady = _live_frames(seen.shares)
    logged = {what: error_ms for what, error_ms in seen.errors_ms.items() if what != _CHECKPOINT}
    figures: dict[str, report.Figure] = {
        "live_frames": live,
        "banner_s": seen.banner_s,
        "timeline_error_ms": max(logged.values(), default=None),
    }
    details = {
        "shares": {name: round(share, 4) for name, share in seen.shares.items()},
        "longest_ms": {name: round(longest, 1) for name, longest in seen.longest_ms.items()},
        "undisturbed": seen.undisturbed,
        "asked_s": seen.asked_s,
        "resumed_s": seen.resumed_s,
        "moments": seen.moments,
        "errors_ms": {what: round(error_ms, 1) for what, error_ms in logged.items()},
        "signed_late_ms": seen.errors_ms.get(_CHECKPOINT),
        "jumps_ms": seen.jumps_ms,
        "decided": seen.decided,
        "load_1min": round(seen.load, 1),
    }
    return report.Report("disk", figures, TARGETS, details, (*reasons, *unsteady))


def _live_frames(shares: Mapping[str, float]) -> tuple[float | None, tuple[str, ...]]:
    """The worst fault's share over that without one, or why there is none."""
    calm = shares.get(_NONE, 1.0)
    if calm < _CALM:
        return None, (f"live_frames: only {calm:.3f} of the pictures came in time while nothing went wrong",)
    faulty = [share / calm for name, share in shares.items() if name != _NONE] if _NONE in shares else []
    return (min(1.0, *faulty) if faulty else None), ()


async def _measured(rounds: int, steps: report.Steps) -> report.Report:
    seen = Seen()
    try:
        await measure(rounds, steps, seen)
    except (_faults.FaultsMissing, _product.ProductError, _people.BrowserMissing, BrowserError) as error:
        return build_report(seen, (str(error).splitlines()[0],))
    except (LookupError, PeerError, OSError) as error:  # a line that broke, or nobody who answered in time
        return build_report(seen, (f"{type(error).__name__}: {error}",))
    return build_report(seen)


def main(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line.")] = False,
    long: Annotated[bool, typer.Option("--long", help="Each fault more often.")] = False,
) -> None:
    """Measure what a failing disk and a jumping clock cost."""
    rounds = _LONG if long else _SHORT
    with report.progress(2 + len(_CLOCKS) + rounds) as steps:
        result = asyncio.run(_measured(rounds, steps))
    report.publish(result, as_json=as_json, out=sys.stdout)


if __name__ == "__main__":
    typer.run(main)
