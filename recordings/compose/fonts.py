"""The font that Chinese names are drawn with, where the machine has one; draws nothing."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

__all__ = ["font_file", "font_sha256"]

_ROOTS = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"))
_NAMES = ("NotoSansCJK-Regular.ttc", "NotoSansCJKsc-Regular.otf", "SourceHanSansSC-Regular.otf", "wqy-zenhei.ttc")


@cache
def font_file() -> Path | None:
    """A font with Chinese characters, or None: then names and cards are in English."""
    for name in _NAMES:
        for root in _ROOTS:
            found = next(iter(sorted(root.rglob(name))), None)
            if found is not None:
                return found
    return None


@cache
def font_sha256() -> str:
    """Of the font file, since another font makes another film; empty for the one built in."""
    found = font_file()
    return hashlib.sha256(found.read_bytes()).hexdigest() if found else ""
