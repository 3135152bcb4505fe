"""Where records end and where they are twice: inventories, destruction, second copies; asks no right, blocks.

<second copy>/recordings/<session id>/<recording id>/   the sealed files once more, read back and compared
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import stat
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from mediation_server.at_rest.matter_keys import KeyStore, Purpose
from mediation_server.at_rest.stored import BrokenFileError, ScopeKey, is_stored, store
from mediation_server.domain.log import SessionEvent
from mediation_server.domain.recording import Recording, Segment, TimeStamp
from mediation_server.durable import removed, synced
from mediation_server.errors import MediationError, NotFound
from mediation_server.keyring import KeyRing
from mediation_server.openfile import digest_of, open_regular
from mediation_server.services.review_sources import Spoken
from recordings.captions import captions_of
from recordings.chest import Chest, scope_of
from recordings.evidence import EVIDENCE
from recordings.export import KEYS, LOG, STAMPS, keys_bytes, log_bytes, stamps_bytes
from recordings.manifest import MANIFEST
from recordings.playback import as_json, media_type, review_of
from recordings.receipt import RECEIPT
from recordings.redaction import redacted
from recordings.vault import Vault

__all__ = ["RecordKeeper"]

_CHUNK = 1 << 20
_PART = ".part"
_MEDIA = re.compile(r"t\d{3,6}-\d{4,6}\.mkv(?:\.part)?")


class RecordKeeper:
    """The `Shredder` and the `Copier` of the product, over the vault and, where there is one, the second place."""

    def __init__(
        self, vault: Vault, second: Path | None = None, beside: Sequence[Path] = (), keys: KeyRing | None = None
    ) -> None:
        """`beside`: directories in which more that was made of a recording lies under its id."""
        self._keys = keys
        self._vault, self._beside = vault, tuple(beside)
        self._second = Vault(second, vault.keys) if second else None

    @property
    def copies(self) -> bool:
        """Whether there is a second place."""
        return self._second is not None

    def inventory(self, recording: Recording) -> Sequence[Mapping[str, Any]]:
        """Every file with length and SHA-256, in the order of names; what cannot be read any more is left out."""
        chest = self._vault.chest(recording.session_id, recording.id)
        return [_entry(chest, name) for name in _names(chest.directory)]

    def along(self, recording: Recording) -> Sequence[tuple[str, int, str]]:
        """What whoever may watch it may take along: name, bytes, media type. Raises `NotFound`."""
        manifest, _ = self._vault.manifest(recording.session_id, recording.id)
        directory = self._vault.directory(recording.session_id, recording.id)
        media = [
            (each.file, each.bytes, media_type(track.codec)) for track in manifest.tracks for each in track.segments
        ]
        papers = [(name, "application/json") for name in (MANIFEST, EVIDENCE, RECEIPT) if (directory / name).is_file()]
        return [*media, *((name, (directory / name).stat().st_size, kind) for name, kind in papers)]

    async def captions(self, recording: Recording) -> Sequence[Spoken]:
        """What a machine understood, in order of time. Raises `NotFound`."""
        return await asyncio.to_thread(captions_of, self._vault, recording)

    def opened(self, recording: Recording, name: str) -> BinaryIO:
        """One of these files, open. Raises `NotFound`."""
        try:
            return self._vault.chest(recording.session_id, recording.id).opened(name)
        except OSError as error:
            raise NotFound("recording_not_found") from error

    def papers(
        self, recording: Recording, events: Sequence[SessionEvent], stamps: Sequence[TimeStamp]
    ) -> Mapping[str, bytes]:
        """What a verifier needs beside these files, of the log what whoever may watch may know."""
        manifest, _ = self._vault.manifest(recording.session_id, recording.id)
        keys = self._keys.public_keys() if self._keys else ()
        return {
            LOG: log_bytes(redacted(events)),
            STAMPS: stamps_bytes(stamps),
            KEYS: keys_bytes(keys or manifest.keys),
        }

    def time_line(self, recording: Recording, events: Sequence[SessionEvent]) -> Mapping[str, object]:
        """What the reviewer's page draws, as plain JSON values. Raises `NotFound`."""
        manifest, _ = self._vault.manifest(recording.session_id, recording.id)
        return as_json(review_of(manifest, events))

    def destroy(self, recording: Recording) -> None:
        """Remove the files here and in the second place, and make sure of it. Raises `OSError`."""
        for vault in (self._vault, self._second):
            if vault is not None:
                _removed(vault.directory(recording.session_id, recording.id))
        for each in (made for directory in self._beside for made in directory.glob(f"{recording.id}*")):
            removed(each)

    def plain_of(self, sealed: Sequence[tuple[Recording, str]]) -> list[tuple[Recording, str]]:
        """Of sealed recordings, each with its matter, those of which something lies plain, or cannot be looked at."""
        if not isinstance(self._vault.keys, KeyStore):
            return []
        return [each for each in sealed if self._lies_plain(each[0])]

    def _lies_plain(self, recording: Recording) -> bool:
        places = [each.directory(recording.session_id, recording.id) for each in (self._vault, self._second) if each]
        try:
            return any(_plain_media(each) for each in places) or any(
                not is_stored(made, name)
                for made in (directory / recording.id for directory in self._beside)
                for name in _names(made)
            )
        except OSError:
            return True  # to be told of by who takes it over

    def take_over(self, recording: Recording, matter_id: str) -> int:
        """Encrypt what is plain of a sealed recording and of its second copy; how many files that were.

        Previews that are plain go: they are made again. Raises `OSError`; `Unavailable` or `Gone` for its key.
        """
        if not isinstance(self._vault.keys, KeyStore):
            return 0
        key = partial(self._vault.keys.writing, matter_id, Purpose.RECORD, scope_of(recording.id))
        places = [each.directory(recording.session_id, recording.id) for each in (self._vault, self._second) if each]
        taken = sum(_taken_over(each, key) for each in places)
        for each in (made for directory in self._beside for made in directory.glob(recording.id)):
            if any(not is_stored(each, name) for name in _names(each)):
                shutil.rmtree(each)
        return taken

    def copy(self, recording: Recording) -> tuple[int, str]:
        """Copy a sealed recording and read the copy back: bytes, and a code of what is wrong, empty when nothing is.

        Raises `OSError` when the second place refuses.
        """
        if self._second is None:
            raise FileNotFoundError("no second place")
        source = self._vault.directory(recording.session_id, recording.id)
        target = self._second.directory(recording.session_id, recording.id)
        half = target.with_name(target.name + _PART)
        shutil.rmtree(half, ignore_errors=True)
        half.mkdir(mode=0o700, parents=True)
        copied = sum(_copied(source, half, name) for name in _names(source))
        synced(half)
        shutil.rmtree(target, ignore_errors=True)
        half.rename(target)
        synced(target.parent)
        return copied, self.fault(recording)

    def fault(self, recording: Recording) -> str:
        """Read a second copy whole and compare it: with the row's manifest hash, and the manifest's of each file."""
        if self._second is None:
            return "copy_missing"
        try:
            manifest, digest = self._second.manifest(recording.session_id, recording.id)
        except NotFound:
            return "copy_missing"
        if digest != recording.manifest_sha256:
            return "copy_differs"
        chest = self._second.chest(recording.session_id, recording.id)
        return next((wrong for each in manifest.segments if (wrong := _fault_of(chest, each))), "")


