"""`make test`: the tests that wait for browsers, lines and clocks; beside them, at lower priority, all the others."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

TESTS = Path(__file__).parent
# What computes more than it waits; every other directory, also one that is new, belongs to the half that waits.
COMPUTING = ("docs", "mediation_server", "recordings", "signaling", "web")


def halves() -> tuple[list[Path], list[Path]]:
    """The directories that wait and those that compute, each with tests in it."""
    found = sorted(each for each in TESTS.iterdir() if any(each.rglob("test_*.py")))
    computing = [each for each in found if each.name in COMPUTING]
    return [each for each in found if each not in computing], computing


def main() -> int:
    """Run both at the same time; say what each says; fail when one does."""
    waiting, computing = halves()
    run = [sys.executable, "-m", "pytest", "-q"]
    with tempfile.TemporaryFile("w+") as said:
        beside = subprocess.Popen(["nice", "-n", "5", *run, *computing], stdout=said, stderr=subprocess.STDOUT)
        try:
            codes = [subprocess.run([*run, *waiting], check=False).returncode, beside.wait()]
        finally:
            beside.kill()
        said.seek(0)
        sys.stdout.write(said.read())
    return next((code for code in codes if code), 0)


if __name__ == "__main__":
    sys.exit(main())
