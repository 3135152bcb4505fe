"""Edits of a recording: single ones at random, and whole histories written anew with the key; judges nothing."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import random
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from bench._recordings import Made, later
from mediation_server.domain.log import EventKind, SessionEvent, append, canonical
from mediation_server.domain.recording import Recording, TimeStamp
from mediation_server.timestamping.local_authority import LocalAuthority
from recordings.books import LogHead
from recordings.evidence import Checkpoint, MerkleTree, leaf_hash, lines_of, signed_checkpoint
from recordings.finding import Finding
from recordings.manifest import parse_manifest
from recordings.receipt import receipt_of
from recordings.verify import Outside, verify_recording

__all__ = ["Copy", "edit", "rewrite"]

_JOURNAL = "journal.jsonl"  # no evidence


@dataclass
class _Rows:
    log: list[SessionEvent]
    recording: Recording
    stamps: list[TimeStamp]


class Copy:
    """A recording that may be damaged, and is whole again after `restore`."""

    def __init__(self, made: Made, directory: Path) -> None:
        self.made, self.directory = made, directory
        shutil.copytree(made.directory, directory)
        for each in (directory, *directory.iterdir()):
            each.chmod(0o700)
        self.rows = self._rows()

    def _rows(self) -> _Rows:
        return _Rows(list(self.made.log), self.made.recording, list(self.made.stamps))

    @property
    def files(self) -> list[Path]:
        """What may be edited."""
        return sorted(each for each in self.directory.iterdir() if each.name != _JOURNAL)

    @property
    def media(self) -> list[Path]:
        """The recorded files."""
        return sorted(self.directory.glob("t*.mkv"))

    def findings(self, receipt: str = "") -> list[Finding]:
        """What the product's check says."""
        outside = Outside(
            keys=self.made.keys.public_keys(),
            stamps=tuple(self.rows.stamps),
            authorities=(self.made.authority.certificate,),
            receipt=receipt,
        )
        return verify_recording(self.directory, self.rows.log, self.rows.recording, outside)

    def restore(self) -> None:
        """Everything as it was made."""
        self.rows = self._rows()
        there = {each.name for each in self.made.directory.iterdir()}
        for each in self.directory.iterdir():
            if each.name not in there:
                each.unlink()
        for name in there:
            source, target = self.made.directory / name, self.directory / name
            if not target.exists() or target.read_bytes() != source.read_bytes():
                shutil.copyfile(source, target)


# --- single edits -----------------------------------------------------------------------------------------


def edit(copy: Copy, rng: random.Random) -> str:
    """One edit that changes something; its kind."""
    kind, make = rng.choice(_EDITS)
    make(copy, rng)
    return kind


def _flip(copy: Copy, rng: random.Random) -> None:
    file = rng.choice(copy.files)
    data = bytearray(file.read_bytes())
    data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    file.write_bytes(data)


def _truncate(copy: Copy, rng: random.Random) -> None:
    file = rng.choice(copy.files)
    data = file.read_bytes()
    file.write_bytes(data[: rng.randrange(len(data))])


def _append(copy: Copy, rng: random.Random) -> None:
    file = rng.choice(copy.files)
    file.write_bytes(file.read_bytes() + rng.randbytes(rng.randrange(1, 40)))


def _swap(copy: Copy, rng: random.Random) -> None:
    one, other = rng.sample(copy.media, 2)
    first, second = one.read_bytes(), other.read_bytes()
    one.write_bytes(second)
    other.write_bytes(first)


def _drop(copy: Copy, rng: random.Random) -> None:
    rng.choice(copy.files).unlink()


def _insert(copy: Copy, rng: random.Random) -> None:
    (copy.directory / f"t{rng.randrange(100, 999)}-0001.mkv").write_bytes(rng.choice(copy.media).read_bytes())


def _manifest(copy: Copy, rng: random.Random) -> None:
    file = copy.directory / "manifest.json"
    raw = json.loads(file.read_bytes())
    _bend(raw, rng)
    file.write_bytes(canonical(raw))


def _line(copy: Copy, rng: random.Random) -> None:
    file = copy.directory / "evidence.jsonl"
    lines = file.read_bytes().splitlines()
    at = rng.randrange(len(lines))
    what = rng.choice(("bend", "drop", "double", "swap"))
    if what == "bend":
        raw = json.loads(lines[at])
        _bend(raw, rng)
        lines[at] = canonical(raw)
    elif what == "drop":
        del lines[at]
    elif what == "double":
        lines.insert(at, lines[at])
    else:
        other = (at + 1) % len(lines)
        lines[at], lines[other] = lines[other], lines[at]
    file.write_bytes(b"".join(each + b"\n" for each in lines))


