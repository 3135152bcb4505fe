"""Identifiers: sortable, unguessable texts that are safe in paths and URLs; knows no kind of object."""

from __future__ import annotations

import re
import secrets
import time

__all__ = ["is_id", "new_id"]

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_PATTERN = re.compile(r"[0-9a-hjkmnp-tv-z]{26}")


def new_id() -> str:
    """A ULID in lower case: 48 bits of milliseconds, 80 random bits, 26 characters of Crockford base 32."""
    value = (time.time_ns() // 1_000_000) << 80 | secrets.randbits(80)
    return "".join(_ALPHABET[(value >> shift) & 31] for shift in range(125, -1, -5))


def is_id(text: object) -> bool:
    """Whether `text` has the form of an identifier of ours."""
    return isinstance(text, str) and _PATTERN.fullmatch(text) is not None
