"""Checking and unpacking a bundle somebody brings: every file by its hash, nothing besides; trusts no name, no length.

A bundle of ours packs nothing, so whatever is packed, longer than the zip, encrypted or named outside is refused before
a byte of it is read.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mediation_server.domain.log import canonical
from mediation_server.errors import BadInput
from mediation_server.keyring import key_id, signed_by

__all__ = ["FORMAT", "LISTING", "SIGNED", "BundleListing", "bundle_findings", "unpacked"]

FORMAT, LISTING = "mediation-bundle/1", "bundle.json"
SIGNED = b"mediation-bundle/1\n"
_CHUNK = 1 << 20
_MOST_FILES, _MOST_LISTING = 100_000, 64 << 20
_PATH = re.compile(r"(?:[a-z0-9][A-Za-z0-9_-]{0,60}/){0,3}[a-z0-9][A-Za-z0-9_.-]{0,120}")
_ENCRYPTED = 0x1
_BROKEN = (OSError, zipfile.BadZipFile, ValueError, KeyError, TypeError, AttributeError, NotImplementedError)


@dataclass(frozen=True, slots=True)
class BundleListing:
    """What a bundle says of itself: `said` as it was signed by `key`, `sha256` of these bytes."""

    said: dict[str, Any]
    key: str
    sha256: str
    signed: bool


def bundle_findings(path: Path) -> list[str]:
    """One line for each file that is changed, missing or in no list, and one when nobody signed the list. Blocks.

    Raises `BadInput("bundle_unreadable")` for what is no bundle, or one cut short.
    """
    try:
        with zipfile.ZipFile(path) as source:
            listing = _listing(source, path)
            unsigned = () if listing.signed else (f"signature: {LISTING}",)
            return [*unsigned, *_findings(source, listing.said)]
    except _BROKEN as error:
        raise BadInput("bundle_unreadable") from error


def unpacked(path: Path, target: Path) -> BundleListing:
    """Put every file of an intact bundle, signed or not, under `target`, which is made, read-only; its list. Blocks.

    Each file is compared with the list once more while it is written. Raises `BadInput("bundle_unreadable")`,
    `BadInput("bundle_changed")` and `OSError` when the disk refuses; then what is there is whoever's called to remove.
    """
    if any(not each.startswith("signature") for each in bundle_findings(path)):
        raise BadInput("bundle_changed")
    try:
        with zipfile.ZipFile(path) as source:
            listing = _listing(source, path)
            target.mkdir(mode=0o700, parents=True)
            for name, listed in listing.said["files"].items():
                if _written(source, name, target / name) != (listed["bytes"], listed["sha256"]):
                    raise BadInput("bundle_changed")
            _written(source, LISTING, target / LISTING)
            return listing
    except (zipfile.BadZipFile, ValueError, KeyError, TypeError) as error:
        raise BadInput("bundle_unreadable") from error


def _listing(source: zipfile.ZipFile, path: Path) -> BundleListing:
    entries = source.infolist()
    names = [each.filename for each in entries]
    plain = all(
        each.compress_type == zipfile.ZIP_STORED and not each.flag_bits & _ENCRYPTED and _PATH.fullmatch(each.filename)
        for each in entries
    )
    fits = sum(each.file_size for each in entries) <= path.stat().st_size  # entries that lie over one another do not
    if not (plain and fits) or len(names) > _MOST_FILES or len(set(names)) != len(names):
        raise ValueError(FORMAT)
    if source.getinfo(LISTING).file_size > _MOST_LISTING:
        raise ValueError(LISTING)
    data = source.read(LISTING)
    said: dict[str, Any] = json.loads(data)
    if said["format"] != FORMAT or not all(_PATH.fullmatch(each) for each in said["files"]):
        raise ValueError(FORMAT)
    key, public, signature = (str(said[name]) for name in ("key", "public", "signature"))
    message = SIGNED + canonical({name: value for name, value in said.items() if name != "signature"})
    signed = canonical(said) == data and _is_of(key, public) and signed_by(public, message, signature)
    return BundleListing(said, key, hashlib.sha256(data).hexdigest(), signed)


def _is_of(key: str, public: str) -> bool:
    """Whether this is the id of the key."""
    return key_id(base64.b64decode(public, validate=True)) == key


def _findings(source: zipfile.ZipFile, said: dict[str, Any]) -> Iterator[str]:
    names = source.namelist()
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


def _written(source: zipfile.ZipFile, name: str, target: Path) -> tuple[int, str]:
    digest, length = hashlib.sha256(), 0
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with source.open(name) as stream, target.open("xb") as out:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
            length += out.write(chunk)
        out.flush()
        os.fsync(out.fileno())
    target.chmod(0o400)
    return length, digest.hexdigest()
