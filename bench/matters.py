"""A hundred thousand matters: how long a sweep of all clocks takes, and how fast lists, search and pages answer.

`python -m bench.matters --json`: in SQLite, then in a PostgreSQL of its own, the same matters are written, whose logs
the life cycle itself has told; yesterday's sweep has been, today's is measured, with everything it has to act on.  Then
the product starts on that database, and every page of `PAGES` is asked for by different readers, one after the other,
over one connection on loopback: what is measured is what the server takes and the little that the asking takes.

A page is one more line of `PAGES`.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Annotated, NamedTuple
from urllib.parse import quote

import aiohttp
import typer

from bench import report
from bench._matters_data import CHUNK, World, fill
from bench._postgres import PostgresMissing, postgres
from mediation_server.app import start
from mediation_server.clock import Clock, SystemClock
from mediation_server.config import Settings
from mediation_server.domain.calendar import local_date
from mediation_server.domain.users import User
from mediation_server.heap import settle_heap
from mediation_server.media.embedded import EmbeddedEngine
from mediation_server.rooms.registry import RoomRegistry
from mediation_server.services import login
from mediation_server.services.context import Context
from mediation_server.services.cookies import LOGIN_COOKIE
from mediation_server.services.sweeping import Swept, sweep
from mediation_server.store.database import Database
from recordings.bookkeeping import ServiceBooks
from recordings.factory import Recordings

__all__ = ["PAGES", "TARGETS", "Measured", "build_report", "measure"]

TARGETS = {"sweep_s": report.Target(at_most=5.0), "page_p99_ms": report.Target(at_most=50.0)}
_READERS = 25  # of each kind
_WARM = 3


class PageOf(NamedTuple):
    """One page: whose it is, and its address, in which {matter}, {number} and {name} are put."""

    reader: str
    path: str


PAGES = (
    PageOf("mediator", "/home"),
    PageOf("mediator", "/matters"),
    PageOf("mediator", "/matters?state=mediating"),
    PageOf("mediator", "/matters?q={name}"),
    PageOf("mediator", "/matters/{matter}"),
    PageOf("mediator", "/matters/{matter}/period"),
    PageOf("mediator", "/inbox"),
    PageOf("judge", "/home"),
    PageOf("judge", "/matters"),
    PageOf("judge", "/matters/{matter}"),
    PageOf("filing", "/home"),
    PageOf("filing", "/intake"),
    PageOf("filing", "/asking"),
    PageOf("filing", "/diversions"),
    PageOf("filing", "/matters"),
    PageOf("filing", "/matters?state=mediating"),
    PageOf("filing", "/matters?q={number}"),
    PageOf("filing", "/matters?q={name}"),
    PageOf("filing", "/matters?q=借贷"),
    PageOf("clerk", "/home"),
    PageOf("clerk", "/matters?due=soon"),
    PageOf("manager", "/home"),
    PageOf("manager", "/matters"),
    PageOf("manager", "/matters?state=mediating"),
    PageOf("manager", "/matters?q={name}"),
    PageOf("party", "/my"),
    PageOf("party", "/my/{matter}"),
    PageOf("party", "/my/{matter}/period"),
    PageOf("party", "/calendar"),
)


@dataclass(frozen=True, slots=True)
class Measured:
    """One database: seconds to write it and to sweep, milliseconds of each page, and answers that were not 200."""

    written_s: float
    sweep_s: float
    sweep_cpu_s: float
    swept: Swept
    pages: Mapping[str, Sequence[float]]
    page_cpu: Mapping[str, Sequence[float]] = field(default_factory=dict)  # ms of processor, asking included
    wrong: Mapping[str, int] = field(default_factory=dict)


async def measure(url: str, count: int, directory: Path, steps: report.Steps, *, readers: int = _READERS) -> Measured:
    """Fill, sweep, let so many readers of each kind ask for every page. Raises what the database raises."""
    clock = SystemClock()
    database = Database(url)
    await database.open()
    try:
        began = time.monotonic()
        world = await fill(database, count, local_date(clock.now()), steps)
        written_s = time.monotonic() - began
        steps.begin("sweeping every clock")
        ctx = _context(database, clock, directory)
        began, began_cpu = time.monotonic(), time.process_time()
        swept = await sweep(ctx)
        sweep_s, sweep_cpu_s = time.monotonic() - began, time.process_time() - began_cpu
        steps.done()
        asking = _readers(world, readers)
        tokens = await _tokens(ctx, asking)
    finally:
        await database.close()
    running = await start(_settings(directory, database_url=url, port=0, canary_seconds=0), clock)
    settle_heap()  # as the command line does it
    try:
        pages, page_cpu, wrong = await _asked(running.url, world, asking, tokens, steps)
    finally:
        await running.close()
    return Measured(written_s, sweep_s, sweep_cpu_s, swept, pages, page_cpu, wrong)


def _context(database: Database, clock: Clock, directory: Path) -> Context:
    """What a use case is given, with rooms in which nobody sits."""
    recordings = Recordings(directory, clock, ServiceBooks(lambda: context))
    rooms = RoomRegistry(engine=EmbeddedEngine("127.0.0.1", 0, []), recorder_factory=recordings, clock=clock)
    context = Context(database, clock, rooms, _settings(directory))
    return context


def _settings(directory: Path, **given: object) -> Settings:
    return Settings.model_validate({"data_dir": directory, **given})


def _readers(world: World, most: int) -> Mapping[str, Sequence[User]]:
    """Those who have matters, of each kind, always the same."""
    kinds = {"mediator": world.mediators, "judge": world.judges, "party": world.parties}
    found = {kind: [each for each in users if world.matters.get(each.id)] for kind, users in kinds.items()}
    whole = {**found, "filing": world.filing, "clerk": world.clerks, "manager": world.managers}
    return {kind: users[:most] for kind, users in whole.items()}


async def _tokens(ctx: Context, asking: Mapping[str, Sequence[User]]) -> dict[str, str]:
    tokens = {}
    for users in asking.values():
        for user in users:
            async with ctx.db.transaction() as tx:
                tokens[user.id] = await login.begin(ctx, tx, user, "")
    return tokens


async def _asked(
    url: str, world: World, asking: Mapping[str, Sequence[User]], tokens: Mapping[str, str], steps: report.Steps
) -> tuple[dict[str, list[float]], dict[str, list[float]], dict[str, int]]:
    chance = Random(3)
    pages: dict[str, list[float]] = {}
    page_cpu: dict[str, list[float]] = {}
    wrong: dict[str, int] = {}
    async with aiohttp.ClientSession(base_url=url, cookie_jar=aiohttp.DummyCookieJar()) as http:
        for page in PAGES:
            name = f"{page.reader} {page.path}"
            steps.begin(name)
            times, cpu = pages.setdefault(name, []), page_cpu.setdefault(name, [])
            for n, user in enumerate([*asking[page.reader][:_WARM], *asking[page.reader], *asking[page.reader]]):
                path = _address(page.path, world, user, chance)
                began, began_cpu = time.monotonic(), time.process_time()
                async with http.get(path, cookies={LOGIN_COOKIE: tokens[user.id]}, allow_redirects=False) as answer:
                    await answer.read()
                if n >= _WARM:
                    times.append((time.monotonic() - began) * 1000)
                    cpu.append((time.process_time() - began_cpu) * 1000)
                if answer.status != 200:  # noqa: PLR2004 - what a page answers
                    wrong[f"{name}: {answer.status}"] = wrong.get(f"{name}: {answer.status}", 0) + 1
            steps.done()
    return pages, page_cpu, wrong


def _address(path: str, world: World, user: User, chance: Random) -> str:
    mine = world.matters.get(user.id, [""])
    put: dict[str, Callable[[], str]] = {
        "{matter}": lambda: chance.choice(mine),
        "{number}": lambda: quote(chance.choice(world.numbers)),
        "{name}": lambda: quote(chance.choice(world.names)),
    }
    for mark, value in put.items():
        path = path.replace(mark, value()) if mark in path else path
    return path


def build_report(count: int, found: Mapping[str, Measured], reasons: Sequence[str]) -> report.Report:
    """The worse of the databases for each figure; a database that could not be measured leaves none."""
    every = [each for one in found.values() for times in one.pages.values() for each in times]
    per_database = {
        name: _percentile([each for times in one.pages.values() for each in times], 0.99) for name, one in found.items()
    }
    missing = bool(reasons) or not every
    figures: dict[str, report.Figure] = {
        "sweep_s": None if missing else max(one.sweep_s for one in found.values()),
        "page_p99_ms": None if missing else max(per_database.values()),
    }
    details: dict[str, object] = {
        "matters": count,
        "load": os.getloadavg(),
        "at": datetime.now().astimezone().isoformat(timespec="seconds"),
    }
    for name, one in found.items():
        details[name] = {
            "written_s": round(one.written_s, 1),
            "sweep_s": round(one.sweep_s, 2),
            "sweep_cpu_s": round(one.sweep_cpu_s, 2),
            "looked": one.swept.looked,
            "acted": one.swept.acted,
            "failed": one.swept.failed,
            "page_p99_ms": round(per_database[name], 1),
            "page_cpu_p99_ms": _middle_and_worst([each for times in one.page_cpu.values() for each in times])[1],
            "pages": {page: _middle_and_worst(times) for page, times in one.pages.items()},
            "pages_cpu": {page: _middle_and_worst(times) for page, times in one.page_cpu.items()},
        }
    wrong = [f"{name}: {page} x{n}" for name, one in found.items() for page, n in one.wrong.items()]
    failed = [f"{name}: {one.swept.failed} matters failed" for name, one in found.items() if one.swept.failed]
    return report.Report("matters", figures, TARGETS, details, (*reasons, *wrong, *failed))


def _middle_and_worst(times: Sequence[float]) -> list[float]:
    """Median and 99th percentile, ms."""
    return [round(_percentile(times, 0.5), 1), round(_percentile(times, 0.99), 1)]


def _percentile(times: Sequence[float], share: float) -> float:
    return report.percentile(times, share) or 0.0


async def _both(count: int, steps: report.Steps) -> report.Report:
    found: dict[str, Measured] = {}
    reasons: list[str] = []
    with tempfile.TemporaryDirectory(prefix="bench-matters-") as directory:
        here = Path(directory)
        found["sqlite"] = await measure(f"sqlite+aiosqlite:///{here / 'matters.db'}", count, here, steps)
        try:
            async with contextlib.AsyncExitStack() as stack:
                url = await stack.enter_async_context(postgres())
                found["postgresql"] = await measure(url, count, here / "postgresql", steps)
        except PostgresMissing as missing:
            reasons.append(str(missing))
    return build_report(count, found, reasons)


def main(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line.")] = False,
    matters: Annotated[int, typer.Option(min=100, help="How many.")] = 100_000,
) -> None:
    """Measure the sweep and the pages over very many matters."""
    with report.progress(2 * (-(-matters // CHUNK) + 1 + len(PAGES))) as steps:
        result = asyncio.run(_both(matters, steps))
    report.publish(result, as_json=as_json, out=sys.stdout)


if __name__ == "__main__":
    typer.run(main)
