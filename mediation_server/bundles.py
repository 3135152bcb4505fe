"""Checking a bundle somebody brings: every file by its hash, nothing besides; trusts no name and no length in it."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mediation_server.errors import BadInput

__all__ = ["FORMAT", "LISTING", "bundle_findings"]

FORMAT, LISTING = "mediation-bundle/1", "bundle.json"
_CHUNK = 1 << 20
_MOST_FILES, _MOST_LISTING = 100_000, 64 << 20


def bundle_findings(path: Path) -> list[str]:
    """One line for each file that is changed, missing or in no list. Blocks.

    Raises `BadInput("bundle_unreadable")` for what is no bundle, or one cut short.
    """
    try:
        with zipfile.ZipFile(path) as source:
            return list(_findings(source))
    except (OSError, zipfile.BadZipFile, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadInput("bundle_unreadable") from error


def _findings(source: zipfile.ZipFile) -> Iterator[str]:
    entries = source.infolist()
    names = [each.filename for each in entries]
    stored = all(each.compress_type == zipfile.ZIP_STORED for each in entries)  # ours always; else a bomb is possible
    if len(names) > _MOST_FILES or len(set(names)) != len(names) or not stored:
        raise ValueError(FORMAT)
    if source.getinfo(LISTING).file_size > _MOST_LISTING:
        raise ValueError(LISTING)
    said: dict[str, Any] = json.loads(source.read(LISTING))
    if said["format"] != FORMAT:
        raise ValueError(FORMAT)
    for path, listed in said["files"].items():
        if path not in names:
            yield f"missing: {path}"
        elif _digest(source, path) != (listed["bytes"], listed["sha256"]):
            yield f"changed: {path}"
    yield from (f"unknown: {each}" for each in sorted(set(names) - said["files"].keys() - {LISTING}))


def _digest(source: zipfile.ZipFile, path: str) -> tuple[int, str]:
    digest, length = hashlib.sha256(), 0
    try:
        with source.open(path) as stream:
            while chunk := stream.read(_CHUNK):
                digest.update(chunk)
                length += len(chunk)
    except zipfile.BadZipFile:  # its checksum is another
        return -1, ""
    return length, digest.hexdigest()
