"""`Passwords`: hashing and checking passwords in threads, few at a time; knows no account."""

from __future__ import annotations

import asyncio

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

__all__ = ["Passwords"]

_MAX_CHARACTERS = 256
_AT_ONCE = 2  # each check takes 64 MiB and a core; a flood of logins must not take the machine


class Passwords:
    """Argon2id (RFC 9106, its second recommended option unless told otherwise)."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._slots = asyncio.Semaphore(_AT_ONCE)
        self._nobody: str | None = None

    async def hashed(self, password: str) -> str:
        """What to store for a password."""
        async with self._slots:
            return await asyncio.to_thread(self._hasher.hash, password)

    async def holds(self, stored: str | None, password: str) -> bool:
        """Whether the password is right; without anything stored it takes as long and the answer is no."""
        if self._nobody is None:
            self._nobody = await self.hashed("nobody's password")
        async with self._slots:
            right = await asyncio.to_thread(self._verified, stored or self._nobody, password[:_MAX_CHARACTERS])
        return right and bool(stored) and len(password) <= _MAX_CHARACTERS

    def _verified(self, stored: str, password: str) -> bool:
        try:
            return self._hasher.verify(stored, password)
        except (VerificationError, InvalidHashError):
            return False
