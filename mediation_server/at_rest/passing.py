"""A file that comes or is made piece by piece: encrypted at the place each belongs, so that it goes on where it ended.

AES-256 in counter mode: byte n is under byte n of the key's stream, and the key is used for one file.  That somebody
changed it on the way is not found here; what is whole is hashed, and stored in a form that finds it (`stored`).  Where
a place is written twice, whoever has both forms sees what differs between the two: in a zip, lengths and checksums.
"""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import BinaryIO, cast

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CTR

from mediation_server.at_rest.ciphers import derived
from mediation_server.at_rest.stored import ScopeKey
from mediation_server.openfile import open_regular

__all__ = ["begin_passing", "open_passing", "write_passing"]

_BLOCK = 16


def write_passing(path: Path, key: ScopeKey | None, offset: int, piece: bytes) -> None:
    """Put one piece where it belongs; without a key as it is. Raises `OSError`."""
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        _put(fd, offset, _turned(key, offset, piece))
    finally:
        os.close(fd)


def open_passing(path: Path, key: ScopeKey | None) -> BinaryIO:
    """What has come, open for reading; the caller's to close. Raises `OSError`."""
    stream = open_regular(path.parent, path.name)
    return io.BufferedReader(_Passing(stream, key), 1 << 16)


def begin_passing(path: Path, key: ScopeKey | None) -> BinaryIO:
    """A file for whoever seeks and writes, begun empty or gone on with; the caller's to close. Raises `OSError`."""
    return cast("BinaryIO", _Making(path, key))


class _Making(io.RawIOBase):
    def __init__(self, path: Path, key: ScopeKey | None) -> None:
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        self._key, self._at = key, 0

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        self._at = (0, self._at, os.fstat(self._fd).st_size)[whence] + offset
        return self._at

    def truncate(self, size: int | None = None) -> int:
        size = self._at if size is None else size
        os.ftruncate(self._fd, size)
        return size

    def write(self, data: bytes) -> int:  # type: ignore[override] # no Buffer before 3.12
        data = bytes(data)
        _put(self._fd, self._at, _turned(self._key, self._at, data))
        self._at += len(data)
        return len(data)

    def fileno(self) -> int:
        return self._fd

    def close(self) -> None:
        if not self.closed:
            os.close(self._fd)
        super().close()


class _Passing(io.RawIOBase):
    def __init__(self, stream: BinaryIO, key: ScopeKey | None) -> None:
        self._stream, self._key, self._at = stream, key, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override] # no Buffer before 3.12
        view = memoryview(buffer).cast("B")
        data = _turned(self._key, self._at, os.pread(self._stream.fileno(), len(view), self._at))
        view[: len(data)] = data
        self._at += len(data)
        return len(data)

    def fileno(self) -> int:
        return self._stream.fileno()

    def close(self) -> None:
        if not self.closed:
            self._stream.close()
        super().close()


def _put(fd: int, offset: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        written = os.pwrite(fd, view, offset)
        view, offset = view[written:], offset + written


def _turned(key: ScopeKey | None, offset: int, data: bytes) -> bytes:
    """Encrypted or decrypted: the same."""
    if key is None:
        return data
    secret = derived(key.secret, b"mediation-passing/1\0")
    block, ahead = divmod(offset, _BLOCK)
    cipher = Cipher(AES(secret), CTR(block.to_bytes(_BLOCK, "big"))).encryptor()
    cipher.update(bytes(ahead))
    return cipher.update(data)
