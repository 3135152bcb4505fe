"""One file against what was hashed while it was written: read once, in a process of its own where it is large.

Imports as little as it can: a process that checks files is started for each core.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import islice
from multiprocessing import get_context
from pathlib import Path

from mediation_server.openfile import open_regular
from recordings.evidence import is_counted
from recordings.matroska import frames

__all__ = ["Captured", "FileCheck", "Found", "checked"]

_WORTH_A_PROCESS = 64 << 20
_PROCESSES = 2
_HEAD = struct.Struct(">II").pack
_WORD = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class Captured:
    """A slice as the evidence has it: so many frames with this SHA-256."""

    from_ms: int
    last_ms: int
    frames: int
    sha256: str


@dataclass(frozen=True, slots=True)
class FileCheck:
    """What is to be checked of one file."""

    directory: str
    file: str
    codec: str
    slices: tuple[Captured, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """What a file is: `sha256` "" when it cannot be opened; slices (their numbers) that it does not hold as captured.

    `surplus` counts frames that were never captured.
    """

    bytes: int
    sha256: str
    broken: tuple[int, ...] = ()
    surplus: int = 0


def checked(orders: Sequence[FileCheck], total_bytes: int) -> Iterator[Found]:
    """What each file is, in order; large recordings are read by two processes."""
    if total_bytes < _WORTH_A_PROCESS:
        yield from map(check, orders)
        return
    with ProcessPoolExecutor(_PROCESSES, mp_context=get_context("spawn")) as pool:
        yield from pool.map(check, orders)


def check(order: FileCheck) -> Found:
    """Read a file once: hash all of it, and the frames of each slice."""
    digest, size = hashlib.sha256(), 0

    def seen(chunk: bytes) -> None:
        nonlocal size
        size += len(chunk)
        digest.update(chunk)

    try:
        with open_regular(Path(order.directory), order.file) as stream:
            counted = frames(stream, seen)
            if order.codec == "opus":  # all of a picture's frames count
                counted = ((ms, data) for ms, data in counted if is_counted(order.codec, data))
            broken = tuple(n for n, each in enumerate(order.slices) if _hash_of(counted, each.frames) != each.sha256)
            surplus = sum(1 for _ in counted)
    except OSError:
        return Found(0, "")
    return Found(size, digest.hexdigest(), broken, surplus)


def _hash_of(counted: Iterator[tuple[int, bytes]], count: int) -> str:
    """The hash of the next frames, each under its time and length (`docs/evidence-format.md` §4)."""
    parts: list[bytes] = []
    for ms, data in islice(counted, max(0, count)):
        parts += (_HEAD(ms & _WORD, len(data)), data)
    return hashlib.sha256(b"".join(parts)).hexdigest()