def _event(copy: Copy, rng: random.Random) -> None:
    log = copy.rows.log
    at = rng.randrange(len(log))
    name = rng.choice(("at", "offset_ms", "actor", "kind", "payload", "previous", "hash", "seq"))
    changes: dict[str, object] = {
        "at": log[at].at + timedelta(milliseconds=1),
        "offset_ms": log[at].offset_ms + 1,
        "actor": "x",
        "kind": EventKind.MUTED,
        "payload": {**log[at].payload, "x": 1},
        "previous": "1" * 64,
        "hash": "2" * 64,
        "seq": log[at].seq + 1,
    }
    log[at] = replace(log[at], **{name: changes[name]})  # type: ignore[arg-type]


def _less_log(copy: Copy, rng: random.Random) -> None:
    del copy.rows.log[rng.randrange(len(copy.rows.log))]


def _row(copy: Copy, rng: random.Random) -> None:
    row = copy.rows.recording
    changes: dict[str, object] = {
        "id": "0" * 26,
        "session_id": "1" * 26,
        "started_at": row.started_at + timedelta(seconds=1),
        "duration_ms": (row.duration_ms or 0) + 1,
        "recorded_ms": (row.recorded_ms or 0) - 1,
        "manifest_sha256": "3" * 64,
        "root": "4" * 64,
    }
    name = rng.choice(sorted(changes))
    copy.rows.recording = replace(row, **{name: changes[name]})  # type: ignore[arg-type]


def _stamp(copy: Copy, rng: random.Random) -> None:
    at = rng.randrange(len(copy.rows.stamps))
    stamp = copy.rows.stamps[at]
    token = bytearray(base64.b64decode(stamp.token))
    token[rng.randrange(len(token))] ^= 1 << rng.randrange(8)
    changes: dict[str, object] = {
        "subject": "checkpoint:99",
        "digest": "5" * 64,
        "token": base64.b64encode(token).decode(),
        "stamped_at": copy.made.clock.now() + timedelta(seconds=1),
    }
    name = rng.choice(sorted(changes))
    copy.rows.stamps[at] = replace(stamp, **{name: changes[name]})  # type: ignore[arg-type]


def _bend(raw: object, rng: random.Random) -> None:
    """Change one value somewhere within."""
    if isinstance(raw, dict):
        key = rng.choice(sorted(raw))
        if isinstance(raw[key], dict | list) and raw[key] and rng.random() < 0.8:  # noqa: PLR2004 - mostly further in
            _bend(raw[key], rng)
        else:
            raw[key] = _other(raw[key])
    elif isinstance(raw, list):
        at = rng.randrange(len(raw))
        if isinstance(raw[at], dict | list) and raw[at]:
            _bend(raw[at], rng)
        else:
            raw[at] = _other(raw[at])


def _other(value: object) -> object:
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if isinstance(value, str):
        return value[::-1] + "x"
    return 1


_EDITS: tuple[tuple[str, Callable[[Copy, random.Random], None]], ...] = (
    ("bit of a file", _flip),
    ("file cut off", _truncate),
    ("file longer", _append),
    ("files swapped", _swap),
    ("file gone", _drop),
    ("file added", _insert),
    ("manifest", _manifest),
    ("line of evidence", _line),
    ("entry of the log", _event),
    ("entry of the log gone", _less_log),
    ("row of the recording", _row),
    ("row of a time stamp", _stamp),
)


# --- a history written anew -------------------------------------------------------------------------------


def rewrite(copy: Copy, rng: random.Random) -> str:
    """Everything written anew with the key, so that it agrees with itself; how the tokens were come by."""
    _forged_log(copy, rng)
    checkpoints = _forged_evidence(copy, rng)
    _forged_seal(copy)
    how = rng.choice(("tokens kept", "tokens dropped", "tokens of a later day"))
    if how == "tokens dropped":
        copy.rows.stamps = []
    elif how == "tokens of a later day":
        copy.rows.stamps = asyncio.run(_later_tokens(copy, checkpoints, rng))
    return f"history written anew, {how}"


