"""What a backup holds: its list of files with their hashes, as canonical JSON; copies a file and checks one.

<backup>/backup.json         this list, written last
<backup>/database            the whole database: a SQLite file, or what pg_dump writes (custom format)
<backup>/recordings/…  materials/…  previews/…  keys/…    as they lie in the data directory
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO

from mediation_server.at_rest.scratch import SCRATCH
from mediation_server.domain.log import canonical
from mediation_server.durable import TEMPORARY
from mediation_server.errors import BadInput
from mediation_server.openfile import open_regular

__all__ = ["AREAS", "DATABASE_FILE", "LISTING", "Listed", "Listing", "copied", "files_below", "hashed", "read_listing"]

LISTING, DATABASE_FILE = "backup.json", "database"
AREAS = ("recordings", "materials", "previews", "imported", "keys")
FORMAT = "mediation-backup/1"
_CHUNK = 1 << 20
_MOST_BYTES = 1 << 30  # of a list of files
_AREA = "|".join(AREAS)
_PATH = re.compile(rf"(?:database|(?:{_AREA})(?:/[A-Za-z0-9_][A-Za-z0-9_.-]{{0,200}}){{1,4}})")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_HALF = (TEMPORARY, SCRATCH)  # files half made by somebody; what is left of them is made anew
_PASSING = ("incoming", "bench-", "coming-")  # what is still coming in, and what is being made of it


@dataclass(frozen=True, slots=True)
class Listed:
    """One file: length in bytes, SHA-256 in hex, and whether its owner may write it."""

    bytes: int
    sha256: str
    writable: bool


@dataclass(frozen=True, slots=True)
class Listing:
    """A backup: when it was made, of what, and every file by its path.

    `lacking`: what the database names and the data directory did not have.
    """

    made_at: str
    backend: str  # sqlite | postgresql
    schema: str
    files: Mapping[str, Listed]
    lacking: tuple[str, ...] = ()

    def encoded(self) -> bytes:
        """Canonical JSON: equal listings give equal bytes."""
        files = {path: asdict(each) for path, each in self.files.items()}
        head = {"format": FORMAT, "made_at": self.made_at, "backend": self.backend, "schema": self.schema}
        return canonical({**head, "files": files, "lacking": list(self.lacking)})


def read_listing(backup: Path) -> Listing:
    """The list of a backup. Raises `BadInput("backup_unreadable")` for what is none, or was never finished."""
    try:
        with open_regular(backup, LISTING) as stream:
            raw = json.loads(stream.read(_MOST_BYTES))
        files = {str(path): Listed(**each) for path, each in raw["files"].items()}
        listing = Listing(raw["made_at"], raw["backend"], raw["schema"], files, tuple(raw["lacking"]))
        sound = raw["format"] == FORMAT and all(map(_is_sound, files.items())) and DATABASE_FILE in files
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadInput("backup_unreadable") from error
    if not sound:
        raise BadInput("backup_unreadable")
    return listing


def _is_sound(item: tuple[str, Listed]) -> bool:
    """Nothing leads out of the backup, whoever wrote the list."""
    path, each = item
    shaped = _PATH.fullmatch(path) is not None and ".." not in path.split("/")
    return shaped and int(each.bytes) >= 0 and _SHA256.fullmatch(each.sha256) is not None


def files_below(root: Path, area: str) -> Iterator[str]:
    """The paths of all regular files of an area, journals and evidence of a recording before its media.

    A file being written goes on growing while it is read; what its journal promises must be in it, never the reverse.
    """
    for directory, names, found in os.walk(root / area):
        names[:] = sorted(each for each in names if not each.startswith(_PASSING))
        here = Path(directory)
        for name in sorted(found, key=lambda each: (not each.endswith(".jsonl"), each)):
            if not name.endswith(_HALF) and not (here / name).is_symlink():
                yield (here / name).relative_to(root).as_posix()


def copied(source: Path, target: Path, path: str) -> Listed:
    """Copy one file to the disk itself, and say what it was. Raises `FileNotFoundError` when it has gone."""
    origin, goal = source / path, target / path
    goal.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with open_regular(origin.parent, origin.name) as stream:
        writable = bool(os.fstat(stream.fileno()).st_mode & 0o200)
        goal.unlink(missing_ok=True)
        with goal.open("xb") as out:
            size, digest = _through(stream, out)
            out.flush()
            os.fsync(out.fileno())
    goal.chmod(0o600 if writable else 0o400)
    return Listed(size, digest, writable)


def hashed(root: Path, path: str) -> Listed:
    """What one file is now. Raises `OSError`."""
    with open_regular((root / path).parent, Path(path).name) as stream:
        writable = bool(os.fstat(stream.fileno()).st_mode & 0o200)
        size, digest = _through(stream, None)
    return Listed(size, digest, writable)


def _through(stream: BinaryIO, out: BinaryIO | None) -> tuple[int, str]:
    digest, size = hashlib.sha256(), 0
    while chunk := stream.read(_CHUNK):
        digest.update(chunk)
        size += len(chunk)
        if out is not None:
            out.write(chunk)
    return size, digest.hexdigest()
