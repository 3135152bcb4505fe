"""The master keys of an installation: what wraps the data keys; they lie apart from everything they protect.

    <directory>/master-<id>.key   32 random bytes in hexadecimal, readable by their owner alone
    <directory>/current           the id of the one that wraps now

The id is the beginning of a hash of the key, so that a wrong file is known as such.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import stat
from pathlib import Path

from mediation_server.durable import synced, written
from mediation_server.errors import Unavailable
from mediation_server.openfile import open_regular

__all__ = ["MasterKeys", "overwritten"]

_CURRENT = "current"
_BYTES = 32
_MOST = 1 << 10
_ID = re.compile(r"[0-9a-f]{16}")
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class MasterKeys:
    """Read when first used and kept in memory: a file that goes missing is felt at the next start, not in a sitting."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._known: dict[str, bytes] = {}

    def key(self, key_id: str) -> bytes:
        """One of them, 32 bytes. Raises `Unavailable`: `master_key_missing`, `_wrong`, `_unreadable`."""
        if key_id not in self._known:
            self._known[key_id] = self._read(key_id)
        return self._known[key_id]

    def current(self) -> str | None:
        """The one that wraps now; None before the first. Raises `Unavailable`: `master_key_wrong`, `_unreadable`."""
        try:
            with open_regular(self.directory, _CURRENT) as stream:
                key_id = stream.read(_MOST).decode("ascii", "replace").strip()
        except FileNotFoundError:
            return None
        except OSError as refused:
            raise Unavailable("master_key_unreadable") from refused
        if not _ID.fullmatch(key_id):
            raise Unavailable("master_key_wrong")
        return key_id

    def make(self) -> str:
        """A new key, which wraps from now on; its id. Raises `OSError`."""
        key = secrets.token_bytes(_BYTES)
        key_id = _id_of(key)
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        written(self._path(key_id), key.hex().encode() + b"\n")
        written(self.directory / _CURRENT, key_id.encode() + b"\n")
        self._known[key_id] = key
        return key_id

    def remove(self, key_id: str) -> None:
        """Overwrite one that wraps nothing any more, and take it away. Raises `OSError`."""
        self._known.pop(key_id, None)
        overwritten(self._path(key_id))

    def ids(self) -> list[str]:
        """All there are, by id."""
        if not self.directory.is_dir():
            return []
        return sorted(each.stem.removeprefix("master-") for each in self.directory.glob("master-*.key"))

    def exposed(self) -> list[str]:
        """Those that others on this machine may read."""
        return [each for each in self.ids() if self._path(each).stat().st_mode & _OTHERS]

    def _read(self, key_id: str) -> bytes:
        if not _ID.fullmatch(key_id):
            raise Unavailable("master_key_missing")
        try:
            with open_regular(self.directory, self._path(key_id).name) as stream:
                key = bytes.fromhex(stream.read(_MOST).decode("ascii", "replace"))
        except FileNotFoundError as none:
            raise Unavailable("master_key_missing") from none
        except OSError as refused:
            raise Unavailable("master_key_unreadable") from refused
        except ValueError as other:
            raise Unavailable("master_key_wrong") from other
        if len(key) != _BYTES or _id_of(key) != key_id:
            raise Unavailable("master_key_wrong")
        return key

    def _path(self, key_id: str) -> Path:
        return self.directory / f"master-{key_id}.key"


def _id_of(key: bytes) -> str:
    return hashlib.sha256(b"mediation-master/1\0" + key).hexdigest()[:16]


def overwritten(path: Path) -> bool:
    """Write over a small file what means nothing, and remove it; whether there was one.

    What a disk that moves its blocks keeps of it aside is not reached. Raises `OSError`.
    """
    try:
        fd = os.open(path, os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        os.pwrite(fd, secrets.token_bytes(os.fstat(fd).st_size), 0)
        os.fsync(fd)
    finally:
        os.close(fd)
    path.unlink(missing_ok=True)
    synced(path.parent)
    return True
