"""Identifiers: sortable, unguessable texts that are safe in paths and URLs; knows no kind of object."""

from __future__ import annotations

import hashlib
import re
import secrets
import time

__all__ = ["fixed_id", "is_id", "new_id"]

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_PATTERN = re.compile(r"[0-9a-hjkmnp-tv-z]{26}")


def new_id() -> str:
    """A ULID in lower case: 48 bits of milliseconds, 80 random bits, 26 characters of Crockford base 32."""
    return _encoded((time.time_ns() // 1_000_000) << 80 | secrets.randbits(80))


def fixed_id(name: str) -> str:
    """The identifier that belongs to a name for ever, for data that must be found again; anybody can compute it."""
    return _encoded(int.from_bytes(hashlib.sha256(name.encode()).digest()[:16]))


def is_id(text: object) -> bool:
    """Whether `text` has the form of an identifier of ours."""
    return isinstance(text, str) and _PATTERN.fullmatch(text) is not None


def _encoded(value: int) -> str:
    return "".join(_ALPHABET[(value >> shift) & 31] for shift in range(125, -1, -5))
