"""Identifiers: sortable, unguessable texts that are safe in paths and URLs; knows no kind of object."""

from __future__ import annotations

import hashlib
import re
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime

__all__ = ["chance", "fixed_id", "foreseeable_ids", "is_id", "new_id"]

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_PATTERN = re.compile(r"[0-9a-hjkmnp-tv-z]{26}")


_CHANCE_BITS = 80


@dataclass(slots=True)
class _Foreseen:
    """Ids in the order in which they are asked for, a millisecond apart."""

    name: str
    since_ms: int
    given: int = 0

    def bits(self) -> int:
        self.given += 1
        digest = hashlib.sha256(f"{self.name} {self.given}".encode()).digest()
        return int.from_bytes(digest) >> (len(digest) * 8 - _CHANCE_BITS)


_FORESEEN: ContextVar[_Foreseen | None] = ContextVar("foreseen", default=None)


def new_id() -> str:
    """A ULID in lower case: 48 bits of milliseconds, 80 random bits, 26 characters of Crockford base 32."""
    foreseen = _FORESEEN.get()
    ms = foreseen.since_ms + foreseen.given if foreseen else time.time_ns() // 1_000_000
    return _encoded(ms << _CHANCE_BITS | chance())


def chance() -> int:
    """Eighty bits that nobody foresees, outside `foreseeable_ids`; for identifiers, never for secrets."""
    foreseen = _FORESEEN.get()
    return foreseen.bits() if foreseen else secrets.randbits(_CHANCE_BITS)


@contextmanager
def foreseeable_ids(name: str, since: datetime) -> Iterator[None]:
    """Within it new identifiers follow from `name` and their order alone: invented data made twice is the same."""
    token = _FORESEEN.set(_Foreseen(name, int(since.timestamp() * 1000)))
    try:
        yield
    finally:
        _FORESEEN.reset(token)


def fixed_id(name: str) -> str:
    """The identifier that belongs to a name for ever, for data that must be found again; anybody can compute it."""
    return _encoded(int.from_bytes(hashlib.sha256(name.encode()).digest()[:16]))


def is_id(text: object) -> bool:
    """Whether `text` has the form of an identifier of ours."""
    return isinstance(text, str) and _PATTERN.fullmatch(text) is not None


def _encoded(value: int) -> str:
    return "".join(_ALPHABET[(value >> shift) & 31] for shift in range(125, -1, -5))
