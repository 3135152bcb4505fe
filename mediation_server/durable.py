"""Files put in place whole and on the disk for certain, directories taken away; knows no format and no key."""

from __future__ import annotations

import os
import secrets
import shutil
from pathlib import Path

__all__ = ["TEMPORARY", "removed", "synced", "written"]

TEMPORARY = ".tmp"  # what the name of a file that is not whole yet ends with


def written(path: Path, data: bytes, *, mode: int = 0o600) -> None:
    """Put a file in place, or leave what was there; it has this mode (under the umask) from its first byte on.

    Whoever is killed meanwhile leaves a file beside it whose name ends with `TEMPORARY`. Raises `OSError`.
    """
    temporary = path.with_name(f"{path.name}.{secrets.token_hex(8)}{TEMPORARY}")
    fd = os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC, mode)
    try:
        with os.fdopen(fd, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    synced(path.parent)


def removed(directory: Path) -> None:
    """Take a directory away with all that was closed in it; nothing happens when there is none. Raises `OSError`."""
    for each in (directory, *directory.rglob("*")):
        if each.is_dir() and not each.is_symlink():
            each.chmod(0o700)  # nobody but root takes anything out of a directory that is closed
    if directory.exists():
        shutil.rmtree(directory)


def synced(directory: Path) -> None:
    """Bring the names in a directory to the disk. Raises `OSError`."""
    fd = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
