"""Where recordings lie and how their files are opened: names made of ids only, no link followed, nothing from a client.

<root>/recordings/<session id>/<recording id>/
    journal.jsonl, t001-0001.mkv.part, …         while it is written
    journal.jsonl, t001-0001.mkv, manifest.json  sealed
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from mediation_server.at_rest.stored import ScopeKeys, length_of
from mediation_server.domain.ids import is_id
from mediation_server.errors import NotFound
from mediation_server.openfile import open_regular
from recordings.chest import Chest
from recordings.journal import JOURNAL
from recordings.manifest import MANIFEST, Manifest, parse_manifest

__all__ = ["CLOSED", "Vault"]

CLOSED = 0o555  # the mode of a directory once the books know its seal

_SEGMENT = re.compile(r"t\d{3,6}-\d{4,6}\.mkv")
_MAX_MANIFEST = 16 << 20
_LONGEST_LINE = 1 << 16  # bytes
_KEPT = 16  # manifests read last


class Vault:
    """The recordings of one data directory."""

    def __init__(self, data_dir: Path, keys: ScopeKeys | None = None) -> None:
        self.root, self.keys = data_dir / "recordings", keys
        self._known: dict[str, tuple[tuple[int, ...], tuple[Manifest, str]]] = {}

    def directory(self, session_id: str, recording_id: str) -> Path:
        """The directory of a recording, existing or not. Raises `NotFound` for what is no id of ours."""
        if not (is_id(session_id) and is_id(recording_id)):
            raise NotFound("recording_not_found")
        return self.root / session_id / recording_id

    def chest(self, session_id: str, recording_id: str) -> Chest:
        """The same with whoever has keys to its media. Raises `NotFound`."""
        return Chest(self.directory(session_id, recording_id), self.keys)

    def create(self, session_id: str, recording_id: str) -> Path:
        """A new, empty, private directory. Raises `OSError`."""
        directory = self.directory(session_id, recording_id)
        directory.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        directory.mkdir(mode=0o700)
        return directory

    def of_session(self, session_id: str) -> Path | None:
        """The directory of the recording of a sitting: the newest that has begun, or None."""
        if not is_id(session_id):
            raise NotFound("recording_not_found")
        found = [each for each in _directories(self.root / session_id) if _has_begun(each)]
        return max(found, default=None)

    def unsealed(self) -> list[Path]:
        """Recordings that were begun and are not closed as sealed, in the order of their sittings' ids."""
        return [
            directory
            for session in _directories(self.root)
            for directory in _directories(session)
            if directory.stat().st_mode & stat.S_IWUSR and _has_begun(directory)
        ]

    def manifest(self, session_id: str, recording_id: str) -> tuple[Manifest, str]:
        """The sealed manifest and the SHA-256 of its bytes, read anew when the file is another. Raises `NotFound`.

        Every range that is asked for comes through here, so the last few stay at hand.
        """
        directory = self.directory(session_id, recording_id)
        try:
            with open_regular(directory, MANIFEST) as stream:
                found = os.fstat(stream.fileno())
                version = (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)
                known = self._known.get(recording_id)
                if known is not None and known[0] == version:
                    return known[1]
                data = stream.read(_MAX_MANIFEST)
            read = parse_manifest(data), hashlib.sha256(data).hexdigest()
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise NotFound("recording_not_found") from error
        self._keep(recording_id, version, read)
        return read

    def _keep(self, recording_id: str, version: tuple[int, ...], read: tuple[Manifest, str]) -> None:
        self._known.pop(recording_id, None)
        self._known[recording_id] = (version, read)
        for old in list(self._known)[:-_KEPT]:
            self._known.pop(old, None)

    def open_segment(self, session_id: str, recording_id: str, index: int) -> tuple[BinaryIO, int]:
        """Segment number `index` of the manifest, open for reading, and its length in bytes. Raises `NotFound`.

        The index is the one `playback.review_of` gives out. The file is opened without following any link and is the
        caller's to close. Raises `Unavailable` or `Gone` where its key is not to be had.
        """
        manifest, _ = self.manifest(session_id, recording_id)
        segments = manifest.segments
        if not 0 <= index < len(segments) or not _SEGMENT.fullmatch(segments[index].file):
            raise NotFound("recording_not_found")
        try:
            stream = self.chest(session_id, recording_id).opened(segments[index].file)
        except OSError as error:
            raise NotFound("recording_not_found") from error
        return stream, length_of(stream)


def _has_begun(directory: Path) -> bool:
    """Whether the first line of its journal was written whole; without that nothing of it was recorded."""
    try:
        with open_regular(directory, JOURNAL) as stream:
            return stream.readline(_LONGEST_LINE).endswith(b"\n")
    except OSError:
        return False


def _directories(parent: Path) -> Iterator[Path]:
    try:
        entries = sorted(os.scandir(parent), key=lambda entry: entry.name)
    except FileNotFoundError:
        return
    for entry in entries:
        if is_id(entry.name) and entry.is_dir(follow_symlinks=False):
            yield Path(entry.path)
