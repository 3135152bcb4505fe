"""Packets a second that one core forwards without losing any: ours in Python, ours compiled, Janus; knows none of them.

`python -m bench.capacity --json`: one publisher, ten subscribers, bursts of eight, 1,100-byte payloads, AES-GCM.  The
offered rate is doubled until a server loses packets or falls behind, then halved in on; a rate counts if one of two
tries holds, because machines are shared.  The server has one core, the generator another.  Ours runs without its bound
on what one publisher may send.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable
from typing import Annotated

import typer

from bench import _capacity_generator, _forward_generator, _janus, _namespace, report
from bench._capacity_generator import Trial
from bench._cpu import pin, put_first, split_cores
from bench._embedded import Embedded
from bench._janus import Janus
from bench._pace import Pace
from bench._peer import AES_GCM, PeerError
from bench._server import Server, ServerError, Shape, connect
from mediation_server.media.embedded.accelerator import media_path

__all__ = ["TARGETS", "carried", "search"]

TARGETS = {"pure": report.Target(at_least=220_000), "accelerated": report.Target(at_least=320_000)}
_SUBSCRIBERS = 10
_BURST = 8
_PAYLOAD = 1_100
_FIRST = 4_000  # packets/s in
_MOST = 64_000
_LAG_MS = 30.0
_PROOF = Pace(packets_per_second=800, burst=_BURST)


def search(holds: dict[int, bool], finest: float) -> int | None:
    """Say which rate to try next, given those tried, or None when the edge is known to that share."""
    good = max((rate for rate, held in holds.items() if held), default=0)
    bad = min((rate for rate, held in holds.items() if not held), default=0)
    if not bad:
        return min(2 * good, _MOST) if good < _MOST else None
    if not good:
        return bad // 2 if bad > _BURST else None
    return None if bad - good <= finest * good else (good + bad) // 2


def carried(play: Callable[[int], Trial], finest: float) -> int:
    """Packets a second out at the highest rate in that holds; `play` tries one rate."""
    holds: dict[int, bool] = {}
    best = 0.0
    rate: int | None = _FIRST
    while rate is not None:
        trial = next((each for each in (play(rate) for _ in range(2)) if each.holds(_LAG_MS)), None)
        holds[rate] = trial is not None
        if trial is not None:
            best = max(best, trial.carried)
        rate = search(holds, finest)
    return round(best)


async def _measure(name: str, server: Server, address: str, plan: tuple[float, float], steps: report.Steps) -> int:
    """The most a server carries, packets/s out. Raises ServerError when its packets do not authenticate."""
    cores = split_cores(os.sched_getaffinity(0))
    allowed = os.sched_getaffinity(0)
    pin(server.pid, {cores.server})
    put_first(server.pid)
    session = await connect(server, address, Shape(AES_GCM, _SUBSCRIBERS, _PAYLOAD, _PROOF.packets_per_second))
    pin(0, {cores.generator})
    put_first(0)
    try:
        for _ in range(3):  # until the server believes that the lines carry as much
            proof = _forward_generator.run(session, _PROOF, 1.1, lambda: None)
        if proof.loss or proof.rejected:
            raise ServerError(f"{proof.loss:.0%} lost and {proof.rejected} rejected at the slowest pace")

        def play(rate: int) -> Trial:
            steps.begin(f"{name}: {rate * _SUBSCRIBERS:,} packets/s")
            trial = _capacity_generator.play(session, Pace(packets_per_second=rate, burst=_BURST), plan[0])
            steps.done()
            return trial

        return carried(play, plan[1])
    finally:
        put_first(0, first=False)
        pin(0, allowed)
        session.close()


async def _start(name: str, address: str) -> Server:
    if name == "janus":
        return await Janus.start(_janus.installed() or "", _namespace.INTERFACE, event_loops=1)
    return await Embedded.start(address, compiled=name == "accelerated", budget=False)


async def run(address: str, plan: tuple[float, float], steps: report.Steps) -> report.Report:
    """Measure one server after the other."""
    names, reasons = ["pure"], []
    if media_path().compiled:
        names.append("accelerated")
    else:
        reasons.append("the compiled media path was not built (Debian: apt-get install gcc python3-dev; make setup)")
    if _janus.installed() and _namespace.inside():
        names.append("janus")
    else:
        reasons.append("Janus is not installed (Debian: apt-get install janus), or there is no network namespace")
    figures: dict[str, report.Figure] = dict.fromkeys(("pure", "accelerated", "janus"))
    for name in names:
        try:
            server = await _start(name, address)
            try:
                figures[name] = await _measure(name, server, address, plan, steps)
            finally:
                await server.close()
        except (ServerError, PeerError, OSError) as error:
            reasons.append(f"{name}: {error}")
    load = {"subscribers": _SUBSCRIBERS, "burst": _BURST, "payload_bytes": _PAYLOAD, "most_lag_ms": _LAG_MS}
    return report.Report("capacity", figures, TARGETS, {**load, "load": os.getloadavg()}, tuple(reasons))


def main(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line.")] = False,
    long: Annotated[bool, typer.Option("--long", help="Longer tries and a finer edge.")] = False,
) -> None:
    """Measure how much one core carries."""
    if _janus.installed() and not _namespace.inside() and _namespace.obstacle() is None:
        _namespace.enter("bench.capacity", sys.argv[1:])
    if _namespace.inside():
        _namespace.prepare()
    address = _namespace.ADDRESS if _namespace.inside() else "127.0.0.1"
    plan = (3.0, 0.02) if long else (0.6, 0.06)
    with report.progress(3 * (16 if long else 11)) as steps:
        result = asyncio.run(run(address, plan, steps))
    report.publish(result, as_json=as_json, out=sys.stdout)


if __name__ == "__main__":
    typer.run(main)
