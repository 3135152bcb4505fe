"""One stored file: encrypted in pieces, so that any part of it is read alone and no piece can be changed or moved.

All numbers are big-endian.  A file begins with a head of 96 bytes; what does not begin with the first eight is plain.

    0   8   8E 4D 53 45 41 4C 31 0A
    8   1   form: 0 resting, 1 live
    9   7   zero
    16  16  salt, random
    32  64  id of the data key, ASCII, zeros behind

    scope key = HKDF-SHA256(data key, no salt, "mediation-scope/1" 00 scope)
    file key  = HKDF-SHA256(scope key, salt, "mediation-file/1" 00 head name)

Both are 32 bytes (RFC 5869); scope and name say what the file is (`recording/<id>`, `t001-0001.mkv`), so that one that
is put in another's place, or whose head is changed, opens under no key.  Each piece is AES-256-GCM under the file key,
its tag of 16 bytes behind it; the nonce is a byte that says which kind of piece it is, three zeros, its number (8
bytes, from 0).  A file key is used for one file, a number once.

    resting   pieces of 64 KiB (kind 0), the last one of what is left (kind 1); an empty file is one empty last piece
    live      pieces as they come, 1 byte to 64 KiB, each after its length in 4 bytes (kind 2)

A resting file that was cut has no last piece where it ends.  A live file, whose name ends in `.part`, ends where it is
torn, as after a power cut: how far it must reach is said elsewhere (`recordings.evidence`).
"""

from __future__ import annotations

import hashlib
import io
import os
import struct
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Protocol, Self

from mediation_server.errors import Unavailable
from mediation_server.openfile import open_regular

if TYPE_CHECKING:
    from mediation_server.at_rest.ciphers import PieceCipher

__all__ = [
    "CHUNK",
    "LIVE",
    "BrokenFileError",
    "HeldKeys",
    "LiveFile",
    "ScopeKey",
    "ScopeKeys",
    "is_stored",
    "key_of",
    "length_of",
    "open_stored",
    "store",
]

CHUNK = 1 << 16
LIVE = ".part"
_MAGIC = b"\x8eMSEAL1\n"
_HEAD, _FORM_AT, _SALT_AT, _ID_AT = 96, 8, 16, 32
_TAG = 16
_RESTING, _LIVE = 0, 1
_MORE, _LAST, _PIECE = range(3)
_NONCE = struct.Struct(">BxxxQ")
_LENGTH = struct.Struct(">I")
_READ_ONLY = 0o400


class BrokenFileError(OSError):
    """A piece is not what was written, or the end is missing: somebody changed it, or the disk did."""


@dataclass(frozen=True, slots=True)
class ScopeKey:
    """What opens the files of one scope, and no others of the matter; `id` names the data key it comes from."""

    id: str
    scope: str
    secret: bytes = field(repr=False)

    def cipher(self, head: bytes, name: str) -> PieceCipher:
        """For one file."""
        from mediation_server.at_rest.ciphers import PieceCipher, derived  # noqa: PLC0415 - plain files need none of it

        return PieceCipher(derived(self.secret, b"mediation-file/1\0" + head + name.encode(), head[_SALT_AT:_ID_AT]))

    def told(self) -> dict[str, str]:
        """For a child process, on its standard input and nowhere else."""
        return {"id": self.id, "scope": self.scope, "secret": self.secret.hex()}


class ScopeKeys(Protocol):
    """Whoever has keys."""

    def scope_key(self, key_id: str, scope: str) -> ScopeKey:
        """The key of a scope. Raises `Unavailable` when it cannot be had now, `Gone` when it was destroyed."""
        ...


class HeldKeys:
    """The few keys a child process was given."""

    def __init__(self, keys: Iterable[ScopeKey] = ()) -> None:
        self._keys = {(each.id, each.scope): each for each in keys}

    @classmethod
    def heard(cls, told: Iterable[Mapping[str, str]]) -> Self:
        """As `ScopeKey.told` says them."""
        return cls(ScopeKey(each["id"], each["scope"], bytes.fromhex(each["secret"])) for each in told)

    def told(self) -> list[dict[str, str]]:
        """All of them, for a child of the child."""
        return [each.told() for each in self._keys.values()]

    def of(self, scope: str) -> ScopeKey | None:
        """The one to write with in a scope; None where all is plain."""
        return next((each for each in self._keys.values() if each.scope == scope), None)

    def scope_key(self, key_id: str, scope: str) -> ScopeKey:
        """One of them. Raises `Unavailable("record_key_missing")`."""
        try:
            return self._keys[key_id, scope]
        except KeyError as none:
            raise Unavailable("record_key_missing") from none


