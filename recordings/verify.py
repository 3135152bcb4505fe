"""Is this recording what was recorded? Compares log, row, manifest and files, and says in one line where it breaks."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from mediation_server.at_rest.stored import ScopeKeys
from mediation_server.domain.log import EventKind, SessionEvent, Withheld, first_break, instant
from mediation_server.domain.recording import Recording, Segment, TimeStamp
from mediation_server.errors import MediationError
from mediation_server.keyring import PublicKey
from mediation_server.openfile import open_regular
from recordings.chest import Chest
from recordings.evidence import EVIDENCE, Slice
from recordings.export import KEYS, LOG, STAMPS, VERIFIER
from recordings.filecheck import FileCheck, Found, checked
from recordings.finding import Finding, second
from recordings.gaps import gap_ms
from recordings.manifest import MANIFEST, Manifest, parse_manifest
from recordings.notebook import sealed_name
from recordings.receipt import RECEIPT, parse_receipt, signature_holds
from recordings.verify_evidence import Replayed, against_log, against_manifest, replayed
from recordings.verify_stamps import Claim, stamp_findings, subjects_of

__all__ = ["Finding", "Outside", "verify_recording"]

_TOLERANCE_MS = 100  # between the room's end of a sitting and the recorder's
_OTHER_FILES = frozenset({MANIFEST, "journal.jsonl", EVIDENCE, RECEIPT, LOG, KEYS, STAMPS, VERIFIER})


@dataclass(frozen=True, slots=True)
class Outside:
    """What a verifier has from elsewhere: published keys, time stamps with who is trusted for them, a party's receipt.

    `receipt` is the SHA-256 of the manifest, or the root of the evidence, as a party's receipt shows it.
    """

    keys: tuple[PublicKey, ...] = ()
    stamps: tuple[TimeStamp, ...] = ()
    authorities: tuple[bytes, ...] = ()  # certificates (DER) of trusted time-stamping authorities
    receipt: str = ""
    gently: bool = False  # with low priority, beside rooms that are live
    opens: ScopeKeys | None = None  # who has keys to stored files


def verify_recording(
    directory: Path, entries: Sequence[SessionEvent | Withheld], recording: Recording, outside: Outside | None = None
) -> list[Finding]:
    """Every place where the evidence does not hold; an empty list when it does. Reads all files: not for the loop.

    The codes stand, each with its meaning, in `docs/evidence-format.md`.
    """
    outside = outside or Outside()
    findings = list(_chain(entries))
    events = [each for each in entries if isinstance(each, SessionEvent)]
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
    findings += _identity(manifest, entries, recording)
    findings += _times(manifest, events, recording)
    findings += _key_findings(manifest, outside)
    state, found = _evidence(directory, manifest, entries)
    findings += found
    findings += _files(Chest(directory, outside.opens), manifest, state.slices, gently=outside.gently)
    findings += _receipt(directory, manifest, data, outside)
    findings += _stamps(manifest, data, state, outside)
    return findings


def _chain(events: Sequence[SessionEvent | Withheld]) -> Iterator[Finding]:
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
        if each.payload.get("manifest_sha256") != digest or each.payload.get("root") != recording.root:
            yield Finding("seal_event_differs", f"event {each.seq}")


def _identity(manifest: Manifest, events: Sequence[SessionEvent | Withheld], recording: Recording) -> Iterator[Finding]:
    if (manifest.session, manifest.recording) != (recording.session_id, recording.id):
        yield Finding("manifest_identity", f"{manifest.session}/{manifest.recording}")
    head = manifest.log
    if not any(each.seq == head.seq and each.hash == head.hash for each in events):
        yield Finding("log_head", f"event {head.seq} is not what was sealed")
    root = manifest.evidence.root if manifest.evidence else None
    if root != recording.root:
        yield Finding("root_differs", "the database row names another root than the manifest")


def _times(manifest: Manifest, events: Sequence[SessionEvent], recording: Recording) -> Iterator[Finding]:
    if instant(recording.started_at) != manifest.started_at:
        yield Finding("length_differs", f"row from {instant(recording.started_at)}, manifest {manifest.started_at}")
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
        and each.payload.get("recording", manifest.recording) == manifest.recording  # a sitting may have several
    }
    for gap in manifest.gaps:
        if (gap.from_ms, gap.to_ms, gap.reason.value) not in logged:
            yield Finding("gap_not_logged", f"{gap.from_ms}..{gap.to_ms} ms, {gap.reason}")


def _apart(manifest: Manifest) -> bool:
    """Whether no two gaps overlap."""
    gaps = sorted(manifest.gaps, key=lambda each: each.from_ms)
    return all((before.to_ms or 0) <= after.from_ms for before, after in pairwise(gaps))


def _evidence(
    directory: Path, manifest: Manifest, entries: Sequence[SessionEvent | Withheld]
) -> tuple[Replayed, list[Finding]]:
    """The evidence file read and compared; nothing of either in the former format, which had none."""
    sealed = manifest.evidence
    if sealed is None:
        return Replayed(), []
    try:
        with open_regular(directory, sealed.file) as stream:
            state = replayed(stream, manifest.recording, {each.id: each for each in manifest.keys})
    except OSError:
        return Replayed(), [Finding("evidence_missing", sealed.file)]
    found = [*state.findings, *against_manifest(state, manifest, sealed), *against_log(state, entries, manifest)]
    return state, found


def _files(
    chest: Chest, manifest: Manifest, slices: Mapping[str, Sequence[Slice]], *, gently: bool
) -> Iterator[Finding]:
    segments = [(track.codec, segment) for track in manifest.tracks for segment in track.segments]
    orders = [
        FileCheck(str(chest.directory), each.file, codec, slices.get(each.file, ()), _opens(chest, each))
        for codec, each in segments
    ]
    results = checked(orders, [segment.bytes for _, segment in segments], gently=gently)
    for order, (_, segment), found in zip(orders, segments, results, strict=True):
        captured = slices.get(order.file, ()) if manifest.evidence is not None else None
        yield from _file(segment, found, captured)
    unread = [name for name in slices if name not in {segment.file for _, segment in segments} and slices[name]]
    for name in unread:
        if not _is_kept_unreadable(name, manifest):
            yield Finding("file_missing", f"{name}, {_stretch(slices[name])}")
    known = {segment.file for _, segment in segments} | _OTHER_FILES | set(manifest.losses)
    for each in sorted(chest.directory.iterdir()):
        if each.name not in known:
            yield Finding("file_unknown", each.name)


def _opens(chest: Chest, segment: Segment) -> tuple[dict[str, str], ...]:
    """The key of one file; whoever reads it says when it cannot be opened, or is not there."""
    with contextlib.suppress(OSError, MediationError):
        key = chest.key(segment.file)
        return (key.told(),) if key else ()
    return ()


def _is_kept_unreadable(name: str, manifest: Manifest) -> bool:
    """Whether the manifest says that nothing in this file could be read when it was sealed."""
    return any(loss.get("unreadable") for file, loss in manifest.losses.items() if sealed_name(file) == name)


def _stretch(slices: Sequence[Slice]) -> str:
    return second(slices[0].from_ms, slices[-1].last_ms)


def _file(segment: Segment, found: Found, captured: Sequence[Slice] | None) -> Iterator[Finding]:
    """What is wrong with a file, and in which seconds of the sitting; the former format captured nothing."""
    whole = second(segment.from_ms, segment.to_ms)
    if found.locked:
        yield Finding("file_locked", f"{segment.file}, {whole}")
        return
    if found.torn:
        where = second(captured[found.broken[0]].from_ms, segment.to_ms) if captured and found.broken else whole
        yield Finding("file_broken", f"{segment.file}, {where}")
        return
    if not found.sha256:
        yield Finding("file_missing", f"{segment.file}, {whole}")
        return
    changed = [captured[n] for n in found.broken] if captured else []
    seconds = f"{second(changed[0].from_ms, changed[-1].last_ms)}" if changed else whole
    if found.bytes != segment.bytes:
        yield Finding("file_length", f"{segment.file}: {found.bytes} bytes instead of {segment.bytes}, {seconds}")
    elif found.sha256 != segment.sha256:
        yield Finding("file_hash", f"{segment.file}, {seconds}")
    elif captured is not None and (changed or found.surplus):
        yield Finding("not_as_captured", f"{segment.file}, {seconds}")


def _key_findings(manifest: Manifest, outside: Outside) -> Iterator[Finding]:
    published = {(each.id, each.public) for each in outside.keys}
    for each in manifest.keys:
        if published and (each.id, each.public) not in published:
            yield Finding("key_unknown", each.id)


def _stamps(manifest: Manifest, data: bytes, state: Replayed, outside: Outside) -> Iterator[Finding]:
    """Those in the manifest and those that came after, each once."""
    if manifest.evidence is None:
        return
    came = {Claim(each.subject, each.digest, each.token, each.stamped_at) for each in outside.stamps if each.token}
    known = {(each.subject, each.token) for each in came}
    inside = {
        Claim(each.subject, each.digest, each.token)
        for each in manifest.stamps
        if (each.subject, each.token) not in known
    }
    subjects = subjects_of(state.checkpoints, hashlib.sha256(data).hexdigest())
    yield from stamp_findings(sorted(inside | came, key=lambda each: each[:3]), subjects, outside.authorities)


def _receipt(directory: Path, manifest: Manifest, data: bytes, outside: Outside) -> Iterator[Finding]:
    if manifest.evidence is None:
        return
    digest = hashlib.sha256(data).hexdigest()
    if outside.receipt and outside.receipt.lower() not in {digest, manifest.evidence.root}:
        yield Finding("receipt_shown_differs", outside.receipt)
    try:
        with open_regular(directory, RECEIPT) as stream:
            receipt = parse_receipt(stream.read())
    except OSError:
        yield Finding("receipt_missing", RECEIPT)
        return
    except (ValueError, TypeError):
        yield Finding("receipt_unreadable", RECEIPT)
        return
    if (receipt.manifest_sha256, receipt.root) != (digest, manifest.evidence.root):
        yield Finding("receipt_differs", RECEIPT)
    if not signature_holds(receipt, {each.id: each for each in manifest.keys}):
        yield Finding("receipt_signature", RECEIPT)
