"""`make test`: the tests that wait for browsers and lines; beside them, in the time these leave, all the others.

What needs the machine for itself comes last.
"""

from __future__ import annotations

import contextlib
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


def parts() -> tuple[list[Path], list[Path]]:
    """The directories that wait, and those that compute, each with tests in it."""
    found = sorted(each for each in TESTS.iterdir() if any(each.rglob("test_*.py")))
    return [each for each in found if each.name not in COMPUTING], [each for each in found if each.name in COMPUTING]


def beside(directories: list[Path], said: IO[str]) -> subprocess.Popen[bytes]:
    """Run these at a lower priority.

    Linux may weigh sessions against each other before it weighs what is in them (sched(7), autogroup): it is one of its
    own, and as nice as a whole.
    """
    command = ["nice", "-n", str(YIELDING), *RUN, *map(str, directories)]
    process = subprocess.Popen(command, stdout=said, stderr=subprocess.STDOUT, start_new_session=True)
    with contextlib.suppress(OSError):  # a kernel without it
        Path(f"/proc/{process.pid}/autogroup").write_text(str(YIELDING), encoding="ascii")
    return process


def end(process: subprocess.Popen[bytes]) -> None:
    """Leave nothing behind that still runs, browsers neither."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def main() -> int:
    """Run all at the same time, then the rest; say what each says; fail when one does."""
    waiting, computing = parts()
    with contextlib.ExitStack() as stack:
        said = stack.enter_context(tempfile.TemporaryFile("w+"))
        others = beside(computing, said)
        stack.callback(end, others)
        first = subprocess.run([*RUN, *waiting, *(f"--ignore={each}" for each in ALONE)], check=False)
        codes = [first.returncode, others.wait()]
        codes.append(subprocess.run([*RUN, *ALONE], check=False).returncode)
        said.seek(0)
        sys.stdout.write(said.read())
    return next((code for code in codes if code), 0)


if __name__ == "__main__":
    sys.exit(main())