# --- reading ----------------------------------------------------------------------------------------------


def open_stored(directory: Path, name: str, keys: ScopeKeys | None, scope: str) -> BinaryIO:
    """Open a file that lies directly in `directory`, encrypted or plain, following no link; the caller's to close.

    Raises `OSError`, `BrokenFileError` among them, then or when a broken piece is read; `Unavailable` or `Gone` for
    its key.
    """
    stream = open_regular(directory, name)
    try:
        head = stream.read(_HEAD)
        if not head.startswith(_MAGIC):
            stream.seek(0)
            return stream
        cipher = _key_for(head, keys or HeldKeys(), scope).cipher(head, name)
        raw = _Live(stream, cipher) if _is_live(head, name) else _Resting(stream, cipher)
    except BaseException:
        stream.close()
        raise
    return io.BufferedReader(raw, CHUNK)


def _is_live(head: bytes, name: str) -> bool:
    """A form that does not go with the name is none: a file at rest may not pass for one that ends anywhere."""
    if head[_FORM_AT] == _LIVE and not name.endswith(LIVE):
        raise BrokenFileError(name)
    return head[_FORM_AT] == _LIVE


def _key_for(head: bytes, keys: ScopeKeys, scope: str) -> ScopeKey:
    key_id = _id_in(head)
    if key_id is None:
        raise BrokenFileError("head")
    return keys.scope_key(key_id, scope)


def length_of(stream: BinaryIO) -> int:
    """How many bytes an open file holds; it stands at its beginning afterwards."""
    length = stream.seek(0, os.SEEK_END)
    stream.seek(0)
    return length


def is_stored(directory: Path, name: str) -> bool:
    """Whether a file is encrypted. Raises `OSError`."""
    with open_regular(directory, name) as stream:
        return stream.read(len(_MAGIC)) == _MAGIC


def key_of(directory: Path, name: str) -> str | None:
    """The id of the data key a file lies under; None for a plain one, or a head that is none. Raises `OSError`."""
    with open_regular(directory, name) as stream:
        head = stream.read(_HEAD)
    return _id_in(head) if head.startswith(_MAGIC) else None


def _id_in(head: bytes) -> str | None:
    text = head[_ID_AT:].rstrip(b"\0")
    return text.decode() if len(head) == _HEAD and text.isascii() and text else None


class _Pieces(io.RawIOBase):
    """A file read in pieces; the one that was read last stays at hand."""

    def __init__(self, stream: BinaryIO, cipher: PieceCipher) -> None:
        self._stream, self._fd, self._cipher = stream, stream.fileno(), cipher
        self._at = 0
        self._length = 0
        self._held: tuple[int, bytes] = (-1, b"")

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = (0, self._at, self._length)[whence]
        if base + offset < 0:
            raise ValueError(offset)
        self._at = base + offset
        return self._at

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override] # no Buffer before 3.12
        view = memoryview(buffer).cast("B")
        if self._at >= self._length or not view:
            return 0
        number, start = self._where(self._at)
        data = self._piece(number)
        part = data[self._at - start : self._at - start + len(view)]
        view[: len(part)] = part
        self._at += len(part)
        return len(part)

    def close(self) -> None:
        if not self.closed:
            self._stream.close()
        super().close()

    def _where(self, at: int) -> tuple[int, int]:
        """The piece that holds this byte, and where it begins."""
        raise NotImplementedError

    def _piece(self, number: int) -> bytes:
        raise NotImplementedError

    def _opened(self, number: int, kind: int, at: int, length: int) -> bytes:
        """A piece of so many bytes (with its tag) at this place of the file."""
        if self._held[0] != number:
            sealed = os.pread(self._fd, length, at)
            try:
                self._held = (number, self._cipher.opened(_NONCE.pack(kind, number), sealed))
            except ValueError as broken:
                raise BrokenFileError(f"piece {number}") from broken
        return self._held[1]


