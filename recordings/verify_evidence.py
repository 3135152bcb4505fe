"""Does the evidence file hold? Its tree, its checkpoints, their signatures, and what it says against the manifest."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO

from mediation_server.domain.log import EventKind, SessionEvent, Withheld
from mediation_server.domain.recording import Gap, GapReason
from mediation_server.keyring import PublicKey, first_unendorsed, signed_by
from recordings.audience import granted_to_recorder, ledger_of, receivers_of
from recordings.evidence import (
    CHECKPOINT,
    NO_CHECKPOINT,
    Checkpoint,
    Line,
    MerkleTree,
    Slice,
    checkpoint_message,
    checkpoint_of,
    leaf_hash,
    line_of,
)
from recordings.finding import Finding, second
from recordings.manifest import Evidence, Manifest
from recordings.spans import Span, merged
from recordings.witness import note_slice

__all__ = ["Replayed", "against_log", "against_manifest", "replayed"]

_EARLY_MS = 250  # captured before it arrived: the recorder lets that much in before a grant
_SETTLED_MS = 2000  # a state of the room that lasts longer must be what the forwarder kept to


@dataclass
class Replayed:
    """What an evidence file says, with everything in it that does not hold; `bytes` and `sha256` of all of it."""

    bytes: int = 0
    sha256: str = ""
    findings: list[Finding] = field(default_factory=list)
    tree: MerkleTree = field(default_factory=MerkleTree)
    checkpoints: list[Checkpoint] = field(default_factory=list)
    slices: dict[str, list[Slice]] = field(default_factory=dict)
    lines: list[Line] = field(default_factory=list)  # all but slices and checkpoints
    away: list[Span] = field(default_factory=list)  # a process had ended, and the next did not know whom to serve yet
    returning: bool = False  # it does not know it yet
    noted_ms: int = 0  # until when anything was noted


def replayed(stream: BinaryIO, recording: str, keys: Mapping[str, PublicKey]) -> Replayed:
    """Read an evidence file as it was written, checking each checkpoint against all that came before it.

    It is read once, line by line: an hour has megabytes of it.
    """
    state, digest = Replayed(), hashlib.sha256()
    for raw in stream:
        digest.update(raw)
        state.bytes += len(raw)
        if raw.endswith(b"\n"):  # what follows the last newline was torn and is passed over
            _note(state, line_of(raw[:-1]), recording, keys)
    state.sha256 = digest.hexdigest()
    return state


def _note(state: Replayed, line: Line, recording: str, keys: Mapping[str, PublicKey]) -> None:
    kind = line.kind
    _note_times(state, line)
    if kind == CHECKPOINT:
        state.findings += _checkpoint(state, line, recording, keys)
        state.tree.add(leaf_hash(line.data))
        return
    state.tree.add(leaf_hash(line.data))
    try:
        note_slice(state.slices, line.entry)
    except (KeyError, TypeError, ValueError):
        state.findings.append(Finding("evidence_unreadable", f"line {state.tree.leaves}"))
    if kind != "slice":
        state.lines.append(line)


def _note_times(state: Replayed, line: Line) -> None:
    """Note until when the process of the time lived, and since when the one after it has kept to an audience."""
    at_ms = _number(line.entry.get("at_ms"))
    if line.kind == "resumed":
        state.away.append(Span(state.noted_ms, at_ms))
        state.returning = True
    elif line.kind == "audience" and state.returning:
        state.away[-1] = Span(state.away[-1].from_ms, at_ms)
        state.returning = False
    state.noted_ms = max(state.noted_ms, at_ms, _number(line.entry.get("last_ms")))


def _checkpoint(state: Replayed, line: Line, recording: str, keys: Mapping[str, PublicKey]) -> Iterator[Finding]:
    last = state.checkpoints[-1] if state.checkpoints else None
    try:
        read = checkpoint_of(line.entry, line.data)
    except (KeyError, TypeError, ValueError):
        yield Finding("evidence_unreadable", f"checkpoint {len(state.checkpoints) + 1}")
        return
    state.checkpoints.append(read)
    where = f"checkpoint {read.n}, {second(last.at_ms if last else 0, read.at_ms)}"
    follows = (read.n, read.previous) == ((last.n + 1, last.digest) if last else (1, NO_CHECKPOINT))
    if not follows or line.entry.get("recording") != recording:
        yield Finding("checkpoint_order", where)
    if (read.leaves, read.root) != (state.tree.leaves, state.tree.root()):
        yield Finding("checkpoint_root", where)
    key = keys.get(str(line.entry.get("key")))
    signature = str(line.entry.get("signature"))
    if key is None or not signed_by(key.public, checkpoint_message(line.entry), signature):
        yield Finding("checkpoint_signature", where)


def against_manifest(state: Replayed, manifest: Manifest, sealed: Evidence) -> Iterator[Finding]:
    """The file against what the manifest names, gap by gap and slice by slice."""
    if (state.bytes, state.sha256) != (sealed.bytes, sealed.sha256):
        yield Finding("evidence_hash", sealed.file)
    last = state.checkpoints[-1] if state.checkpoints else None
    if (state.tree.root(), state.tree.leaves) != (sealed.root, sealed.leaves) or last is None:
        yield Finding("root_differs", sealed.file)
    elif (last.n, last.leaves) != (sealed.checkpoints, sealed.leaves - 1):
        yield Finding("unsigned_end", f"after checkpoint {last.n}, {second(last.at_ms, manifest.total_ms)}")
    unendorsed = first_unendorsed(manifest.keys)
    if unendorsed is not None:
        yield Finding("key_unendorsed", unendorsed.id)
    noted = _gaps(state.lines, manifest.total_ms)
    named = {(each.from_ms, each.to_ms, str(each.reason)) for each in manifest.gaps}
    for from_ms, to_ms, reason in sorted(noted ^ named, key=lambda each: (each[0], each[1] or 0, each[2])):
        yield Finding("gap_differs", f"{second(from_ms, to_ms or manifest.total_ms)}, {reason}")
    yield from _outside(state, manifest)


def _gaps(lines: Iterable[Line], total_ms: int) -> set[tuple[int, int | None, str]]:
    found: list[tuple[int, int, str]] = []
    for line in lines:
        if line.kind == "gap":
            found.append((_number(line.entry.get("from_ms")), total_ms, str(line.entry.get("reason"))))
        elif line.kind == "gap_end" and found:
            found[-1] = (found[-1][0], min(total_ms, _number(line.entry.get("to_ms"))), found[-1][2])
    return {(since, end, reason) for since, end, reason in found if end > since}


def _outside(state: Replayed, manifest: Manifest) -> Iterator[Finding]:
    """Slices where nothing may have been recorded: in a gap, or of somebody whom the recorder was not granted."""
    ledger = ledger_of(state.lines, manifest.total_ms)
    people = {segment.file: track.participant for track in manifest.tracks for segment in track.segments}
    granted = {who: _loosely(granted_to_recorder(ledger, who), manifest.total_ms) for who in set(people.values())}
    for file, slices in state.slices.items():
        who = people.get(file, "")
        for each in slices:
            if any(_reaches_into(each, gap) for gap in manifest.gaps):
                yield Finding("slice_in_gap", f"{file}, {second(each.from_ms, each.last_ms)}")
            elif ledger and who and not _within(each, granted[who]):
                yield Finding("slice_not_granted", f"{file}, {second(each.from_ms, each.last_ms)}")


def _reaches_into(each: Slice, gap: Gap) -> bool:
    """Whether something was captured in a gap: where recording is forbidden not a frame, elsewhere no whole slice."""
    end_ms = gap.to_ms if gap.to_ms is not None else gap.from_ms
    if gap.reason in (GapReason.CAUCUS, GapReason.SUSPENDED):
        return gap.from_ms < each.last_ms and each.from_ms < end_ms
    return gap.from_ms < each.from_ms and each.last_ms < end_ms


def _loosely(spans: Iterable[Span], total_ms: int) -> tuple[Span, ...]:
    return merged((Span(each.from_ms - _EARLY_MS, each.to_ms + _EARLY_MS) for each in spans), total_ms + _EARLY_MS)


def _within(each: Slice, spans: Iterable[Span]) -> bool:
    return any(span.from_ms <= each.from_ms and each.last_ms <= span.to_ms for span in spans)


def against_log(state: Replayed, entries: Sequence[SessionEvent | Withheld], manifest: Manifest) -> Iterator[Finding]:
    """Every checkpoint's view of the session log, and the audience the log says against what the forwarder kept to."""
    known = {each.seq: each.hash for each in entries}
    for each in state.checkpoints:
        if each.log.seq and known.get(each.log.seq) != each.log.hash:
            yield Finding("checkpoint_log", f"checkpoint {each.n}, event {each.log.seq}")
    ledger = ledger_of(state.lines, manifest.total_ms)
    if not ledger:
        return
    events = (each for each in entries if isinstance(each, SessionEvent))
    changes = [each for each in events if each.kind is EventKind.AUDIENCE_CHANGED]
    ends = [*(each.offset_ms for each in changes[1:]), manifest.total_ms]
    for change, next_ms in zip(changes, ends, strict=False):
        start, end = _witnessed(max(change.offset_ms, ledger[0].from_ms), next_ms, state.away)
        if end - start <= _SETTLED_MS:
            continue
        wanted, middle = receivers_of(change.payload), (start + end) // 2
        kept = next((each.receivers for each in ledger if each.from_ms <= middle < each.to_ms), None)
        if kept is not None and not _allows(wanted, kept):
            yield Finding("audience_differs", f"event {change.seq}, {second(start, end)}")


def _witnessed(start: int, end: int, away: Iterable[Span]) -> tuple[int, int]:
    """What is left of a stretch without those in which nobody was there who could have kept to anything."""
    for each in away:
        if each.from_ms <= start < each.to_ms:
            start = each.to_ms
        elif start < each.from_ms < end:
            end = each.from_ms
    return start, end


def _allows(wanted: Mapping[str, frozenset[str]], kept: Mapping[str, frozenset[str]]) -> bool:
    """Whether the forwarder kept within what the room had decided: fewer (its media were away), never others."""
    return all(heard <= wanted.get(who, frozenset()) for who, heard in kept.items())


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0
