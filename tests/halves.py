"""`make test`: the tests that wait for browsers and lines; beside them, in the time these leave, all the others.

What needs the machine for itself comes last: so do the few that failed beside all others, once more, and both outcomes
are said.  Whoever fails twice fails; what guards a private word fails at once, for that may not happen once in two.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import IO

TESTS = Path(__file__).parent
# What computes more than it waits, in one process that takes about as long; every other directory, also one that is
# new, is of those that wait.  These use a third of two cores, and need a whole one for moments.
COMPUTING = ("docs", "mediation_server", "recordings", "signaling", "web")
# Firefox encodes on the same cores as everything else here: beside another load its picture comes to stand still.
ALONE = (TESTS / "browser" / "test_firefox.py",)
RUN = (sys.executable, "-m", "pytest", "-q")
YIELDING = 19  # as nice as can be: a seventieth of the weight of what waits, and all of what it leaves
TESTS_FAILED = 1  # pytest's exit code where all were run; any other is no matter of load
# A core taken away for seconds spoils one or two of what runs in real time; what is broken breaks more.
FEW = 4
PRIVATE = ("audience", "caucus", "leak", "lobby", "nobody", "private", "reaches", "secret", "shuttle")


def parts() -> tuple[list[Path], list[Path]]:
    """The directories that wait, and those that compute, each with tests in it."""
    found = sorted(each for each in TESTS.iterdir() if any(each.rglob("test_*.py")))
    return [each for each in found if each.name not in COMPUTING], [each for each in found if each.name in COMPUTING]


def command(cache: Path, *what: str) -> list[str]:
    """Run these tests; what failed is known there afterwards."""
    return [*RUN, "-o", f"cache_dir={cache}", *what]


def failed(cache: Path) -> list[str]:
    """The tests that failed in the run with this cache."""
    known = cache / "v" / "cache" / "lastfailed"
    return sorted(json.loads(known.read_text(encoding="utf-8"))) if known.exists() else []


def beside(running: list[str], said: IO[str]) -> subprocess.Popen[bytes]:
    """Run these at a lower priority.

    Linux may weigh sessions against each other before it weighs what is in them (sched(7), autogroup): it is one of its
    own, and as nice as a whole.
    """
    yielding = ["nice", "-n", str(YIELDING), *running]
    process = subprocess.Popen(yielding, stdout=said, stderr=subprocess.STDOUT, start_new_session=True)
    with contextlib.suppress(OSError):  # a kernel without it
        Path(f"/proc/{process.pid}/autogroup").write_text(str(YIELDING), encoding="ascii")
    return process


def end(process: subprocess.Popen[bytes]) -> None:
    """Leave nothing behind that still runs, browsers neither."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def once_more(codes: list[int], spoiled: list[str], cache: Path) -> list[int]:
    """The exit codes, after the few that failed beside others were run by themselves; a fault stays one."""
    private = any(word in each for each in spoiled for word in PRIVATE)
    if private or set(codes) - {0, TESTS_FAILED} or not 0 < len(spoiled) <= FEW:
        return codes
    sys.stdout.write("\nFAILED BESIDE ALL OTHERS, run once more by itself; each is to be looked at:\n")
    sys.stdout.write("".join(f"  {each}\n" for each in spoiled))
    sys.stdout.flush()
    return [subprocess.run(command(cache, *spoiled), check=False).returncode]


def main() -> int:
    """Run all at the same time, then the rest; say what each says; fail when one does."""
    waiting, computing = parts()
    with contextlib.ExitStack() as stack:
        said = stack.enter_context(tempfile.TemporaryFile("w+"))
        caches = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        others = beside(command(caches / "others", *map(str, computing)), said)
        stack.callback(end, others)
        alone = [str(each) for each in ALONE]
        first = command(caches / "first", *map(str, waiting), *(f"--ignore={each}" for each in alone))
        codes = [subprocess.run(first, check=False).returncode, others.wait()]
        codes.append(subprocess.run(command(caches / "alone", *alone), check=False).returncode)
        said.seek(0)
        sys.stdout.write(said.read())
        spoiled = [each for part in ("first", "others", "alone") for each in failed(caches / part)]
        codes = once_more(codes, spoiled, caches / "again")
    return next((code for code in codes if code), 0)


if __name__ == "__main__":
    sys.exit(main())