class _Resting(_Pieces):
    """Every piece but the last is as long as the others, so that its place is known."""

    def __init__(self, stream: BinaryIO, cipher: PieceCipher) -> None:
        super().__init__(stream, cipher)
        body = os.fstat(self._fd).st_size - _HEAD
        self._count = max(1, -(-body // (CHUNK + _TAG)))
        self._left = body - (self._count - 1) * (CHUNK + _TAG)
        if self._left < _TAG:
            raise BrokenFileError("end")
        self._length = body - self._count * _TAG
        self._piece(self._count - 1)  # that this is the end is written in the last piece alone

    def _where(self, at: int) -> tuple[int, int]:
        return at // CHUNK, at // CHUNK * CHUNK

    def _piece(self, number: int) -> bytes:
        last = number == self._count - 1
        place = _HEAD + number * (CHUNK + _TAG)
        return self._opened(number, _LAST if last else _MORE, place, self._left if last else CHUNK + _TAG)


class _Live(_Pieces):
    """Where its pieces lie is read once; it is as long as it can be read."""

    def __init__(self, stream: BinaryIO, cipher: PieceCipher) -> None:
        super().__init__(stream, cipher)
        self._starts: list[int] = []  # in what was written
        self._places: list[int] = []  # in the file
        place, end = _HEAD, os.fstat(self._fd).st_size
        while place + _LENGTH.size + _TAG < end:
            (length,) = _LENGTH.unpack(os.pread(self._fd, _LENGTH.size, place))
            after = place + _LENGTH.size + length + _TAG
            if not 0 < length <= CHUNK or after > end:
                break
            self._starts.append(self._length)
            self._places.append(place + _LENGTH.size)
            self._length += length
            place = after

    def _where(self, at: int) -> tuple[int, int]:
        number = bisect_right(self._starts, at) - 1
        return number, self._starts[number]

    def _piece(self, number: int) -> bytes:
        following = self._starts[number + 1] if number + 1 < len(self._starts) else self._length
        length = following - self._starts[number] + _TAG
        try:
            return self._opened(number, _PIECE, self._places[number], length)
        except BrokenFileError:  # a power cut leaves holes: what comes after one was never read back either
            self._length = self._starts[number]
            return b""


# --- writing ----------------------------------------------------------------------------------------------


def _new_head(key: ScopeKey, form: int) -> bytes:
    name = key.id.encode()
    return _MAGIC + bytes([form]) + bytes(7) + os.urandom(_ID_AT - _SALT_AT) + name.ljust(_HEAD - _ID_AT, b"\0")


def store(source: BinaryIO, target: Path, key: ScopeKey | None, name: str = "") -> tuple[int, str]:
    """Write the rest of a stream into a new file, on the disk for certain; its length and SHA-256, both of the plain.

    `name`: what the file will be called where it is opened; empty: as `target`. Without a key it is copied as it is.
    What stood half done under this name is replaced. Raises `OSError`.
    """
    target.unlink(missing_ok=True)
    fd = os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    digest, length = hashlib.sha256(), 0
    with os.fdopen(fd, "wb") as out:
        head = _new_head(key, _RESTING) if key else b""
        cipher = key.cipher(head, name or target.name) if key else None
        out.write(head)
        number, piece = 0, _filled(source)
        while True:
            following = _filled(source) if piece else b""
            digest.update(piece)
            length += len(piece)
            nonce = _NONCE.pack(_MORE if following else _LAST, number)
            out.write(cipher.sealed(nonce, piece) if cipher else piece)
            if not following:
                break
            number, piece = number + 1, following
        out.flush()
        os.fsync(out.fileno())
    target.chmod(_READ_ONLY)
    return length, digest.hexdigest()


def _filled(source: BinaryIO) -> bytes:
    """The next piece, whole unless it is the last: a stream may give less than it is asked for."""
    piece = source.read(CHUNK)
    while 0 < len(piece) < CHUNK and (more := source.read(CHUNK - len(piece))):
        piece += more
    return piece


class LiveFile:
    """A file being written, for a muxer that only appends; every byte that was taken is in the file, encrypted.

    It has no `seek`: a nonce is never used twice. After a write that was refused nothing more is taken.
    """

    def __init__(self, path: Path, key: ScopeKey) -> None:
        """Raises `OSError`."""
        self.fd = os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        self.closed = False
        self._number, self._whole = 0, True
        head = _new_head(key, _LIVE)
        self._cipher = key.cipher(head, path.name)
        try:
            self._put(head)
        except OSError:
            self.close()
            raise

    def write(self, data: bytes) -> int:
        """All of it. Raises `OSError`."""
        view = memoryview(data).cast("B")
        for at in range(0, len(view), CHUNK):
            self._sealed(view[at : at + CHUNK])
        return len(view)

    def close(self) -> None:
        """Idempotent."""
        if not self.closed:
            self.closed = True
            os.close(self.fd)

    def _sealed(self, piece: memoryview) -> None:
        sealed = self._cipher.sealed(_NONCE.pack(_PIECE, self._number), piece)
        self._number += 1
        self._put(_LENGTH.pack(len(piece)) + sealed)

    def _put(self, data: bytes) -> None:
        if not self._whole:
            raise BrokenFileError("half written")
        self._whole = False
        view = memoryview(data)
        while view:
            view = view[os.write(self.fd, view) :]
        self._whole = True
