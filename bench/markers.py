"""Random mediations whose people carry clocks: is all recorded that should be, at its time, and nothing of a caucus?

`python -m bench.markers --json`: caucuses, suspensions, mutes, reloads, other picture sizes and crashes at random,
given to the product's recorder packet by packet; the sealed files are decoded and every clock in them is read.
`missing_s`: what was sent while the recording ran and stands in no file, beyond the gaps the manifest tells of.
In each second mediation the pause of a caucus comes late on purpose: the detector has to find every such leak.
"""

from __future__ import annotations

import asyncio
import bisect
import os
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import typer

from bench import report
from bench._markers import FRAME_MS, PACKET_MS, Mark, marks
from bench._mediation import Mediation, held, schedule
from mediation_server.domain.recording import GapReason, TrackRecord
from recordings.manifest import Manifest

__all__ = ["TARGETS", "Findings", "Lane", "build_report", "examine", "gaps_of", "measure", "read"]

TARGETS = {
    "missing_s": report.Target(at_most=0.0),
    "av_offset_p99_ms": report.Target(at_most=40.0),
    "track_skew_ms": report.Target(at_most=40.0),
    "caucus_leaks": report.Target(at_most=0.0),
}
_LENGTH_MS = 30_000
_EDGE_MS = 60  # half a window of the ear at each end of what was sent, and a packet
_ROLL_MS = 100  # a decoder of Opus hears rightly only after 80 ms (RFC 7845 §4.6); and a packet
_TORN_MS = 250  # what a crash may take of a track before the gap that all tracks share: `bench.crash` measures it
_NEAR_MS = 40.0
_TOGETHER_MS = 500.0


@dataclass(frozen=True, slots=True)
class Lane:
    """What was read of one person's track."""

    who: int
    picture: bool
    marks: tuple[Mark, ...]


@dataclass(slots=True)
class Findings:
    """Over all mediations; leaks are counted in those meant to be tight, `planted` and `found` in the others."""

    missing_ms: float = 0.0
    missing_at: list[str] = field(default_factory=list)
    offsets_ms: list[float] = field(default_factory=list)
    skews_ms: list[float] = field(default_factory=list)
    leaks: int = 0
    planted: int = 0
    found: int = 0
    marks: int = 0
    mediations: int = 0
    load: float = 0.0


def read(manifest: Manifest, directory: Path) -> list[Lane]:
    """Every clock in every file. Blocks."""
    return [_lane(track, directory) for track in manifest.tracks]


def gaps_of(manifest: Manifest) -> list[tuple[int, int]]:
    """From when to when (ms) nothing has to stand in the files."""
    return [
        (each.from_ms - (_TORN_MS if each.reason is GapReason.FAULT else 0), each.to_ms or manifest.total_ms)
        for each in manifest.gaps
    ]


def _lane(track: TrackRecord, directory: Path) -> Lane:
    found = [mark for each in track.segments for mark in marks(directory / each.file, each.from_ms)]
    who = int(track.participant.removeprefix("person-"))
    return Lane(who, track.source == "camera", tuple(sorted(found, key=lambda mark: mark.clock_ms)))


def examine(plan: Mediation, gaps: Sequence[tuple[int, int]], lanes: Sequence[Lane], into: Findings) -> None:
    """Compare what was read with what was sent."""
    into.mediations += 1
    into.marks += sum(len(each.marks) for each in lanes)
    leaks = sum(plan.withheld(mark.clock_ms) and not _at_edge(plan, mark) for each in lanes for mark in each.marks)
    if plan.leaky:
        into.planted += 1
        into.found += leaks > 0
        return
    into.leaks += leaks
    for lane in lanes:
        lost = list(_missing(plan, gaps, lane))
        into.missing_ms += len(lost) * (FRAME_MS if lane.picture else PACKET_MS)
        into.missing_at += (
            [f"{plan.seed}: {'picture' if lane.picture else 'voice'} {lane.who} at {lost[0]}"] if lost else []
        )
        if any(mark.who != lane.who for mark in lane.marks):
            into.leaks += 1
    into.offsets_ms += _offsets(lanes)
    into.skews_ms += _skews(lanes)


def _at_edge(plan: Mediation, mark: Mark) -> bool:
    """Whether the ear's window, which is longer than a packet, reaches over the edge of a caucus."""
    return not (plan.withheld(mark.clock_ms - _EDGE_MS / 2) and plan.withheld(mark.clock_ms + _EDGE_MS / 2))


