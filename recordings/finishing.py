"""Live files nobody writes any more, made into what is kept; the end of a sitting then finds little left to do.

While the sitting goes on, a process of low priority copies each file that was closed into its final form, under its
final name; the live file stays until the seal, unless the disk is full before.  A note beside the copy says what it is,
written when the copy is on the disk for certain: whoever is killed in between leaves a copy without a note, and it is
made again.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO

from mediation_server.at_rest.scratch import scratch
from mediation_server.at_rest.stored import BrokenFileError, HeldKeys, length_of, store
from mediation_server.children import end_with_parent
from mediation_server.domain.log import canonical
from mediation_server.domain.recording import Segment
from mediation_server.durable import TEMPORARY, synced, written
from mediation_server.errors import MediationError
from mediation_server.openfile import open_regular
from recordings.chest import Chest
from recordings.evidence import EVIDENCE
from recordings.journal import JOURNAL, FileEntry, JournalState, read_journal
from recordings.notebook import sealed_name
from recordings.remux import UnreadableError, remuxed

__all__ = ["ahead", "clear", "codec_of", "finished", "forget", "spare", "sweep"]

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
    name = sealed_name(entry.file)
    made = _noted(chest, name) or _made(chest, entry, codec)
    if made is None:
        return None
    return Segment(name, entry.from_ms, entry.from_ms + made.end_ms, made.bytes, made.sha256, repaired=entry.repaired)


def codec_of(state: JournalState, entry: FileEntry) -> str:
    """What a file holds; empty where the line that said so was torn: it is copied frame by frame, as it is."""
    return str(state.tracks.get(entry.track, {}).get("codec", ""))


def ahead(chest: Chest) -> None:
    """Finish whatever was closed and note it, as long as there is room. Blocks.

    Raises what `finished` raises, for the first file that refused, when the others have been tried.
    """
    state, refused = read_journal(chest.directory), None
    for each in state.files:
        if each.to_ms is None or (chest.directory / (sealed_name(each.file) + _NOTE)).exists():
            continue
        try:
            if not _has_room(chest, state, each):
                break
            made = _made(chest, each, codec_of(state, each))
            if made is not None:
                _note(chest.directory, sealed_name(each.file), made)
        except (OSError, MediationError) as error:
            refused = refused or error
    if refused is not None:
        raise refused


def _has_room(chest: Chest, state: JournalState, entry: FileEntry) -> bool:
    """Whether there is room for one more copy, also when live files give way to their copies."""
    wanted = _ROOM * (chest.directory / entry.file).stat().st_size
    if shutil.disk_usage(chest.directory).free < wanted:
        spare(chest, state.files)
    return shutil.disk_usage(chest.directory).free >= wanted


def spare(chest: Chest, files: Sequence[FileEntry]) -> None:
    """Remove live files whose copies are noted: whoever seals needs their notes alone. Blocks. Raises `OSError`.

    What the journal and the evidence say of them is on the disk first.
    """
    for name in (JOURNAL, EVIDENCE):
        with contextlib.suppress(FileNotFoundError), open_regular(chest.directory, name) as stream:
            os.fsync(stream.fileno())
    synced(chest.directory)
    for each in files:
        if each.to_ms is not None and _noted(chest, sealed_name(each.file)) is not None:
            (chest.directory / each.file).unlink(missing_ok=True)


def clear(directory: Path) -> None:
    """Remove what was half made by processes that are gone."""
    for each in directory.glob(f"*{TEMPORARY}"):
        each.unlink(missing_ok=True)


def sweep(directory: Path) -> None:
    """The same, and notes, which nobody needs once there is a manifest."""
    clear(directory)
    for each in directory.glob(f"*{_NOTE}"):
        each.unlink(missing_ok=True)


def forget(directory: Path, entry: FileEntry) -> None:
    """A file was found to be another than its copy was made of: the copy does not count any more. Raises `OSError`."""
    (directory / (sealed_name(entry.file) + _NOTE)).unlink(missing_ok=True)


def _made(chest: Chest, entry: FileEntry, codec: str) -> _Made | None:
    name = sealed_name(entry.file)
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
        temporary.replace(target)
    except (FileNotFoundError, UnreadableError, BrokenFileError):
        return None
    finally:
        temporary.unlink(missing_ok=True)
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
    except (FileNotFoundError, BrokenFileError, ValueError, TypeError):
        return None  # any other refusal of the disk may pass


def _note(directory: Path, name: str, made: _Made) -> None:
    """What it says is on the disk before it: the file, and that it has this name."""
    synced(directory)
    written(directory / (name + _NOTE), canonical(asdict(made)))


def _main() -> None:
    """Finish what is closed of the recording that standard input names; what cannot be done now, the seal does."""
    end_with_parent()
    with contextlib.suppress(OSError):
        os.nice(_NICENESS)
    order = json.load(sys.stdin)
    try:
        ahead(Chest(Path(order["directory"]), HeldKeys.heard(order["opens"])))
    except (OSError, MediationError) as refused:
        sys.exit(f"{type(refused).__name__}: {refused}")


if __name__ == "__main__":
    _main()
