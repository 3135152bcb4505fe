"""Is this recording what was recorded? Compares log, row, manifest and files, and says in one line where it breaks."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from mediation_server.domain.log import EventKind, SessionEvent, first_break
from mediation_server.domain.recording import Recording, Segment
from mediation_server.openfile import digest_of, open_regular
from recordings.gaps import gap_ms
from recordings.manifest import MANIFEST, Manifest, parse_manifest

__all__ = ["Finding", "verify_recording"]

_TOLERANCE_MS = 100  # between the room's end of a sitting and the recorder's
_OTHER_FILES = frozenset({MANIFEST, "journal.jsonl"})


@dataclass(frozen=True, slots=True)
class Finding:
    """One place where it breaks: `code` is stable (a key `verify.<code>` in the locale files), `where` names it."""

    code: str
    where: str

    def __str__(self) -> str:
        return f"{self.code}: {self.where}"


def verify_recording(directory: Path, events: Sequence[SessionEvent], recording: Recording) -> list[Finding]:
    """Every place where the evidence does not hold; an empty list when it does. Reads all files: not for the loop.

    codes: chain_broken, seal_event_missing, seal_event_differs, manifest_missing, manifest_unreadable,
    manifest_hash, manifest_identity, log_head, length_differs, gaps_do_not_add_up, gap_not_logged, file_missing,
    file_length, file_hash, file_unknown.
    """
    findings = list(_chain(events))
    try:
        with open_regular(directory, MANIFEST) as stream:
            data = stream.read()
    except OSError:
        return [*findings, Finding("manifest_missing", MANIFEST)]
    findings += _seal(hashlib.sha256(data).hexdigest(), events, recording)
    try:
        manifest = parse_manifest(data)
    except (ValueError, KeyError, TypeError):
        return [*findings, Finding("manifest_unreadable", MANIFEST)]
    findings += _identity(manifest, events, recording)
    findings += _times(manifest, events, recording)
    findings += _files(directory, manifest)
    return findings


def _chain(events: Sequence[SessionEvent]) -> Iterator[Finding]:
    broken = first_break(events)
    if broken is not None:
        yield Finding("chain_broken", f"event {broken.seq}, {broken.reason}")


def _seal(digest: str, events: Sequence[SessionEvent], recording: Recording) -> Iterator[Finding]:
    if digest != recording.manifest_sha256:
        yield Finding("manifest_hash", f"{MANIFEST} is not what the database row names")
    sealed = [
        each
        for each in events
        if each.kind is EventKind.RECORDING_SEALED and each.payload.get("recording") == recording.id
    ]
    if not sealed:
        yield Finding("seal_event_missing", recording.id)
    for each in sealed:
        if each.payload.get("manifest_sha256") != digest:
            yield Finding("seal_event_differs", f"event {each.seq}")


def _identity(manifest: Manifest, events: Sequence[SessionEvent], recording: Recording) -> Iterator[Finding]:
    if (manifest.session, manifest.recording) != (recording.session_id, recording.id):
        yield Finding("manifest_identity", f"{manifest.session}/{manifest.recording}")
    head = manifest.log
    if not any(each.seq == head.seq and each.hash == head.hash for each in events):
        yield Finding("log_head", f"event {head.seq} is not what was sealed")


def _times(manifest: Manifest, events: Sequence[SessionEvent], recording: Recording) -> Iterator[Finding]:
    total, missing = manifest.total_ms, gap_ms(manifest.gaps, manifest.total_ms)
    if manifest.recorded_ms + missing != total or not _apart(manifest):
        yield Finding("gaps_do_not_add_up", f"{manifest.recorded_ms} + {missing} of {total} ms")
    if (recording.duration_ms, recording.recorded_ms) != (total, manifest.recorded_ms):
        yield Finding("length_differs", f"row {recording.duration_ms}/{recording.recorded_ms} ms, manifest {total} ms")
    ended = [each.offset_ms for each in events if each.kind is EventKind.ENDED]
    if ended and abs(ended[-1] - total) > _TOLERANCE_MS:
        yield Finding("length_differs", f"log {ended[-1]} ms, manifest {total} ms")
    logged = {
        (each.payload.get("from_ms"), each.payload.get("to_ms"), each.payload.get("reason"))
        for each in events
        if each.kind is EventKind.RECORDING_GAP
    }
    for gap in manifest.gaps:
        if (gap.from_ms, gap.to_ms, gap.reason.value) not in logged:
            yield Finding("gap_not_logged", f"{gap.from_ms}..{gap.to_ms} ms, {gap.reason}")


def _apart(manifest: Manifest) -> bool:
    """Whether no two gaps overlap."""
    gaps = sorted(manifest.gaps, key=lambda each: each.from_ms)
    return all((before.to_ms or 0) <= after.from_ms for before, after in pairwise(gaps))


def _files(directory: Path, manifest: Manifest) -> Iterator[Finding]:
    for segment in manifest.segments:
        yield from _file(directory, segment)
    known = {segment.file for segment in manifest.segments} | _OTHER_FILES | set(manifest.losses)
    for each in sorted(directory.iterdir()):
        if each.name not in known:
            yield Finding("file_unknown", each.name)


def _file(directory: Path, segment: Segment) -> Iterator[Finding]:
    if "/" in segment.file:
        yield Finding("file_missing", segment.file)
        return
    try:
        with open_regular(directory, segment.file) as stream:
            size, sha256 = digest_of(stream)
    except OSError:
        yield Finding("file_missing", segment.file)
        return
    if size != segment.bytes:
        yield Finding("file_length", f"{segment.file}: {size} bytes instead of {segment.bytes}")
    elif sha256 != segment.sha256:
        yield Finding("file_hash", segment.file)
