"""Secret tokens of links and cookies: how they are made, recognised and kept; only a hash is ever stored."""

from __future__ import annotations

import hashlib
import re
import secrets

__all__ = ["hash_of", "is_token", "new_token"]

_PATTERN = re.compile(r"[A-Za-z0-9_-]{43}")


def new_token() -> str:
    """256 random bits as 43 characters that are safe in URLs and cookies."""
    return secrets.token_urlsafe(32)


def is_token(text: object) -> bool:
    """Whether `text` has the form of a token of ours."""
    return isinstance(text, str) and _PATTERN.fullmatch(text) is not None


def hash_of(token: str) -> str:
    """SHA-256 in hex. A fast hash suffices: 256 random bits cannot be guessed, whatever the hash costs."""
    return hashlib.sha256(token.encode()).hexdigest()
