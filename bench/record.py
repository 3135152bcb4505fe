"""What recording costs while people talk: processor time of the recorder for each participant of one megabit a second.

Packets as a browser sends them are handed to the product's recorder at the pace at which they would come; everything
it does is counted: taking packets, muxing, hashing every slice, signing checkpoints, writing and syncing.  What it
costs to hand packets out at that pace is measured by itself, without a recorder, and taken off.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Annotated

import typer

from bench import report
from bench._recordings import BITS_PER_S, Books, Stream, streams_of
from mediation_server.at_rest.master import MasterKeys
from mediation_server.at_rest.matter_keys import KeyStore
from mediation_server.clock import SystemClock
from mediation_server.domain.ids import new_id
from mediation_server.domain.session import Session, SessionKind, SessionState
from mediation_server.keyring import KeyRing
from mediation_server.media.engine import Publication
from mediation_server.rooms.timeline import Timeline
from recordings.factory import Keeping, Recordings
from recordings.recorder import Recorder
from recordings.synthetic import SteppedClock

TARGETS = {"core_percent": report.Target(at_most=0.5)}
_ROUND_MS = 20  # the engine hands over what a wake-up brought

_Packets = list[tuple[int, Publication, bytes]]


def prepared(streams: list[Stream], seconds: int) -> _Packets:
    """Every packet of the run with its moment (ms), made before anything is measured."""
    found: _Packets = []
    for each in streams:
        for at_ms in range(0, seconds * 1000, each.step_ms):
            found += [(at_ms, each.publication, packet) for packet in each.packets(at_ms)]
    return sorted(found, key=lambda each: each[0])


async def paced(packets: _Packets, recorder: Recorder | None) -> float:
    """Hand the packets out in real time; processor seconds of the whole process meanwhile."""
    began, cpu = time.monotonic(), time.process_time()
    at = 0
    while at < len(packets):
        now_ms = (time.monotonic() - began) * 1000
        arrival_ns = time.monotonic_ns()
        while at < len(packets) and packets[at][0] <= now_ms:
            if recorder is not None:
                recorder.packet(packets[at][1], packets[at][2], arrival_ns)
            at += 1
        await asyncio.sleep(_ROUND_MS / 1000)
    if recorder is not None:
        await recorder.caught_up()
    return time.process_time() - cpu


async def measure(root: Path, people: int, seconds: int) -> float:
    """Percent of a core for each of these people."""
    clock, started = SystemClock(), SystemClock().now()
    session = Session(
        new_id(), new_id(), SessionKind.MEDIATION, SessionState.LIVE, started, 60, "presider", started_at=started
    )
    names = [new_id() for _ in range(people)]
    streams = streams_of(names)
    packets = prepared(streams, seconds)
    idle = await paced(packets, None)
    keeping = Keeping(KeyRing(root / "keys"), opens=KeyStore(root / "matter-keys", MasterKeys(root / "master-keys")))
    recordings = Recordings(root, clock, Books(session, SteppedClock(started), ()), keeping=keeping)
    recorder = await recordings(session, Timeline(started, clock.monotonic_ms()))
    for each in streams:
        recorder.started(each.publication)
    busy = await paced(packets, recorder)
    await recorder.finish()
    await recordings.close()
    return (busy - idle) / seconds / people * 100


def main(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line.")] = False,
    people: Annotated[int, typer.Option(min=1, max=20, help="How many send voice and picture.")] = 4,
    seconds: Annotated[int, typer.Option(min=5, max=600, help="How long each run lasts.")] = 15,
    runs: Annotated[int, typer.Option(min=1, max=20, help="How many runs.")] = 3,
) -> None:
    """Record in real time and say what it cost."""
    shares = []
    with report.progress(runs) as steps:
        for n in range(runs):
            steps.begin(f"run {n + 1}")
            with tempfile.TemporaryDirectory() as directory:
                shares.append(asyncio.run(measure(Path(directory), people, seconds)))
            steps.done()
    details = {
        "people": people,
        "seconds": seconds,
        "runs": [round(each, 3) for each in shares],
        "bits_per_s": BITS_PER_S,
    }
    figures: dict[str, report.Figure] = {"core_percent": statistics.median(shares)}
    report.publish(report.Report("record", figures, TARGETS, details), as_json=as_json, out=sys.stdout)


if __name__ == "__main__":
    typer.run(main)
