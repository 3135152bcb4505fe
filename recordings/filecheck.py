"""One file against what was hashed while it was written: read once, in a process of its own where it is large.

Imports as little as it can: a process that checks files is started for each core.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import struct
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path
from typing import IO, NamedTuple, Protocol, cast

from mediation_server.at_rest.stored import BrokenFileError, HeldKeys
from mediation_server.errors import MediationError
from recordings.chest import Chest
from recordings.evidence import is_counted
from recordings.matroska import frames

__all__ = ["Captured", "Expected", "FileCheck", "Found", "checked"]

_WORTH_A_PROCESS = 64 << 20
_PROCESSES = 2
_NICENESS, _GENTLY = 10, "--gently"
_HEAD = struct.Struct(">II").pack
_WORD = 0xFFFFFFFF


class Expected(Protocol):
    """A slice as the evidence has it: so many frames with this SHA-256."""

    @property
    def frames(self) -> int:
        """How many."""
        ...

    @property
    def sha256(self) -> str:
        """In hexadecimal."""
        ...


class Captured(NamedTuple):
    """The same, told to another process."""

    frames: int
    sha256: str


@dataclass(frozen=True, slots=True)
class FileCheck:
    """What is to be checked of one file."""

    directory: str
    file: str
    codec: str
    slices: Sequence[Expected]
    opens: tuple[dict[str, str], ...] = field(default=(), repr=False)  # the key it lies under (`ScopeKey.told`)


@dataclass(frozen=True, slots=True)
class Found:
    """What a file is: `sha256` "" when it cannot be read whole; slices (numbers) that it does not hold as captured.

    `surplus` counts frames that were never captured; `torn` says that a piece it is stored in was
    changed, `locked` that its key was not to be had.
    """

    bytes: int
    sha256: str
    broken: tuple[int, ...] = ()
    surplus: int = 0
    torn: bool = False
    locked: bool = False


def checked(orders: Sequence[FileCheck], sizes: Sequence[int], *, gently: bool = False) -> list[Found]:
    """What each file is, in order; a large recording (`sizes` in bytes) is read by two processes, this one of them.

    `gently`: with low priority, beside rooms that are live; this process may hold them and reads nothing then.
    """
    if sum(sizes) < _WORTH_A_PROCESS:
        return [check(each) for each in orders]
    heaps: list[list[int]] = [[] for _ in range(_PROCESSES)]
    for n in sorted(range(len(orders)), key=lambda n: sizes[n], reverse=True):
        min(heaps, key=lambda heap: sum(sizes[each] for each in heap)).append(n)
    found: dict[int, Found] = {}
    here = [] if gently else heaps.pop(0)
    away = [heap for heap in heaps if heap]
    with contextlib.ExitStack() as stack:
        others = [stack.enter_context(_elsewhere(gently=gently)) for _ in away]
        for other, heap in zip(others, away, strict=True):
            _tell(other, (orders[n] for n in heap))
        found |= {n: check(orders[n]) for n in here}
        for other, heap in zip(others, away, strict=True):
            found |= dict(zip(heap, _answers(other), strict=True))
    return [found[n] for n in range(len(orders))]


def _elsewhere(*, gently: bool) -> subprocess.Popen[bytes]:
    """A process of its own that does the same; it imports this module and little else."""
    paths = os.pathsep.join(each for each in sys.path if each)
    command = [sys.executable, "-m", "recordings.filecheck", *([_GENTLY] if gently else [])]
    return subprocess.Popen(  # noqa: S603 - this program itself
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": paths}
    )


def _tell(other: subprocess.Popen[bytes], orders: Iterable[FileCheck]) -> None:
    """All it has to do, a line for each file; it reads every line before it begins."""
    with contextlib.suppress(BrokenPipeError), cast("IO[bytes]", other.stdin) as stream:
        for each in orders:
            slices = [(one.frames, one.sha256) for one in each.slices]
            said = json.dumps([each.directory, each.file, each.codec, slices, each.opens])
            stream.write(said.encode() + b"\n")


def _answers(other: subprocess.Popen[bytes]) -> list[Found]:
    """Raises `CalledProcessError` when it died."""
    lines = cast("IO[bytes]", other.stdout).readlines()
    if other.wait():
        raise subprocess.CalledProcessError(other.returncode, other.args)
    told = [json.loads(each) for each in lines]
    return [Found(**{**each, "broken": tuple(each["broken"])}) for each in told]


def check(order: FileCheck) -> Found:
    """Read a file once: hash all of it, and the frames of each slice."""
    digest, size, at, broken = hashlib.sha256(), 0, 0, list[int]()

    def seen(chunk: bytes) -> None:
        nonlocal size
        size += len(chunk)
        digest.update(chunk)

    try:
        with Chest(Path(order.directory), HeldKeys.heard(order.opens)).opened(order.file) as stream:
            counted = frames(stream, seen)
            if order.codec == "opus":  # all of a picture's frames count
                counted = ((ms, data) for ms, data in counted if is_counted(order.codec, data))
            for at, each in enumerate(order.slices):
                if _hash_of(counted, each.frames) != each.sha256:
                    broken.append(at)
            at, surplus = len(order.slices), sum(1 for _ in counted)
    except BrokenFileError:
        return Found(size, "", (*broken, *range(at, len(order.slices))), torn=True)
    except MediationError:
        return Found(0, "", locked=True)
    except OSError:
        return Found(0, "")
    return Found(size, digest.hexdigest(), tuple(broken), surplus)


def _hash_of(counted: Iterator[tuple[int, bytes]], count: int) -> str:
    """The hash of the next frames, each under its time and length (`docs/evidence-format.md` §4)."""
    parts: list[bytes] = []
    for ms, data in islice(counted, max(0, count)):
        parts += (_HEAD(ms & _WORD, len(data)), data)
    return hashlib.sha256(b"".join(parts)).hexdigest()


def _main() -> None:
    """Check what standard input names; answer on standard output."""
    if _GENTLY in sys.argv:
        with contextlib.suppress(OSError):
            os.nice(_NICENESS)
    for line in sys.stdin.buffer.readlines():  # all at once: whoever asks has files of its own to read meanwhile
        directory, file, codec, slices, opens = json.loads(line)
        found = check(FileCheck(directory, file, codec, tuple(Captured(*each) for each in slices), tuple(opens)))
        print(json.dumps(asdict(found)))  # noqa: T201 - its answer


if __name__ == "__main__":
    _main()
