"""Restoring a backup: nothing is touched before all of it holds, and nothing is overwritten; whole or not at all."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path

from mediation_server.backups.listing import (
    AREAS,
    DATABASE_FILE,
    LISTING,
    Listed,
    Listing,
    copied,
    hashed,
    read_listing,
)
from mediation_server.config import DATABASE, Settings
from mediation_server.errors import Conflict, Unavailable
from mediation_server.store.backups import backend_of, restored

__all__ = ["backup_findings", "restore"]


def backup_findings(backup: Path) -> list[str]:
    """One line for each file that is not what the list says, is missing, or stands in no list. Blocks.

    Raises `BadInput("backup_unreadable")`.
    """
    listing = read_listing(backup)
    return [*_differing(backup, listing), *(f"lacking: {each}" for each in listing.lacking)]


async def restore(settings: Settings, backup: Path) -> Listing:
    """Put a backup into the data directory, and on PostgreSQL into the database of the settings; both must be empty.

    Raises `BadInput("backup_unreadable")`, `Conflict`: `backup_broken`, `backup_other_database`, `restore_not_empty`;
    `Unavailable`: `backup_database`, `backup_files`.
    """
    listing = await asyncio.to_thread(read_listing, backup)
    if backend_of(settings.database) != listing.backend or (settings.database_url and listing.backend == "sqlite"):
        raise Conflict("backup_other_database")
    if await asyncio.to_thread(lambda: next(_differing(backup, listing), None)) is not None:
        raise Conflict("backup_broken")
    data = settings.data_dir.absolute()
    if await asyncio.to_thread(_is_taken, data):
        raise Conflict("restore_not_empty")
    half = data.with_name(data.name + ".restoring")
    try:
        await asyncio.to_thread(_brought, backup, half, listing)
        if listing.backend == "postgresql":
            await restored(settings.database, half / DATABASE_FILE)
            (half / DATABASE_FILE).unlink()
        else:
            (half / DATABASE_FILE).rename(half / DATABASE)
        await asyncio.to_thread(_placed, half, data)
    except OSError as refused:
        raise Unavailable("backup_files") from refused
    return listing


def _differing(backup: Path, listing: Listing) -> Iterator[str]:
    for path, said in listing.files.items():
        found = _found(backup, path)
        if found is None:
            yield f"missing: {path}"
        elif (found.bytes, found.sha256) != (said.bytes, said.sha256):
            yield f"changed: {path}"
    below = (each for each in backup.rglob("*") if not each.is_dir() or each.is_symlink())
    there = {each.relative_to(backup).as_posix() for each in below}
    for path in sorted(there - listing.files.keys() - {LISTING}):
        yield f"unknown: {path}"


def _found(backup: Path, path: str) -> Listed | None:
    try:
        return hashed(backup, path)
    except OSError:
        return None


def _is_taken(data: Path) -> bool:
    """Whether anything of an installation lies there."""
    return any((data / each).exists() for each in (DATABASE, *AREAS))


def _brought(backup: Path, half: Path, listing: Listing) -> None:
    """Copy and compare once more what was copied: a disk may lie. Raises `Conflict("backup_broken")`."""
    shutil.rmtree(half, ignore_errors=True)
    half.mkdir(mode=0o700, parents=True)
    for path, said in listing.files.items():
        if copied(backup, half, path).sha256 != said.sha256:
            raise Conflict("backup_broken")
        (half / path).chmod(0o600 if said.writable else 0o400)


def _placed(half: Path, data: Path) -> None:
    """The database last: a data directory without one has not been restored."""
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name in (*AREAS, DATABASE):
        if (half / name).exists():
            (half / name).rename(data / name)
    half.rmdir()
