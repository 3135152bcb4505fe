"""`Witness`: the evidence file of a recording while it is written: leaves, checkpoints, what a restart goes on from.

Used by one thread at a time.  Nothing here raises but `flush`: while the disk refuses, lines wait, in bounds.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from mediation_server.clock import Clock
from mediation_server.domain.log import GENESIS, canonical
from mediation_server.keyring import Signer
from mediation_server.openfile import open_regular
from recordings.books import LogHead
from recordings.evidence import (
    CHECKPOINT,
    EVIDENCE,
    Checkpoint,
    MerkleTree,
    Slice,
    checkpoint_of,
    leaf_hash,
    lines_of,
    signed_checkpoint,
)
from recordings.syncer import write_all

__all__ = ["EvidenceState", "Stamping", "Witness", "read_evidence", "read_tree"]

_EVERY_MS = 9_000  # a checkpoint at the latest every ten seconds
_STAMP_EVERY_MS = 10 * 60_000
_MAX_PENDING = 16_384  # lines kept in memory while the disk refuses them: at least ten minutes of eight tracks
_MAX_BYTES = 1 << 30
_CHECKPOINT = b'"is":"checkpoint"'

Stamping = Callable[[Checkpoint], None]  # called when a checkpoint wants a time stamp


@dataclass
class EvidenceState:
    """What an evidence file says: its tree, its last checkpoint, the slices of each file, whole bytes."""

    tree: MerkleTree = field(default_factory=MerkleTree)
    last: Checkpoint | None = None
    slices: dict[str, list[Slice]] = field(default_factory=dict)
    length: int = 0

    @property
    def head(self) -> LogHead:
        """The session log as the last checkpoint knew it."""
        return self.last.log if self.last else LogHead(0, GENESIS)


def read_evidence(directory: Path) -> EvidenceState:
    """Read what is there, up to a torn last line; nothing for a recording without. Blocks. Raises `OSError`."""
    state = EvidenceState()
    try:
        with open_regular(directory, EVIDENCE) as stream:
            data = stream.read(_MAX_BYTES)
    except FileNotFoundError:
        return state
    for line in lines_of(data):
        state.length += len(line.data) + 1
        state.tree.add(leaf_hash(line.data))
        with contextlib.suppress(KeyError, TypeError, ValueError):  # a line that is none stays for `verify` to find
            if line.kind == CHECKPOINT:
                state.last = checkpoint_of(line.entry, line.data)
            else:
                note_slice(state.slices, line.entry)
    return state


def read_tree(directory: Path) -> tuple[MerkleTree, Checkpoint | None]:
    """The tree and the last checkpoint alone, in a fraction of the time. Blocks. Raises `OSError`."""
    tree, last = MerkleTree(), None
    with contextlib.suppress(FileNotFoundError), open_regular(directory, EVIDENCE) as stream:
        whole, ended, _ = stream.read(_MAX_BYTES).rpartition(b"\n")
        for raw in whole.split(b"\n") if ended else ():
            tree.add(leaf_hash(raw))
            last = raw if _CHECKPOINT in raw else last
    with contextlib.suppress(KeyError, TypeError, ValueError):
        return tree, checkpoint_of(json.loads(last or b"{}"), last or b"")
    return tree, None


def note_slice(slices: dict[str, list[Slice]], entry: Mapping[str, object]) -> None:
    """Keep what a line says of a file's slices: one more, or that from one on they never reached the disk.

    Raises `KeyError`, `TypeError` or `ValueError` for a line that says it badly.
    """
    file = sys.intern(str(entry.get("file", "")))  # an hour has thousands of lines about a few files
    if entry.get("is") == "slice":
        if not all(isinstance(entry[name], int) for name in ("from_ms", "last_ms", "frames", "bytes")):
            raise TypeError(file)
        named = {name: entry[name] for name in Slice.__slots__ if name in entry} | {"file": file}
        slices.setdefault(file, []).append(Slice(**named))  # type: ignore[arg-type]
    elif entry.get("is") == "cut":
        del slices.get(file, [])[int(str(entry["kept"])) :]


class Witness:
    """The writing end; goes on where an earlier process stopped. Raises `OSError` when the file cannot be had."""

    def __init__(
        self,
        directory: Path,
        recording: str,
        signer: Signer,
        clock: Clock,
        *,
        stamping: Stamping | None = None,
        known: EvidenceState | None = None,
    ) -> None:
        """`known`: what a former one of this process left, where the file need not be read for it."""
        self._recording, self._signer, self._clock = recording, signer, clock
        self._stamping = stamping
        if known is None or (directory / EVIDENCE).stat().st_size != known.length:
            known = read_evidence(directory)
        self.slices: Mapping[str, list[Slice]] = known.slices  # as an earlier process left them
        self._sliced = set(known.slices)
        self._tree, self._last, self._length = known.tree, known.last, known.length
        self._log = known.head
        self._pending: list[bytes] = []
        self._dropped = 0
        self._missed = False  # whether any line was ever dropped
        self._stamp_due_ms: int | None = None  # at once
        self._due_ms = 0
        flags = os.O_CREAT | os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC
        self.fd = os.open(directory / EVIDENCE, flags, 0o600)
        os.ftruncate(self.fd, self._length)
        os.lseek(self.fd, self._length, os.SEEK_SET)

    def left(self) -> EvidenceState | None:
        """What is in the file, with the names of files that have slices and not those; None: not all of it is."""
        if self.fd >= 0 or self._pending or self._missed:
            return None
        return EvidenceState(self._tree, self._last, {name: [] for name in self._sliced}, self._length)

    @property
    def leaves(self) -> int:
        """How many lines are signed or wait to be."""
        return self._tree.leaves

    def leaf(self, kind: str, **content: object) -> None:
        """Note something; the next checkpoint signs it."""
        if self._dropped and len(self._pending) < _MAX_PENDING:
            dropped, self._dropped = self._dropped, 0
            self.leaf("dropped", lines=dropped)
        if len(self._pending) >= _MAX_PENDING:
            self._dropped += 1
            self._missed = True
            return
        line = canonical({"is": kind, **content})
        self._tree.add(leaf_hash(line))
        self._pending.append(line)

    def add(self, slices: Iterable[Slice]) -> None:
        """Note what was captured."""
        for each in slices:
            self._sliced.add(each.file)
            said = each.leaf()
            self.leaf(str(said.pop("is")), **said)

    def logged(self, head: LogHead) -> None:
        """The session log has reached this entry; the next checkpoint says so."""
        if head.seq > self._log.seq:
            self._log = head

    def is_due(self, at_ms: int) -> bool:
        """Whether a checkpoint should be signed at this moment."""
        return at_ms >= self._due_ms

    def checkpoint(self, at_ms: int, *, final: bool = False) -> None:
        """Sign everything so far; asks for a time stamp at the start, every ten minutes and at the end."""
        self._due_ms = at_ms + _EVERY_MS
        if len(self._pending) >= _MAX_PENDING:
            return
        line, self._last = signed_checkpoint(
            self._signer, self._recording, self._tree, self._last, at_ms=at_ms, now=self._clock.now(), log=self._log
        )
        self._tree.add(leaf_hash(line))
        self._pending.append(line)
        if final or self._stamp_due_ms is None or at_ms >= self._stamp_due_ms:
            self._stamp_due_ms = at_ms + _STAMP_EVERY_MS
            if self._stamping is not None:
                self._stamping(self._last)

    def flush(self) -> None:
        """Write all lines that are due, or none. Raises `OSError`."""
        data = b"".join(each + b"\n" for each in self._pending)
        if not data:
            return
        try:
            write_all(self.fd, data)
        except OSError:  # a full disk: none of it stands there, and all of it is written later
            with contextlib.suppress(OSError):
                os.ftruncate(self.fd, self._length)
                os.lseek(self.fd, self._length, os.SEEK_SET)
            raise
        self._length += len(data)
        self._pending.clear()

    def close(self) -> None:
        """Close the file; idempotent."""
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1
