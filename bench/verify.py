"""What it costs to verify a recording of an hour with four people: seconds and memory, in a process of its own.

The recording is made by the product's own pipeline from invented packets of the right rate, sealed and exported; then
everything is checked, every file and every slice, as `mediation-server verify DIRECTORY` does it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Annotated

import typer

from bench import report
from bench._recordings import BITS_PER_S, made
from recordings.chest import Chest
from recordings.export import Companions, exported

TARGETS = {"seconds": report.Target(at_most=3.0), "peak_mb": report.Target(at_most=100.0)}
_CHILD = """
import json, sys, time
from pathlib import Path
from recordings.verify import Outside
from recordings.verify_export import verify_export
if __name__ == "__main__":
    began = time.perf_counter()
    found = verify_export(Path(sys.argv[1]), Outside())
    seconds = time.perf_counter() - began
    print(json.dumps({"seconds": seconds, "findings": len(found)}))
"""
_LOOK_S = 0.02  # between looks at the memory of the processes


def measure(directory: Path, workdir: Path) -> dict[str, float]:
    """Verify once in a fresh process; what it took."""
    script = workdir / "verify_child.py"
    script.write_text(_CHILD)
    with subprocess.Popen([sys.executable, script, directory], stdout=subprocess.PIPE, text=True) as verifier:
        peaks: dict[int, int] = {}
        while verifier.poll() is None:
            for pid in (verifier.pid, *_children_of(verifier.pid)):
                peaks[pid] = max(peaks.get(pid, 0), _peak_kib(pid))
            time.sleep(_LOOK_S)
        said: dict[str, float] = json.loads(verifier.communicate()[0].splitlines()[-1])
    return {**said, "peak_kib": sum(peaks.values()), "processes": len(peaks)}


def _children_of(pid: int) -> list[int]:
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):  # each thread has its own
        with contextlib.suppress(OSError):
            found += map(int, task.read_text("ascii").split())
    return found


def _peak_kib(pid: int) -> int:
    """The most memory a program has had resident; begins with the program, not with whoever started it."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text("ascii").splitlines()
    except OSError:
        return 0
    return next((int(each.split()[1]) for each in lines if each.startswith("VmHWM")), 0)


async def _exported(root: Path, minutes: int, people: int) -> Path:
    whole = await made(root / "made", people=people, seconds=minutes * 60, seed=1)
    target = root / "export"
    along = Companions(whole.log, whole.stamps, whole.keys.public_keys(), b"")
    await asyncio.to_thread(exported, Chest(whole.directory), target, along)
    return target


def build_report(runs: list[dict[str, float]], size: int, minutes: int, people: int) -> report.Report:
    """Turn the runs into figures: the median of the seconds, the worst of the memory, all processes together."""
    wrong = [each for each in runs if each["findings"]]
    peaks = [each["peak_kib"] / 1024 for each in runs]
    figures: dict[str, report.Figure] = {
        "seconds": report.percentile([each["seconds"] for each in runs], 0.5),
        "peak_mb": max(peaks, default=None),
    }
    details = {
        "minutes": minutes,
        "people": people,
        "bits_per_s_each": BITS_PER_S,
        "bytes": size,
        "runs": len(runs),
        "worst_s": max((each["seconds"] for each in runs), default=None),
        "processes": max((each["processes"] for each in runs), default=None),
        "load_1min": round(os.getloadavg()[0], 1),
    }
    return report.Report(
        "verify", figures, TARGETS, details, ("an intact recording was found broken",) if wrong else ()
    )


def main(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line.")] = False,
    minutes: Annotated[int, typer.Option(min=1, max=600, help="Length of the sitting.")] = 60,
    people: Annotated[int, typer.Option(min=2, max=12, help="How many send voice and picture.")] = 4,
    runs: Annotated[int, typer.Option(min=1, max=50, help="How often it is verified.")] = 3,
) -> None:
    """Make a recording, verify it, say what that took."""
    with tempfile.TemporaryDirectory() as directory, report.progress(runs + 1) as steps:
        root = Path(directory)
        steps.begin("making the recording")
        target = asyncio.run(_exported(root, minutes, people))
        size = sum(each.stat().st_size for each in target.iterdir())
        steps.done()
        done = []
        for _ in range(runs):
            steps.begin("verifying")
            done.append(measure(target, root))
            steps.done()
    report.publish(build_report(done, size, minutes, people), as_json=as_json, out=sys.stdout)


if __name__ == "__main__":
    typer.run(main)