def _forged_log(copy: Copy, rng: random.Random) -> None:
    """Another payload somewhere, and every hash after it made anew."""
    sealed = next(n for n, each in enumerate(copy.rows.log) if each.kind is EventKind.RECORDING_SEALED)
    victim = rng.randrange(sealed)  # the seal itself is made anew below
    log: list[SessionEvent] = []
    for n, each in enumerate(copy.rows.log):
        payload = {**each.payload, "forged": n} if n == victim else each.payload
        log.append(_after(log, each, payload))
    copy.rows.log = log


def _after(log: list[SessionEvent], each: SessionEvent, payload: object) -> SessionEvent:
    return append(
        log[-1] if log else None,
        session_id=each.session_id,
        at=each.at,
        offset_ms=each.offset_ms,
        actor=each.actor,
        kind=each.kind,
        payload=payload,  # type: ignore[arg-type]
    )


def _forged_evidence(copy: Copy, rng: random.Random) -> list[Checkpoint]:
    """A frame of one file exchanged, its slice hashed anew, every checkpoint signed anew over the new log."""
    file = copy.directory / "evidence.jsonl"
    signer = copy.made.keys.signer(copy.made.clock.now())
    heads = {each.seq: each.hash for each in copy.rows.log}
    tree, last, out, checkpoints = MerkleTree(), None, [], []
    forged = rng.randrange(5)  # so many lines from the start stay as they were
    for n, line in enumerate(lines_of(file.read_bytes())):
        if line.kind != "checkpoint":
            data = canonical({**line.entry, "wall": "x"}) if n == forged and line.kind == "opened" else line.data
            tree.add(leaf_hash(data))
            out.append(data)
            continue
        entry = line.entry
        seq = entry["log"]["seq"]  # type: ignore[index]
        head = LogHead(seq, heads.get(seq, "0" * 64))
        at_ms, now = int(str(entry["at_ms"])), copy.made.clock.started_at
        data, last = signed_checkpoint(
            signer, copy.rows.recording.id, tree, last, at_ms=at_ms, now=now + timedelta(milliseconds=at_ms), log=head
        )
        tree.add(leaf_hash(data))
        checkpoints.append(last)
        out.append(data)
    file.write_bytes(b"".join(each + b"\n" for each in out))
    return checkpoints


def _forged_seal(copy: Copy) -> None:
    """Manifest, receipt, row and the event of the seal, all of the new history."""
    rows, manifest_file = copy.rows, copy.directory / "manifest.json"
    evidence = (copy.directory / "evidence.jsonl").read_bytes()
    tree = MerkleTree()
    for line in lines_of(evidence):
        tree.add(leaf_hash(line.data))
    raw = json.loads(manifest_file.read_bytes())
    sealed = next(n for n, each in enumerate(rows.log) if each.kind is EventKind.RECORDING_SEALED)
    head = rows.log[sealed - 1]
    raw["log"] = {"seq": head.seq, "hash": head.hash}
    raw["evidence"] |= {"bytes": len(evidence), "sha256": hashlib.sha256(evidence).hexdigest(), "root": tree.root()}
    data = canonical(raw)
    manifest_file.write_bytes(data)
    manifest = parse_manifest(data)
    now = copy.made.clock.now()
    (copy.directory / "receipt.json").write_bytes(receipt_of(manifest, data, copy.made.keys.signer(now), now))
    digest = hashlib.sha256(data).hexdigest()
    rows.recording = replace(rows.recording, manifest_sha256=digest, root=tree.root())
    said = {"recording": rows.recording.id, "manifest_sha256": digest, "root": tree.root()}
    log = rows.log[:sealed]
    for each in rows.log[sealed:]:
        log.append(_after(log, each, said if each.kind is EventKind.RECORDING_SEALED else each.payload))
    rows.log = log


async def _later_tokens(copy: Copy, checkpoints: list[Checkpoint], rng: random.Random) -> list[TimeStamp]:
    """What an authority gives today for what is said to be of then."""
    clock = later(copy.made.clock, rng.uniform(0.01, 30))
    directory = copy.made.directory.parents[2] / "tsa"
    authority = await asyncio.to_thread(LocalAuthority, directory, clock)
    found = []
    for each in copy.rows.stamps:
        digest = copy.rows.recording.manifest_sha256 or ""
        if each.subject != "manifest":
            digest = checkpoints[int(each.subject.partition(":")[2]) - 1].digest
        token = base64.b64encode(await authority.stamp(bytes.fromhex(digest))).decode()
        found.append(replace(each, digest=digest, token=token, stamped_at=clock.now()))
    return found
