"""The evidence of a recording: what was captured, line by line, under signed checkpoints; pure, reads no file.

`docs/evidence-format.md` is the specification, good enough for somebody else to write a verifier.  In short: each
line of `evidence.jsonl` is a leaf of one Merkle tree (RFC 6962 §2.1); some are checkpoints, which sign the root of all
leaves before them together with the head of the session log and the checkpoint before.
"""

from __future__ import annotations

import base64
import hashlib
import json
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from mediation_server.domain.log import GENESIS, canonical, instant
from recordings.books import LogHead

if TYPE_CHECKING:  # the check of one file, a process of its own, needs no cryptography
    from mediation_server.keyring import Signer

__all__ = [
    "EVIDENCE",
    "NO_CHECKPOINT",
    "Checkpoint",
    "Line",
    "MerkleTree",
    "Slice",
    "Slicer",
    "checkpoint_message",
    "is_counted",
    "leaf_hash",
    "line_of",
    "lines_of",
    "signed_checkpoint",
    "slice_of",
]

EVIDENCE = "evidence.jsonl"
CHECKPOINT = "checkpoint"
NO_CHECKPOINT = GENESIS  # what the first checkpoint follows
_SIGNED = b"mediation-checkpoint/1\n"
_FRAME = struct.Struct(">II")  # ms in the file, length
_WORD = 0xFFFFFFFF  # a damaged file may have any time
_SLICE_MS = 1000
_SLICE_BYTES = 4 << 20
_MARK = 1  # an Opus packet of one byte says that nothing was transmitted; sealing adds such packets, players need them


def leaf_hash(line: bytes) -> bytes:
    """Hash of a line without its newline."""
    return hashlib.sha256(b"\0" + line).digest()


class MerkleTree:
    """The Merkle tree of RFC 6962 §2.1, of which only the edge is kept."""

    def __init__(self) -> None:
        self.leaves = 0
        self._edge: list[tuple[int, bytes]] = []  # (leaves under it, hash) of full subtrees, largest first

    def add(self, leaf: bytes) -> None:
        """Append the hash of a leaf."""
        self.leaves += 1
        size, node = 1, leaf
        while self._edge and self._edge[-1][0] == size:
            node = _node(self._edge.pop()[1], node)
            size *= 2
        self._edge.append((size, node))

    def root(self) -> str:
        """The root over all leaves so far, in hexadecimal."""
        if not self._edge:
            return hashlib.sha256(b"").hexdigest()
        node = self._edge[-1][1]
        for _, left in reversed(self._edge[:-1]):
            node = _node(left, node)
        return node.hex()


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\1" + left + right).digest()


# --- what was captured ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Slice:
    """At most a second of one file: from its first to its last frame (ms on the time line), hashed."""

    file: str
    from_ms: int
    last_ms: int
    frames: int
    bytes: int
    sha256: str
    sm3: str = ""

    def leaf(self) -> dict[str, object]:
        """As a line of the evidence."""
        named: dict[str, object] = {name: getattr(self, name) for name in self.__slots__ if name != "sm3"}
        return {"is": "slice", **named, **({"sm3": self.sm3} if self.sm3 else {})}


def is_counted(codec: str, data: bytes | memoryview) -> bool:
    """Whether a frame enters the hash: not an Opus packet that only says that nothing was transmitted."""
    return not (codec == "opus" and len(data) <= _MARK)


def slice_of(file: str, offset_ms: int, frames: Sequence[tuple[int, bytes | memoryview]], *, sm3: bool) -> Slice:
    """The slice of these frames (ms within the file, data) of a file that begins at `offset_ms`."""
    parts: list[bytes | memoryview] = []
    for ms, data in frames:
        parts += (_FRAME.pack(ms & _WORD, len(data)), data)
    whole = b"".join(parts)
    return Slice(
        file=file,
        from_ms=offset_ms + frames[0][0],
        last_ms=offset_ms + frames[-1][0],
        frames=len(frames),
        bytes=len(whole) - len(frames) * _FRAME.size,
        sha256=hashlib.sha256(whole).hexdigest(),
        sm3=hashlib.new("sm3", whole).hexdigest() if sm3 else "",
    )


