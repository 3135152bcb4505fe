"""Live files nobody writes any more, made into what is kept; the end of a sitting then finds little left to do.

While the sitting goes on, a process of low priority copies each file that was closed into its final form, under its
final name; the live file stays until the seal.  A note beside the copy says what it is, written when the copy is on the
disk for certain: whoever is killed in between leaves a copy without a note, and it is made again.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO

from mediation_server.at_rest.scratch import scratch
from mediation_server.at_rest.stored import LIVE, BrokenFileError, HeldKeys, length_of, store
from mediation_server.domain.log import canonical
from mediation_server.domain.recording import Segment
from mediation_server.durable import TEMPORARY, synced, written
from mediation_server.errors import MediationError
from recordings.chest import Chest
from recordings.journal import FileEntry, read_journal
from recordings.remux import UnreadableError, remuxed

__all__ = ["ahead", "finished", "is_noted", "sweep"]

_NOTE = ".done"
_NICENESS = 15
_ROOM = 4  # nothing is made ahead unless the disk has so many times its size left: live files come first


@dataclass(frozen=True, slots=True)
class _Made:
    """A finished file: bytes and SHA-256 of what was recorded, where its last frame ends (ms in the file)."""

    bytes: int
    sha256: str
    end_ms: int


def finished(chest: Chest, entry: FileEntry, codec: str) -> Segment | None:
    """The final form of one live file, on the disk for certain; None when nothing in it can be read. Blocks.

    It lies under the key of the live file; where that is plain, so is the copy, until it is taken over. Raises
    `OSError` of the disk; `Unavailable` or `Gone` where its key is not to be had.
    """
    name = entry.file.removesuffix(LIVE)
    made = _noted(chest, name) or _made(chest, entry, codec)
    if made is None:
        return None
    return Segment(name, entry.from_ms, entry.from_ms + made.end_ms, made.bytes, made.sha256, repaired=entry.repaired)


def is_noted(chest: Chest, entry: FileEntry) -> bool:
    """Whether a live file was finished ahead, and its copy is whole. Blocks. Raises what `finished` raises."""
    return _noted(chest, entry.file.removesuffix(LIVE)) is not None


def ahead(chest: Chest) -> None:
    """Finish whatever was closed and note it, as long as there is room. Blocks. Raises what `finished` raises."""
    state = read_journal(chest.directory)
    for each in state.files:
        name = each.file.removesuffix(LIVE)
        if each.to_ms is None or (chest.directory / (name + _NOTE)).exists():
            continue
        size = (chest.directory / each.file).stat().st_size
        if shutil.disk_usage(chest.directory).free < _ROOM * size:
            return
        made = _made(chest, each, state.tracks[each.track]["codec"])
        if made is not None:
            _note(chest.directory, name, made)


def sweep(directory: Path) -> None:
    """Remove what was half made by processes that are gone, and notes nobody needs once there is a manifest."""
    for each in [*directory.glob(f"*{TEMPORARY}"), *directory.glob(f"*{_NOTE}")]:
        each.unlink(missing_ok=True)


def _made(chest: Chest, entry: FileEntry, codec: str) -> _Made | None:
    name = entry.file.removesuffix(LIVE)
    target = chest.directory / name
    temporary = target.with_name(f"{name}.{os.getpid()}{TEMPORARY}")
    try:
        key = chest.key(entry.file)
        with chest.opened(entry.file) as source, scratch(target, length_of(source)) as plain:
            with plain.open("wb") as clusters:
                copied = remuxed(source, clusters, codec)
            if not copied.frames:
                return None
            with plain.open("rb") as clusters:
                size, sha256 = store(io.BufferedReader(_Led(copied.head, clusters)), temporary, key, name)
    except (UnreadableError, FileNotFoundError, BrokenFileError):
        return None
    temporary.replace(target)
    return _Made(size, sha256, copied.end_ms)


class _Led(io.RawIOBase):
    """Some bytes, then a stream."""

    def __init__(self, first: bytes, then: BinaryIO) -> None:
        self._first, self._then = memoryview(first), then

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override] # no Buffer before 3.12
        view = memoryview(buffer).cast("B")
        part = self._first[: len(view)] or memoryview(self._then.read(len(view)))
        view[: len(part)] = part
        self._first = self._first[len(part) :]
        return len(part)


# --- notes ------------------------------------------------------------------------------------------------


def _noted(chest: Chest, name: str) -> _Made | None:
    """What an earlier process noted, where its file is still there and as long as it says."""
    try:
        made = _Made(**json.loads((chest.directory / (name + _NOTE)).read_bytes()))
        with chest.opened(name) as stream:
            return made if length_of(stream) == made.bytes else None
    except (OSError, ValueError, TypeError):
        return None


def _note(directory: Path, name: str, made: _Made) -> None:
    """What it says is on the disk before it: the file, and that it has this name."""
    synced(directory)
    written(directory / (name + _NOTE), canonical(asdict(made)))


def _main() -> None:
    """Finish what is closed of the recording that standard input names; what cannot be done now, the seal does."""
    with contextlib.suppress(OSError):
        os.nice(_NICENESS)
    order = json.load(sys.stdin)
    with contextlib.suppress(OSError, MediationError):
        ahead(Chest(Path(order["directory"]), HeldKeys.heard(order["opens"])))


if __name__ == "__main__":
    _main()
