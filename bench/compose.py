"""Making one film of a recording: how much faster than real time, and against the ffmpeg command at the same work.

`python -m bench.compose --json`: four people at 640 x 360, VP8 and Opus, invented by libavfilter; joined into a grid of
1280 x 720 with names and a clock, H.264 and AAC.  Ours is what the product does, its processes and their start
included; ffmpeg gets the same files, the same filters and the same encoders, with as many threads as it likes.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Annotated

import av
import typer
from av.filter import Graph

from bench import report
from mediation_server.domain.film import FilmLayout
from mediation_server.domain.ids import new_id
from mediation_server.domain.people import Role, Side
from mediation_server.domain.recording import Segment, TrackRecord
from recordings.books import LogHead
from recordings.compose.composer import Composer
from recordings.compose.drawing import LINE_HEIGHT, line, name_plate
from recordings.compose.fonts import font_file, font_sha256
from recordings.compose.layout import HEIGHT, cells
from recordings.compose.recipe import FPS, Recipe, Wish, recipe_of
from recordings.manifest import MANIFEST, Evidence, Manifest, Person, manifest_bytes
from recordings.playback import review_of

__all__ = ["TARGETS", "build_report", "measure"]

TARGETS = {"x_realtime": report.Target(at_least=8.0), "ratio_to_ffmpeg": report.Target(at_least=0.95)}
_PEOPLE = 4
_WIDTH, _HEIGHT = 640, 360
_NAMES = ("郑思远", "周雅琴", "林志强", "陈立新")
_WORDS = {"joint": "各方在场", "notice": "合成录像", "caucus": "", "suspended": "", "fault": "", "disk": ""}
_STARTED = "2026-01-05T02:00:00.000Z"


async def measure(seconds: int, rounds: int, steps: report.Steps) -> report.Report:
    """Invent a recording and compose it in turns, ours first in one round, ffmpeg first in the next."""
    with tempfile.TemporaryDirectory(prefix="bench-compose-") as name:
        data = Path(name)
        steps.begin("inventing a recording")
        recipe, directory, session = await asyncio.to_thread(_recorded, data, seconds)
        steps.done()
        ours: list[float] = []
        theirs: list[float] = []
        program = shutil.which("ffmpeg")
        for number in range(rounds):
            for who in ("ours", "ffmpeg") if number % 2 == 0 else ("ffmpeg", "ours"):
                steps.begin(f"round {number + 1} of {rounds}: {who}")
                if who == "ours":
                    ours.append(await _ours(data, session, recipe))
                elif program:
                    theirs.append(await asyncio.to_thread(_ffmpeg, program, recipe, directory, data))
                steps.done()
        return build_report(seconds, ours, theirs)


def build_report(seconds: int, ours: list[float], theirs: list[float]) -> report.Report:
    """Turn wall-clock seconds into the figures: medians of the rounds."""
    mine = statistics.median(ours) if ours else None
    other = statistics.median(theirs) if theirs else None
    figures: dict[str, report.Figure] = {
        "x_realtime": seconds / mine if mine else None,
        "ratio_to_ffmpeg": other / mine if mine and other else None,
    }
    reasons = () if theirs else ("ffmpeg is not installed (Debian: apt-get install ffmpeg)",)
    details = {
        "seconds": seconds,
        "ours_s": [round(each, 2) for each in ours],
        "ffmpeg_s": [round(each, 2) for each in theirs],
        "cores": os.cpu_count(),
        "load_1min": os.getloadavg()[0],
    }
    return report.Report("compose", figures, TARGETS, details, reasons)


async def _ours(data: Path, session: str, recipe: Recipe) -> float:
    composer, film_id = Composer(data, os.cpu_count() or 1, niceness=0), new_id()

    async def told(_done: int, _total: int) -> None:
        """Nobody watches."""

    began = time.perf_counter()
    await composer.make(film_id, session, recipe, told)
    spent = time.perf_counter() - began
    composer.shelves.discard(film_id)
    return spent


def _ffmpeg(program: str, recipe: Recipe, directory: Path, data: Path) -> float:
    """The same film by the command, which burns the clock in with its own text filter."""
    places = cells(FilmLayout.GRID, _PEOPLE, screen=False)
    files = [str(directory / f"t{number + 1:03d}-0001.mkv") for number in range(2 * _PEOPLE)]
    plates = []
    for number, cell in enumerate(places):
        plates.append(str(data / f"plate{number}.png"))
        name_plate(_NAMES[number], cell).save(plates[-1])
    foot = str(data / "foot.png")
    line(recipe, 0).save(foot)
    inputs = [word for each in (*files, *plates, foot) for word in ("-i", each)]
    lift = [LINE_HEIGHT + 8 if each.y + each.height == HEIGHT else 8 for each in places]
    graph = [
        f"[{n}:v]fps={FPS},scale={cell.width}:{cell.height}:force_original_aspect_ratio=decrease,"
        f"pad={cell.width}:{cell.height}:(ow-iw)/2:(oh-ih)/2[s{n}];"
        f"[s{n}][{2 * _PEOPLE + n}:v]overlay=8:main_h-overlay_h-{lift[n]}[c{n}]"
        for n, cell in enumerate(places)
    ]
    layout = "|".join(f"{each.x}_{each.y}" for each in places)
    voices = "".join(f"[{_PEOPLE + n}:a]" for n in range(_PEOPLE))
    stacked = "".join(f"[c{n}]" for n in range(_PEOPLE))
    clock = f"fontfile={font_file()}:" if font_file() else ""
    graph += [
        f"{stacked}xstack=inputs={_PEOPLE}:layout={layout}[grid]",
        f"[grid][{3 * _PEOPLE}:v]overlay=0:{HEIGHT - LINE_HEIGHT}[marked]",
        f"[marked]drawtext={clock}text='%{{pts\\:hms}}':fontcolor=white:fontsize=18:x=14:y={HEIGHT - 28}[v]",
        f"{voices}amix=inputs={_PEOPLE}:normalize=0,alimiter=limit=0.95[a]",
    ]
    encode = (
        "-c:v libx264 -preset ultrafast -crf 27 -g 50 -pix_fmt yuv420p -c:a aac -b:a 96k -ac 1 -movflags +faststart"
    )
    target = str(data / "ffmpeg.mp4")
    command = [program, "-v", "error", "-nostdin", "-y", *inputs, "-filter_complex", ";".join(graph), "-map", "[v]"]
    command += ["-map", "[a]", *encode.split(), "-movflags", "+faststart", target]
    began = time.perf_counter()
    subprocess.run(command, check=True)
    return time.perf_counter() - began


def _recorded(data: Path, seconds: int) -> tuple[Recipe, Path, str]:
    """A sealed recording of so many seconds in a data directory: its recipe, where it lies, its sitting."""
    session, recording = new_id(), new_id()
    directory = data / "recordings" / session / recording
    directory.mkdir(parents=True)
    people = tuple(Person(new_id(), Role.APPLICANT, Side.APPLICANT, name, name) for name in _NAMES)
    tracks = []
    for number in range(2 * _PEOPLE):
        film = number < _PEOPLE
        path = directory / f"t{number + 1:03d}-0001.mkv"
        (_invent_film if film else _invent_sound)(path, number, seconds)
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        segment = Segment(path.name, 0, seconds * 1000, path.stat().st_size, digest)
        source, codec = ("camera", "vp8") if film else ("microphone", "opus")
        tracks.append(TrackRecord(people[number % _PEOPLE].id, source, codec, (segment,)))
    manifest = Manifest(
        session=session, recording=recording, started_at=_STARTED, total_ms=seconds * 1000, recorded_ms=seconds * 1000,
        participants=people, tracks=tuple(tracks), gaps=(), log=LogHead(0, ""), walls=(), losses={}, software="bench",
        evidence=Evidence("evidence.jsonl", 0, "", 0, "", 0),
    )  # fmt: skip
    sealed = manifest_bytes(manifest)
    (directory / MANIFEST).write_bytes(sealed)
    wish = Wish(FilmLayout.GRID, "zh", "bench")
    digest = hashlib.sha256(sealed).hexdigest()
    recipe = recipe_of(review_of(manifest, ()), (manifest, digest), wish, _WORDS, font_sha256())
    return replace(recipe, names={each.id: each.name for each in people}), directory, session


def _invent_film(path: Path, number: int, seconds: int) -> None:
    graph = Graph()
    source = graph.add("testsrc2", f"size={_WIDTH}x{_HEIGHT}:rate={FPS}:duration={seconds}")
    shifted = graph.add("hue", f"h={90 * number}")
    shape = graph.add("format", "pix_fmts=yuv420p")
    sink = graph.add("buffersink")
    graph.link_nodes(source, shifted, shape, sink)
    graph.configure()
    with av.open(str(path), "w", format="matroska") as out:
        stream = out.add_stream("libvpx", rate=FPS, options={"deadline": "realtime", "cpu-used": "8", "g": "100"})
        stream.width, stream.height, stream.pix_fmt, stream.bit_rate = _WIDTH, _HEIGHT, "yuv420p", 800_000
        for frame in _pulled(sink):
            out.mux(stream.encode(frame))  # type: ignore[arg-type]
        out.mux(stream.encode(None))


def _invent_sound(path: Path, number: int, seconds: int) -> None:
    graph = Graph()
    tone = f"frequency={200 + 60 * number}:sample_rate=48000:samples_per_frame=960:duration={seconds}"
    source = graph.add("sine", tone)
    shape = graph.add("aformat", "sample_fmts=s16:channel_layouts=mono")
    sink = graph.add("abuffersink")
    graph.link_nodes(source, shape, sink)
    graph.configure()
    with av.open(str(path), "w", format="matroska") as out:
        stream = out.add_stream("libopus", rate=48_000, layout="mono")
        stream.bit_rate = 32_000
        for frame in _pulled(sink):
            frame.time_base = Fraction(1, 48_000)
            out.mux(stream.encode(frame))  # type: ignore[arg-type]
        out.mux(stream.encode(None))


def _pulled(sink: av.filter.FilterContext) -> Iterator[av.AudioFrame | av.VideoFrame]:
    while True:
        try:
            yield sink.pull()  # type: ignore[misc]
        except (BlockingIOError, EOFError):
            return


def main(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line.")] = False,
    long: Annotated[bool, typer.Option("--long", help="A longer recording, more rounds.")] = False,
) -> None:
    """Measure the making of a film, against ffmpeg when it is installed."""
    seconds, rounds = (600, 5) if long else (60, 3)
    with report.progress(1 + 2 * rounds) as steps:
        result = asyncio.run(measure(seconds, rounds, steps))
    report.publish(result, as_json=as_json, out=sys.stdout)


if __name__ == "__main__":
    typer.run(main)