class Slicer:
    """Cuts the frames of one file into slices of at most a second each."""

    def __init__(self, file: str, codec: str, offset_ms: int, *, sm3: bool = False) -> None:
        self._file, self._offset_ms, self._sm3 = file, offset_ms, sm3
        self._marks = codec == "opus"
        self._frames: list[tuple[int, bytes]] = []
        self._bytes = 0
        self._done: list[Slice] = []

    def add(self, ms: int, data: bytes) -> None:
        """The next frame, `ms` from the start of the file."""
        if self._marks and len(data) <= _MARK:
            return
        if self._frames and (ms - self._frames[0][0] >= _SLICE_MS or self._bytes + len(data) > _SLICE_BYTES):
            self.finish()
        self._frames.append((ms, data))
        self._bytes += len(data)

    def finish(self) -> None:
        """No frame follows."""
        if self._frames:
            self._done.append(slice_of(self._file, self._offset_ms, self._frames, sm3=self._sm3))
            self._frames, self._bytes = [], 0

    def take(self, until_ms: int | None = None) -> list[Slice]:
        """The finished slices that end at `until_ms` (of the time line) or earlier; each is given once."""
        ready = [each for each in self._done if until_ms is None or each.last_ms <= until_ms]
        self._done = self._done[len(ready) :]
        return ready


# --- checkpoints ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A signed root: everything up to `at_ms` is in the first `leaves` leaves; `digest` is the hash of its line."""

    n: int
    at_ms: int
    wall: str
    leaves: int
    root: str
    log: LogHead
    previous: str
    digest: str


def checkpoint_message(entry: Mapping[str, object]) -> bytes:
    """What a checkpoint's signature is over: the line without it."""
    return _SIGNED + canonical({key: value for key, value in entry.items() if key != "signature"})


def signed_checkpoint(  # noqa: PLR0913 - what a checkpoint says
    signer: Signer,
    recording: str,
    tree: MerkleTree,
    before: Checkpoint | None,
    *,
    at_ms: int,
    now: datetime,
    log: LogHead,
) -> tuple[bytes, Checkpoint]:
    """The line of the next checkpoint, without newline, and what it says."""
    entry: dict[str, object] = {
        "is": CHECKPOINT,
        "recording": recording,
        "n": before.n + 1 if before else 1,
        "at_ms": at_ms,
        "wall": instant(now),
        "leaves": tree.leaves,
        "root": tree.root(),
        "log": {"seq": log.seq, "hash": log.hash},
        "previous": before.digest if before else NO_CHECKPOINT,
        "key": signer.id,
    }
    entry["signature"] = base64.b64encode(signer.sign(checkpoint_message(entry))).decode()
    line = canonical(entry)
    return line, checkpoint_of(entry, line)


def checkpoint_of(entry: Mapping[str, object], line: bytes) -> Checkpoint:
    """A checkpoint as read. Raises `KeyError` or `TypeError` when it is none."""
    log = entry["log"]
    if not isinstance(log, dict):
        raise TypeError("log")
    numbers = [entry[name] for name in ("n", "at_ms", "leaves")]
    n, at_ms, leaves = (_whole(each) for each in numbers)
    return Checkpoint(
        n,
        at_ms,
        str(entry["wall"]),
        leaves,
        str(entry["root"]),
        LogHead(_whole(log["seq"]), str(log["hash"])),
        str(entry["previous"]),
        hashlib.sha256(line).hexdigest(),
    )


def _whole(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(value)
    return value


# --- reading ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Line:
    """One line as read: its bytes without newline, and what it says ({} when that is no JSON object)."""

    data: bytes
    entry: Mapping[str, object] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        """slice, gap, …, checkpoint."""
        return str(self.entry.get("is", ""))


def lines_of(data: bytes) -> Iterator[Line]:
    """Every line of an evidence file; what follows the last newline was torn and is passed over."""
    start = 0
    while (end := data.find(b"\n", start)) >= 0:
        yield line_of(data[start:end])
        start = end + 1


def line_of(raw: bytes) -> Line:
    """One line as read, given without its newline."""
    try:
        entry = json.loads(raw)
    except ValueError:
        entry = {}
    return Line(raw, entry if isinstance(entry, dict) else {})
