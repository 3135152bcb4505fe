"""Sealing: files in their final form, hashed, named in a manifest, made read-only. Runs in a process of its own.

Safe to be killed and repeated: the live files stay until the manifest is in place, and a recording that carries a
manifest is sealed already.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import os
import sys
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from pathlib import Path

from mediation_server.at_rest.scratch import swept
from mediation_server.at_rest.stored import LIVE, HeldKeys
from mediation_server.children import end_with_parent
from mediation_server.domain.log import instant
from mediation_server.domain.people import Role, Side
from mediation_server.domain.recording import Gap, GapReason, Segment, TimeStamp, TrackRecord
from mediation_server.domain.session import Participant
from mediation_server.durable import synced, written
from mediation_server.errors import Unavailable
from mediation_server.keyring import KeyRing
from mediation_server.openfile import digest_of, open_regular
from recordings.books import LogHead
from recordings.chest import Chest
from recordings.evidence import EVIDENCE
from recordings.finishing import clear, codec_of, finished, spare, sweep
from recordings.gaps import gap_ms
from recordings.journal import FileEntry, JournalState, read_journal
from recordings.manifest import MANIFEST, Evidence, Manifest, Person, Stamp, Wall, manifest_bytes, parse_manifest
from recordings.receipt import RECEIPT, receipt_of
from recordings.witness import read_tree

__all__ = ["SealOrder", "Sealed", "Sealer", "seal", "seal_in_subprocess"]

_NICENESS = 10
_AT_ONCE = 2  # files
_READ_ONLY = 0o444


@dataclass(frozen=True, slots=True)
class SealOrder:
    """What to seal, how long the sitting was (ms), and what the books say of it."""

    directory: str
    total_ms: int
    head: LogHead
    participants: tuple[Participant, ...]
    stamps: tuple[TimeStamp, ...]
    keys: str  # directory of the signing keys
    now: datetime
    opens: tuple[dict[str, str], ...] = field(default=(), repr=False)  # what the live files lie under (`ScopeKey.told`)


@dataclass(frozen=True, slots=True)
class Sealed:
    """The seal: SHA-256 of the manifest, length of the sitting, all gaps, the Merkle root of the evidence."""

    manifest_sha256: str
    total_ms: int
    gaps: tuple[Gap, ...]
    root: str | None


Sealer = Callable[[SealOrder], Awaitable[Sealed]]


def seal(order: SealOrder) -> Sealed:
    """Seal a recording nobody writes any more: what was not finished ahead is now. Blocks. Raises `OSError`."""
    directory = Path(order.directory)
    if (directory / MANIFEST).is_file():
        with open_regular(directory, MANIFEST) as stream:
            data = stream.read()
        manifest = parse_manifest(data)
        held = [each.file for each in manifest.segments if (directory / each.file).is_file()]
        _close(directory, [file + LIVE for file in held])  # an earlier one was killed before it had tidied up
        return _sealed(data, manifest)
    swept(directory)
    clear(directory)
    state, chest = read_journal(directory), Chest(directory, HeldKeys.heard(order.opens))
    with ThreadPoolExecutor(_AT_ONCE) as threads:  # one waits for the disk while another is copied
        spared = threads.submit(spare, chest, state.files)
        made = threads.map(lambda each: finished(chest, each, codec_of(state, each)), state.files)
        copies = {each.file: copy for each, copy in zip(state.files, made, strict=True)}
        spared.result()
    manifest = _manifest(order, state, copies)
    data = manifest_bytes(manifest)
    receipt = receipt_of(manifest, data, KeyRing(Path(order.keys)).signer(order.now), order.now)
    written(directory / RECEIPT, receipt, mode=_READ_ONLY)  # and with it the names of all copies
    written(directory / MANIFEST, data, mode=_READ_ONLY)
    _close(directory, [file for file, copy in copies.items() if copy is not None])
    return _sealed(data, manifest)


def _sealed(data: bytes, manifest: Manifest) -> Sealed:
    root = manifest.evidence.root if manifest.evidence else None
    return Sealed(hashlib.sha256(data).hexdigest(), manifest.total_ms, manifest.gaps, root)


async def seal_in_subprocess(order: SealOrder) -> Sealed:
    """`seal` in a process of its own with low priority, so that no sitting feels it. Raises `Unavailable`."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "recordings.seal",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(each for each in sys.path if each)},
    )
    out, _ = await process.communicate(json.dumps(asdict(order), default=instant).encode())
    if process.returncode:
        raise Unavailable("recording_seal_failed", status=process.returncode)
    raw = json.loads(out)
    gaps = tuple(Gap(**{**each, "reason": GapReason(each["reason"])}) for each in raw.pop("gaps"))
    return Sealed(gaps=gaps, **raw)


