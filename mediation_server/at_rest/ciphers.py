"""The arithmetic of files at rest: keys derived from keys, pieces sealed and opened; knows no file and no scope.

Loaded when the first encrypted file is opened: a process that checks plain ones holds none of it.
"""

from __future__ import annotations

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

__all__ = ["PieceCipher", "derived"]

_KEY = 32


def derived(secret: bytes, info: bytes, salt: bytes | None = None) -> bytes:
    """A key of 32 bytes for one use (HKDF-SHA256, RFC 5869)."""
    return HKDF(algorithm=SHA256(), length=_KEY, salt=salt, info=info).derive(secret)


class PieceCipher:
    """AES-256-GCM under one key, its tag behind each piece; whoever calls never gives a nonce of 12 bytes twice."""

    def __init__(self, key: bytes) -> None:
        self._aead = AESGCM(key)

    def sealed(self, nonce: bytes, piece: bytes | memoryview) -> bytes:
        """The piece, encrypted."""
        return self._aead.encrypt(nonce, piece, None)

    def opened(self, nonce: bytes, sealed: bytes) -> bytes:
        """The piece as it was. Raises `ValueError` when it is not what was sealed under this nonce."""
        try:
            return self._aead.decrypt(nonce, sealed, None)
        except InvalidTag as wrong:
            raise ValueError(nonce.hex()) from wrong
