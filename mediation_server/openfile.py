"""Opening files that were written earlier: regular ones only, in a known directory, following no link."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path
from typing import BinaryIO

__all__ = ["digest_of", "open_regular"]

_CHUNK = 1 << 20


def open_regular(directory: Path, name: str) -> BinaryIO:
    """Open a regular file that lies directly in `directory`, following no link. Raises `OSError`."""
    parent = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        fd = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=parent)
    finally:
        os.close(parent)
    stream = os.fdopen(fd, "rb")
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        stream.close()
        raise FileNotFoundError(name)
    return stream


def digest_of(stream: BinaryIO) -> tuple[int, str]:
    """(bytes, SHA-256) of the rest of an open file."""
    digest, size = hashlib.sha256(), 0
    while chunk := stream.read(_CHUNK):
        digest.update(chunk)
        size += len(chunk)
    return size, digest.hexdigest()