def _manifest(
    order: SealOrder,
    state: JournalState,
    copies: dict[str, Segment | None],
) -> Manifest:
    total_ms = order.total_ms
    gaps = _closed_gaps(state.gaps, total_ms)
    tracks = tuple(
        TrackRecord(
            about["participant"],
            about["source"],
            about["codec"],
            tuple(copy for each in state.files if each.track == track and (copy := copies[each.file]) is not None),
        )
        for track, about in state.tracks.items()
    )
    people = (Person(each.id, each.role, each.side, each.name, each.name_en) for each in order.participants)
    return Manifest(
        session=state.session,
        recording=state.recording,
        started_at=state.started_at,
        total_ms=total_ms,
        recorded_ms=total_ms - gap_ms(gaps, total_ms),
        participants=tuple(people),
        tracks=tuple(track for track in tracks if track.segments),
        gaps=gaps,
        log=order.head,
        walls=tuple(Wall(int(str(each["at_ms"])), str(each["wall"])) for each in state.walls),
        losses={each.file: _losses(each, readable=copies[each.file] is not None) for each in state.files},
        software=state.software,
        evidence=_evidence(Path(order.directory)),
        keys=KeyRing(Path(order.keys)).public_keys(),
        stamps=tuple(Stamp(each.subject, each.digest, each.token) for each in order.stamps if each.token),
    )


def _evidence(directory: Path) -> Evidence:
    tree, last = read_tree(directory)
    with open_regular(directory, EVIDENCE) as stream:
        size, sha256 = digest_of(stream)
    return Evidence(EVIDENCE, size, sha256, tree.leaves, tree.root(), last.n if last else 0)


def _losses(entry: FileEntry, *, readable: bool) -> dict[str, int]:
    return {"lost": entry.lost, "bad": entry.bad, "broken": entry.broken, "unreadable": int(not readable)}


def _closed_gaps(gaps: tuple[Gap, ...], total_ms: int) -> tuple[Gap, ...]:
    """Gaps within the sitting, the last one ended, none without length."""
    ended = (replace(each, to_ms=min(total_ms, each.to_ms if each.to_ms is not None else total_ms)) for each in gaps)
    return tuple(each for each in ended if each.to_ms is not None and each.to_ms > each.from_ms)


def _close(directory: Path, copied: list[str]) -> None:
    """Remove the live files that have copies; what is left is read from now on."""
    sweep(directory)
    for file in copied:
        (directory / file).unlink(missing_ok=True)
    for each in directory.iterdir():
        each.chmod(_READ_ONLY)
    synced(directory)


def _main() -> None:
    """Seal what standard input names; answer on standard output."""
    end_with_parent()
    with contextlib.suppress(OSError):
        os.nice(_NICENESS)
    raw = json.load(sys.stdin)
    people = tuple(
        Participant(**{**each, "role": Role(each["role"]), "side": Side(each["side"])}) for each in raw["participants"]
    )
    # The instant a stamp was asked at plays no part in sealing, so it may stay the text it has become.
    stamps = tuple(TimeStamp(**each) for each in raw["stamps"])
    head, now = LogHead(**raw["head"]), datetime.fromisoformat(raw["now"])
    order = SealOrder(raw["directory"], raw["total_ms"], head, people, stamps, raw["keys"], now, tuple(raw["opens"]))
    json.dump(asdict(seal(order)), sys.stdout)


if __name__ == "__main__":
    _main()