def _fault_of(chest: Chest, segment: Segment) -> str:
    try:
        with chest.opened(segment.file) as stream:
            found = digest_of(stream)
    except MediationError:
        return "copy_locked"
    except BrokenFileError:
        return "copy_differs"
    except OSError:
        return "copy_missing"
    return "" if found == (segment.bytes, segment.sha256) else "copy_differs"


def _names(directory: Path) -> list[str]:
    try:
        return sorted(each.name for each in os.scandir(directory) if each.is_file(follow_symlinks=False))
    except FileNotFoundError:
        return []


def _entry(chest: Chest, name: str) -> dict[str, Any]:
    """What a file is as it was recorded; where it cannot be opened any more, what it is as it lies there."""
    try:
        with chest.opened(name) as stream:
            size, digest = digest_of(stream)
    except (MediationError, BrokenFileError):
        with open_regular(chest.directory, name) as stream:
            size, digest = digest_of(stream)
        return {"file": name, "bytes": size, "sha256": digest, "unopened": True}
    return {"file": name, "bytes": size, "sha256": digest}


def _plain_media(directory: Path) -> list[str]:
    return [name for name in _names(directory) if _MEDIA.fullmatch(name) and not is_stored(directory, name)]


def _taken_over(directory: Path, key: Callable[[], ScopeKey]) -> int:
    """The media of one directory, each in its own place; the directory is closed again whatever happens."""
    plain = _plain_media(directory)
    if not plain:
        return 0
    closed = directory.stat().st_mode
    directory.chmod(0o700)
    try:
        for name in plain:
            half = directory / f".{name}.taken"
            with open_regular(directory, name) as stream:
                store(stream, half, key(), name)
            half.replace(directory / name)
        synced(directory)
    finally:
        directory.chmod(stat.S_IMODE(closed))
    return len(plain)


def _copied(source: Path, target: Path, name: str) -> int:
    """Copy one file to the disk itself; how long it is."""
    size = 0
    with open_regular(source, name) as stream, (target / name).open("xb") as out:
        while chunk := stream.read(_CHUNK):
            size += out.write(chunk)
        out.flush()
        os.fsync(out.fileno())
    (target / name).chmod(0o400)
    return size


def _removed(directory: Path) -> None:
    """Raises `OSError` when something stays."""
    removed(directory)
    if directory.parent.exists():
        synced(directory.parent)
        if not any(directory.parent.iterdir()):
            directory.parent.rmdir()
    if directory.exists():
        raise FileExistsError(directory.name)