def _missing(plan: Mediation, gaps: Sequence[tuple[int, int]], lane: Lane) -> Iterable[int]:
    """Moments (ms) that were sent and lie in no gap, and that no file shows."""
    clocks = sorted(mark.clock_ms for mark in lane.marks)
    before_ms = _EDGE_MS if lane.picture else _EDGE_MS + _ROLL_MS
    for at_ms in range(0, plan.length_ms - _EDGE_MS, FRAME_MS if lane.picture else PACKET_MS):
        around = range(at_ms - before_ms, at_ms + _EDGE_MS + 1, PACKET_MS)
        sent = all(plan.sends(lane.who, each, picture=lane.picture) for each in around)
        dark = any(begin <= each < end for begin, end in gaps for each in around)
        if sent and not dark and at_ms >= before_ms and not _near(clocks, at_ms):
            yield at_ms


def _near(clocks: Sequence[float], at_ms: int) -> bool:
    place = bisect.bisect_left(clocks, at_ms - _NEAR_MS)
    return place < len(clocks) and clocks[place] <= at_ms + _NEAR_MS


def _offsets(lanes: Sequence[Lane]) -> list[float]:
    """For each picture: how far it stands from the voice of its person that belongs to it."""
    voices = {lane.who: lane.marks for lane in lanes if not lane.picture}
    found = []
    for lane in (each for each in lanes if each.picture):
        sound = voices.get(lane.who, ())
        clocks = [mark.clock_ms for mark in sound]
        for mark in lane.marks:
            place = bisect.bisect_left(clocks, mark.clock_ms)
            if place < len(clocks) and clocks[place] - mark.clock_ms <= PACKET_MS:
                found.append(abs(_error(mark) - _error(sound[place])))
    return found


def _error(mark: Mark) -> float:
    return mark.at_ms - mark.clock_ms


def _skews(lanes: Sequence[Lane]) -> list[float]:
    """For each half second: how far the voices of two people stand apart that were captured together."""
    errors: defaultdict[int, list[float]] = defaultdict(list)
    for lane in (each for each in lanes if not each.picture):
        by_time: defaultdict[int, list[float]] = defaultdict(list)
        for mark in lane.marks:
            by_time[int(mark.clock_ms // _TOGETHER_MS)].append(_error(mark))
        for moment, each in by_time.items():
            errors[moment].append(sorted(each)[len(each) // 2])
    return [max(each) - min(each) for each in errors.values() if len(each) > 1]


async def measure(times: int, seed: int, steps: report.Steps) -> Findings:
    """Hold so many mediations, every second one with a leak planted in it."""
    into = Findings(load=os.getloadavg()[0])
    for number in range(times):
        steps.begin(f"mediation {number + 1} of {times}")
        plan = schedule(seed + number, length_ms=_LENGTH_MS, leaky=number % 2 == 1)
        with tempfile.TemporaryDirectory(prefix="bench-markers-") as directory:
            manifest, files = await held(plan, Path(directory))
            lanes = await asyncio.to_thread(read, manifest, files)
        examine(plan, gaps_of(manifest), lanes, into)
        steps.done()
    return into


def build_report(into: Findings) -> report.Report:
    """Turn the findings into figures; a detector that missed a planted leak proves nothing."""
    told = into.mediations > into.planted
    figures: dict[str, report.Figure] = {
        "missing_s": into.missing_ms / 1000 if told else None,
        "av_offset_p99_ms": report.percentile(into.offsets_ms, 0.99),
        "track_skew_ms": max(into.skews_ms, default=None),
        "caucus_leaks": into.leaks if told else None,
    }
    details = {
        "mediations": into.mediations,
        "marks_read": into.marks,
        "leaks_planted": into.planted,
        "leaks_found": into.found,
        "missing_at": into.missing_at[:10],
        "load_1min": round(into.load, 1),
    }
    blind = into.planted == 0 or into.found < into.planted
    reasons = (f"{into.found} of {into.planted} planted leaks were found",) if blind else ()
    return report.Report("markers", figures, TARGETS, details, reasons)


def main(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line.")] = False,
    long: Annotated[bool, typer.Option("--long", help="A thousand mediations.")] = False,
    seed: Annotated[int, typer.Option(help="The same seed gives the same mediations.")] = 1,
) -> None:
    """Read the clocks in recordings of random mediations."""
    times = 1000 if long else 12
    with report.progress(times) as steps:
        result = build_report(asyncio.run(measure(times, seed, steps)))
    report.publish(result, as_json=as_json, out=sys.stdout)


if __name__ == "__main__":
    typer.run(main)
