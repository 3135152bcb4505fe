"""The journal of a recording: append-only JSON lines, synced, from which a restart knows what was written and when.

Lines, all times in ms from the start of the sitting:
  {"is":"opened","session","recording","started_at","at_ms","wall","software"}   first line
  {"is":"resumed","at_ms","wall"}            writing goes on after a fault or an upgrade
  {"is":"track","track","participant","source","codec"}
  {"is":"file","file","track","from_ms"}     synced before the first byte of media
  {"is":"closed","file","to_ms","lost","bad","broken","repaired"}
  {"is":"gap","from_ms","reason","by","cause"}  a gap begins; the last two only where somebody or something is known …
  {"is":"gap_end","to_ms"}                   … and ends; there is one at most at a time
  {"is":"tick","at_ms","lost"}               once a second: a sign of life; packets lost since the last, per track
  {"is":"stopped","at_ms","wall"}            closed in order; the session log knows whether for good
"""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from mediation_server.domain.log import canonical
from mediation_server.domain.recording import Gap, GapReason

__all__ = ["JOURNAL", "FileEntry", "Journal", "JournalState", "read_journal"]

JOURNAL = "journal.jsonl"
_MAX_PENDING = 4096  # lines kept in memory while the disk refuses them
_MAX_BYTES = 64 << 20  # a day of ticks is 5 MB


class Journal:
    """The writing end. `line` never raises; `flush` raises `OSError` while the disk refuses, and keeps what is due."""

    def __init__(self, directory: Path) -> None:
        flags = os.O_CREAT | os.O_WRONLY | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
        self.fd = os.open(directory / JOURNAL, flags, 0o600)
        if os.fstat(self.fd).st_size:
            os.write(self.fd, b"\n")  # whatever line was torn stays a line of its own
        self._pending: list[bytes] = []
        self._torn = False  # the disk took the beginning of a line and no more

    def line(self, kind: str, **content: object) -> None:
        """Note something; it survives `kill -9` after the next `flush`, a power cut after the next `sync`."""
        if len(self._pending) < _MAX_PENDING:
            self._pending.append(canonical({"is": kind, **content}) + b"\n")

    def flush(self) -> None:
        """Write all lines that are due. Raises `OSError`."""
        if not self._pending:
            return
        torn = b"\n" if self._torn else b""
        data = torn + b"".join(self._pending)
        taken = data[: os.write(self.fd, data)]
        del self._pending[: max(0, taken.count(b"\n") - len(torn))]  # whole lines are never said twice
        self._torn = not taken.endswith(b"\n")
        if self._pending:  # a full disk takes the beginning of a line and no more
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def sync(self) -> None:
        """Write all lines that are due and bring them to the disk; blocks. Raises `OSError`."""
        self.flush()
        os.fsync(self.fd)

    def close(self) -> None:
        """Close the file; idempotent."""
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1


@dataclass(frozen=True, slots=True)
class FileEntry:
    """One live file as the journal knows it; `to_ms` None: it was never closed."""

    file: str
    track: str
    from_ms: int
    to_ms: int | None = None
    lost: int = 0
    bad: int = 0
    broken: int = 0
    repaired: bool = False  # its writer never closed it


@dataclass(frozen=True, slots=True)
class JournalState:
    """What a journal says, folded."""

    session: str = ""
    recording: str = ""
    started_at: str = ""
    software: str = ""
    walls: tuple[Mapping[str, object], ...] = ()
    tracks: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    files: tuple[FileEntry, ...] = ()
    gaps: tuple[Gap, ...] = ()
    last_ms: int = 0
    stopped: bool = False

    @property
    def open_gap(self) -> Gap | None:
        """The gap that has begun and not ended."""
        return self.gaps[-1] if self.gaps and self.gaps[-1].to_ms is None else None


def read_journal(directory: Path) -> JournalState:
    """Fold the journal of a recording; torn or foreign lines are passed over. Raises `OSError` when there is none."""
    fd = os.open(directory / JOURNAL, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    with os.fdopen(fd, "rb") as stream:
        lines = stream.read(_MAX_BYTES).splitlines()
    state = JournalState()
    for line in lines:
        try:
            entry = json.loads(line)
            state = _folded(state, entry) if isinstance(entry, dict) else state
        except (ValueError, KeyError, TypeError):
            continue
    return state


def _folded(state: JournalState, entry: Mapping[str, object]) -> JournalState:
    kind = entry.get("is")
    at = entry.get("at_ms")
    if isinstance(at, int):
        state = replace(state, last_ms=max(state.last_ms, at))
    fold = _FOLDS.get(str(kind))
    return fold(state, entry) if fold else state


def _opened(state: JournalState, entry: Mapping[str, object]) -> JournalState:
    names = ("session", "recording", "started_at", "software")
    return _walled(replace(state, **{name: str(entry[name]) for name in names}), entry)  # type: ignore[arg-type]


def _walled(state: JournalState, entry: Mapping[str, object]) -> JournalState:
    wall = {"at_ms": entry["at_ms"], "wall": entry["wall"]}
    return replace(state, walls=(*state.walls, wall), stopped=False)


def _track(state: JournalState, entry: Mapping[str, object]) -> JournalState:
    about = {name: str(entry[name]) for name in ("participant", "source", "codec")}
    return replace(state, tracks={**state.tracks, str(entry["track"]): about})


def _file(state: JournalState, entry: Mapping[str, object]) -> JournalState:
    opened = FileEntry(str(entry["file"]), str(entry["track"]), _int(entry["from_ms"]))
    return replace(state, files=(*state.files, opened))


def _closed(state: JournalState, entry: Mapping[str, object]) -> JournalState:
    def close(known: FileEntry) -> FileEntry:
        return replace(
            known,
            to_ms=_int(entry["to_ms"]),
            lost=_int(entry["lost"]),
            bad=_int(entry["bad"]),
            broken=_int(entry["broken"]),
            repaired=bool(entry.get("repaired")),
        )

    files = (close(each) if each.file == entry["file"] else each for each in state.files)
    return replace(state, files=tuple(files))


def _gap(state: JournalState, entry: Mapping[str, object]) -> JournalState:
    reason = GapReason(str(entry["reason"]))
    gap = Gap(_int(entry["from_ms"]), None, reason, str(entry.get("by", "")), str(entry.get("cause", "")))
    return replace(state, gaps=(*state.gaps, gap))


def _gap_end(state: JournalState, entry: Mapping[str, object]) -> JournalState:
    if state.open_gap is None:
        return state
    ended = replace(state.open_gap, to_ms=_int(entry["to_ms"]))
    return replace(state, gaps=(*state.gaps[:-1], ended))


def _stopped(state: JournalState, entry: Mapping[str, object]) -> JournalState:
    return replace(_walled(state, entry), stopped=True)


def _int(value: object) -> int:
    if not isinstance(value, int):
        raise TypeError
    return value


_FOLDS = {
    "opened": _opened,
    "resumed": _walled,
    "track": _track,
    "file": _file,
    "closed": _closed,
    "gap": _gap,
    "gap_end": _gap_end,
    "stopped": _stopped,
}
