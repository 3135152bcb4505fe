"""Is an exported recording what was recorded? The same checks, without the database of where it comes from."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mediation_server.domain.log import EventKind, SessionEvent, Withheld
from mediation_server.domain.recording import Recording, RecordingState, TimeStamp
from mediation_server.keyring import PublicKey, parse_keys
from mediation_server.openfile import open_regular
from recordings.export import KEYS, LOG, STAMPS
from recordings.finding import Finding
from recordings.manifest import MANIFEST, Manifest, parse_manifest
from recordings.notices import notices_in
from recordings.verify import Outside, verify_recording

__all__ = ["export_notices", "log_notices", "verify_export"]

_LARGEST = 256 << 20  # a day of log


def verify_export(directory: Path, outside: Outside | None = None) -> list[Finding]:
    """Every place where an exported recording does not hold. Reads all files: not for the loop.

    What the database would say of the recording is taken from the log; without that, or without a manifest, there is
    nothing to hold the files against, and the finding says so.
    """
    outside = outside or Outside()
    entries = _log_of(directory)
    found = [] if entries else [Finding("log_missing", LOG)]
    try:
        with open_regular(directory, MANIFEST) as stream:
            data = stream.read(_LARGEST)
        manifest = parse_manifest(data)
    except OSError:
        return [*found, Finding("manifest_missing", MANIFEST)]
    except (ValueError, KeyError, TypeError):
        return [*found, Finding("manifest_unreadable", MANIFEST)]
    recording = _recording(manifest, data, entries)
    with_export = replace(outside, keys=outside.keys or _keys(directory), stamps=(*outside.stamps, *_stamps(directory)))
    return [*found, *verify_recording(directory, entries, recording, with_export)]


def export_notices(directory: Path) -> list[Finding]:
    """What the log of an exported recording tells besides; nothing of it is broken."""
    return notices_in(_log_of(directory))


def log_notices(data: bytes) -> list[Finding]:
    """The same of a log that was read already; nothing of one that is none."""
    try:
        return notices_in(_entries(json.loads(data)))
    except (ValueError, KeyError, TypeError):
        return []


def _log_of(directory: Path) -> list[SessionEvent | Withheld]:
    try:
        return _entries(_object(directory, LOG))
    except (OSError, ValueError, KeyError, TypeError):
        return []


def _recording(manifest: Manifest, data: bytes, entries: list[SessionEvent | Withheld]) -> Recording:
    """The row as the log has it: the session is that of the log, the seal that of the files."""
    session = next((each.session_id for each in entries if isinstance(each, SessionEvent)), manifest.session)
    return Recording(
        manifest.recording,
        session,
        RecordingState.SEALED,
        datetime.fromisoformat(manifest.started_at),
        duration_ms=manifest.total_ms,
        recorded_ms=manifest.recorded_ms,
        manifest_sha256=hashlib.sha256(data).hexdigest(),
        root=manifest.evidence.root if manifest.evidence else None,
    )


def _entries(raw: Mapping[str, object]) -> list[SessionEvent | Withheld]:
    events = raw["events"]
    if not isinstance(events, list):
        raise TypeError(LOG)
    return [_entry(each) for each in events]


def _entry(each: Mapping[str, Any]) -> SessionEvent | Withheld:
    if "kind" not in each:
        return Withheld(**each)
    at = datetime.fromisoformat(each["at"]).astimezone(UTC)
    return SessionEvent(**{**each, "at": at, "kind": EventKind(each["kind"])})


def _keys(directory: Path) -> tuple[PublicKey, ...]:
    try:
        keys = _object(directory, KEYS)["keys"]
        return parse_keys(keys) if isinstance(keys, list) else ()
    except (OSError, ValueError, KeyError, TypeError):
        return ()


def _stamps(directory: Path) -> tuple[TimeStamp, ...]:
    try:
        stamps = _object(directory, STAMPS)["stamps"]
        if not isinstance(stamps, list):
            return ()
        asked_at = datetime.fromtimestamp(0, UTC)  # nobody asks when it was asked for
        return tuple(TimeStamp("", each["subject"], each["digest"], asked_at, each["token"]) for each in stamps)
    except (OSError, ValueError, KeyError, TypeError):
        return ()


def _object(directory: Path, name: str) -> Mapping[str, object]:
    with open_regular(directory, name) as stream:
        raw = json.loads(stream.read(_LARGEST))
    if not isinstance(raw, dict):
        raise TypeError(name)
    return raw
