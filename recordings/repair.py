"""After a crash: how far the files of a recording reach, what hole the crash left, and how the journal says so."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import structlog

from mediation_server.at_rest.stored import ScopeKeys
from mediation_server.domain.recording import Gap, GapReason, Recording, RecordingState
from mediation_server.errors import MediationError
from mediation_server.rooms.decision import SYSTEM
from recordings.chest import Chest
from recordings.finishing import codec_of, forget
from recordings.journal import FileEntry, JournalState, read_journal
from recordings.matroska import reach
from recordings.notebook import Notebook, sealed_name

__all__ = ["Repaired", "repair"]

_log = structlog.get_logger(__name__)

_FRAME_MS = 20  # the last block of a torn file lasts at least this
_TOLERANCE_MS = 100  # the room and the recorder end within this of each other
_SIGN_MS = 1500  # signs of life come every second; a file that ends earlier ended by itself


@dataclass(frozen=True, slots=True)
class Repaired:
    """A recording as a fault left it: every file measured, `last_ms` the last moment that surely was recorded."""

    directory: Path
    state: JournalState
    last_ms: int
    known: frozenset[str] = frozenset()  # files that an earlier repair measured
    keys: ScopeKeys | None = None

    @property
    def locked(self) -> tuple[str, ...]:
        """Files that cannot be measured now, because their key is not to be had."""
        return tuple(each.file for each in self.state.files if each.to_ms is None)

    @property
    def in_order(self) -> bool:
        """Whether every file was closed by whoever wrote it."""
        return len(self.known) == len(self.state.files)

    def recording(self, state: RecordingState) -> Recording:
        """The domain's view of it."""
        started_at = datetime.fromisoformat(self.state.started_at)
        return Recording(self.state.recording, self.state.session, state, started_at)

    def cut_gap(self, now_ms: int, *, over: bool) -> Gap | None:
        """The gap that was open: it lasted to the end of a sitting that was closed in order, else to the fault."""
        cut = self.state.open_gap
        if cut is None:
            return None
        return replace(cut, to_ms=now_ms if over and self.state.stopped else self.last_ms)

    def hole(self, now_ms: int, *, over: bool) -> Gap | None:
        """What the fault took: from the last recorded moment to now. None where closing was in order."""
        in_order = over and self.state.stopped
        if now_ms <= self.last_ms or (in_order and (self.state.open_gap or now_ms - self.last_ms <= _TOLERANCE_MS)):
            return None
        return Gap(self.last_ms, now_ms, GapReason.FAULT, SYSTEM, "restart")

    def note(self, notebook: Notebook, at_ms: int, wall: str, *, over: bool) -> None:
        """Write the repair down: files measured and hashed, hole noted, going on from (or over at) `at_ms`."""
        journal = notebook.journal
        if not notebook.witness.leaves:  # begun by a release that kept no evidence
            notebook.begun(self.state)
        for each in self.state.files:
            if each.file in self.locked:
                continue  # whoever has the key again measures it
            torn = each.repaired and each.file not in self.known
            if torn or sealed_name(each.file) not in notebook.witness.slices:
                notebook.mended(Chest(self.directory, self.keys), each, codec_of(self.state, each))
            if torn:
                forget(self.directory, each)
                counted = {"lost": each.lost, "bad": each.bad, "broken": each.broken}
                notebook.closed(each.file, each.to_ms or each.from_ms, counted, repaired=True)
        cut, hole = self.cut_gap(at_ms, over=over), self.hole(at_ms, over=over)
        if cut is not None:
            notebook.gap(cut)
        if hole is not None:
            notebook.whole_gap(hole)
        journal.line("stopped" if over else "resumed", at_ms=at_ms, wall=wall)
        notebook.witness.leaf("over" if over else "resumed", at_ms=at_ms, wall=wall)
        notebook.witness.checkpoint(at_ms, final=over)


def repair(directory: Path, keys: ScopeKeys | None = None) -> Repaired:
    """Read the journal, measure files nobody closed. Blocks; changes nothing. Raises `OSError` without a journal."""
    state, chest = read_journal(directory), Chest(directory, keys)
    measured = tuple(each if each.to_ms is not None else _measured(chest, each) for each in state.files)
    left_open = [after.to_ms or 0 for before, after in zip(state.files, measured, strict=True) if before.to_ms is None]
    last_ms = state.last_ms
    if not state.stopped and state.open_gap is None:
        ends = max(left_open, default=0)
        last_ms = ends if ends > last_ms - _SIGN_MS else last_ms
    if state.gaps:
        edge = state.gaps[-1]
        last_ms = max(last_ms, edge.from_ms if edge.to_ms is None else edge.to_ms)
    known = frozenset(each.file for each in state.files if each.to_ms is not None)
    return Repaired(directory, replace(state, files=measured), last_ms, known, keys)


def _measured(chest: Chest, entry: FileEntry) -> FileEntry:
    """How far a file reaches; as it was where its key is not to be had."""
    last = None
    try:
        with chest.opened(entry.file) as stream:
            last = reach(stream).last_ms
    except MediationError as locked:
        _log.error("recording_locked", recording=chest.directory.name, code=locked.code)
        return entry
    except OSError:
        pass
    return replace(entry, to_ms=entry.from_ms + (last + _FRAME_MS if last is not None else 0), repaired=True)
