"""Making a backup while the product runs: files, then the database, then what that database names and is not there yet.

In this order whatever the copied database says is sealed or handed in lies beside it. A recording that is being written
is kept as after a power cut: its next start mends it. Files are copied as they lie, encrypted; no key comes along.
"""

from __future__ import annotations

import asyncio
import shutil
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from mediation_server.at_rest.matter_keys import KeyStore, keys_of
from mediation_server.at_rest.stored import open_stored
from mediation_server.backups.listing import AREAS, DATABASE_FILE, LISTING, Listed, Listing, copied, files_below, hashed
from mediation_server.config import Settings
from mediation_server.domain.log import instant
from mediation_server.errors import Conflict, MediationError, Unavailable
from mediation_server.openfile import digest_of
from mediation_server.store.backups import Named, backend_of, dumped

__all__ = ["Made", "back_up"]

_PASSES = 5  # over files that were renamed while they were copied
_MANIFEST = "manifest.json"


class Made(NamedTuple):
    """Where it lies, and what is in it."""

    directory: Path
    listing: Listing


async def back_up(settings: Settings, target: Path, now: datetime) -> Made:
    """A new directory `backup-<instant>` under `target`; it bears that name once it is whole.

    Raises `Conflict("backup_inside")` for a place inside the data directory, `Unavailable`: `backup_database`,
    `backup_files` when a disk refuses.
    """
    data, whole = await asyncio.to_thread(_places, settings, target, now)
    if whole.is_relative_to(data):
        raise Conflict("backup_inside")
    half = whole.with_name(whole.name + ".part")
    try:
        await asyncio.to_thread(_cleared, half)
        files = await asyncio.to_thread(_all_files, data, half)
        named = await dumped(settings.database, half / DATABASE_FILE)
        lacking = await asyncio.to_thread(_completed, data, half, files, named, keys_of(settings))
        files[DATABASE_FILE] = await asyncio.to_thread(hashed, half, DATABASE_FILE)
        backend = backend_of(settings.database)
        listing = Listing(instant(now), backend, named.schema, files, tuple(lacking))
        await asyncio.to_thread(_finished, half, whole, listing)
    except OSError as refused:
        raise Unavailable("backup_files") from refused
    return Made(whole, listing)


def _places(settings: Settings, target: Path, now: datetime) -> tuple[Path, Path]:
    return settings.data_dir.resolve(), target.resolve() / f"backup-{now.strftime('%Y%m%dT%H%M%SZ')}"


def _cleared(half: Path) -> None:
    shutil.rmtree(half, ignore_errors=True)
    half.mkdir(mode=0o700, parents=True)


def _all_files(data: Path, half: Path) -> dict[str, Listed]:
    """Copy everything; what was renamed or sealed meanwhile is looked for once more."""
    files: dict[str, Listed] = {}
    for _ in range(_PASSES):
        vanished, seen = False, set()
        for path in (each for area in AREAS for each in files_below(data, area)):
            seen.add(path)
            if path in files:
                continue
            try:
                files[path] = copied(data, half, path)
            except FileNotFoundError:
                vanished = True
        for path in files.keys() - seen:
            _dropped(half, files, path)
        if not vanished:
            break
    return files


def _completed(data: Path, half: Path, files: dict[str, Listed], named: Named, keys: KeyStore) -> list[str]:
    """Bring in what the database names and was sealed or handed in after the files; what even the original lacks."""
    lacking = []
    for session_id, recording_id, seal in named.sealed:
        place = f"recordings/{session_id}/{recording_id}"
        if _seal_of(files, place) != seal:
            _copied_anew(data, half, files, place)
        if _seal_of(files, place) != seal:
            lacking.append(place)
    for session_id, recording_id in named.gone:
        _forgotten(half, files, f"recordings/{session_id}/{recording_id}")
        _forgotten(half, files, f"previews/{recording_id}")
    for matter_id, sha256 in named.files:
        places = f"materials/{matter_id}/kept/{sha256}", f"materials/kept/{sha256[:2]}/{sha256}"  # since then; before
        path = next((each for each in places if each in files or (data / each).is_file()), places[0])
        if path not in files and (data / path).is_file():
            files[path] = copied(data, half, path)
        if path not in files or not _is(half / path, files[path], sha256, keys):
            lacking.append(path)
    return lacking


def _is(file: Path, listed: Listed, sha256: str, keys: KeyStore) -> bool:
    """Whether a paper is what was handed in; where its key is not to be had now, that it lies there is all we know."""
    try:
        with open_stored(file.parent, file.name, keys, f"kept/{sha256}") as stream:
            return digest_of(stream)[1] == sha256
    except MediationError:
        return listed.bytes > 0
    except OSError:
        return False


def _seal_of(files: dict[str, Listed], place: str) -> str | None:
    found = files.get(f"{place}/{_MANIFEST}")
    return found.sha256 if found else None


def _copied_anew(data: Path, half: Path, files: dict[str, Listed], place: str) -> None:
    _forgotten(half, files, place)
    for path in files_below(data, place):
        files[path] = copied(data, half, path)


def _forgotten(half: Path, files: dict[str, Listed], place: str) -> None:
    for path in [each for each in files if each.startswith(place + "/")]:
        _dropped(half, files, path)


def _dropped(half: Path, files: dict[str, Listed], path: str) -> None:
    (half / path).unlink(missing_ok=True)
    del files[path]


def _finished(half: Path, whole: Path, listing: Listing) -> None:
    (half / LISTING).write_bytes(listing.encoded())
    half.rename(whole)
