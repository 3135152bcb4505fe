"""Writing a bundle: one zip, the same bytes for the same bundle, gone on with after a stop; knows no right and no page.

Files stand in it as they are (stored), in the order of their paths, without a time of their own; last the signed list
of all of them with their hashes. Beside the half-written zip a journal tells, entry by entry, what is on the disk for
certain: whoever goes on cuts off what comes after and writes the next one.

<data>/bundles/<order>/plan, made.jsonl, bundle.zip.part   while it is made: hash of the plan, paths and hashes, the zip
<data>/bundles/<order>/bundle.zip                          when it is done

The zip is encrypted, half made and whole, under the data key that the record of its matter has.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import os
import shutil
import threading
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from mediation_server.at_rest.matter_keys import KeyStore, Purpose
from mediation_server.at_rest.passing import begin_passing, open_passing
from mediation_server.at_rest.stored import HeldKeys, ScopeKey, length_of, open_stored, store
from mediation_server.bundles import FORMAT, LISTING, SIGNED
from mediation_server.domain.bundle import Bundle, BundleOrder
from mediation_server.domain.ids import is_id
from mediation_server.domain.log import canonical
from mediation_server.errors import NotFound
from mediation_server.keyring import Signer
from mediation_server.openfile import digest_of

__all__ = ["BundleShelves", "Writing", "written"]

_CHUNK = 1 << 20
_EPOCH = (1980, 1, 1, 0, 0, 0)
_UNIX, _READ_ONLY = 3, 0o444 << 16
_LARGE = 1 << 31
_PLAN, _MADE, _PART, _STORED, _ZIP = "plan", "made.jsonl", "bundle.zip.part", "bundle.zip.stored", "bundle.zip"
_KEPT = ("CRC", "compress_size", "file_size", "header_offset", "extract_version", "create_version", "flag_bits")


class StoppedError(Exception):
    """Nobody wants it any more."""


class BundleShelves:
    """The bundles of one data directory. Everything here blocks: call it in a thread."""

    def __init__(self, data_dir: Path, keys: KeyStore | None = None) -> None:
        self.root, self._keys = data_dir.absolute() / "bundles", keys

    def key(self, order: BundleOrder) -> ScopeKey | None:
        """What a bundle is encrypted with. Raises `Unavailable`, `OSError`."""
        return self._keys.writing(order.matter_id, Purpose.RECORD, _scope(order.id)) if self._keys else None

    def of(self, order_id: str) -> Path:
        """The directory of one bundle, existing or not. Raises `NotFound` for what is no id of ours."""
        if not is_id(order_id):
            raise NotFound
        return self.root / order_id

    def open(self, order_id: str) -> tuple[BinaryIO, int]:
        """A bundle, open for reading, and its length in bytes; the caller's to close. Raises `NotFound`.

        Raises `Unavailable` or `Gone` where its key is not to be had.
        """
        try:
            stream = open_stored(self.of(order_id), _ZIP, self._keys, _scope(order_id))
        except OSError as error:
            raise NotFound from error
        return stream, length_of(stream)

    def discard(self, order_id: str) -> None:
        """Leave nothing of a bundle; idempotent."""
        shutil.rmtree(self.of(order_id), ignore_errors=True)


@dataclass(frozen=True, slots=True)
class Writing:
    """What goes into the zip: `pages` are the files made for it."""

    bundle: Bundle
    pages: Mapping[str, bytes]
    signer: Signer

    @property
    def sources(self) -> list[tuple[str, int, Callable[[], BinaryIO]]]:
        """Path, bytes as far as they are known, and how it is opened; in the order in which they are written."""
        made = [(path, len(data), _opener(data)) for path, data in self.pages.items()]
        files = [(each.path, each.bytes, each.opened) for each in self.bundle.files]
        return sorted([*made, *files], key=lambda each: each[0])

    def plan(self) -> bytes:
        """What it is made of: half a zip made of anything else is of no use."""
        pages = {path: hashlib.sha256(data).hexdigest() for path, data in self.pages.items()}
        named = [[path, size] for path, size, _ in self.sources]
        return canonical(
            {"pages": pages, "files": named, "sources": sorted(self.bundle.sources), "said": self.said({})}
        )

    def said(self, files: Mapping[str, object]) -> dict[str, Any]:
        """The list, not signed yet."""
        parts = [{"kind": each.kind, "lines": [dict(line) for line in each.lines]} for each in self.bundle.parts]
        facts = {"for": self.bundle.holder, "matter": dict(self.bundle.matter), "parts": parts, "files": dict(files)}
        public = base64.b64encode(self.signer.public).decode()
        return {"format": FORMAT, **facts, "key": self.signer.id, "public": public}

    def listing(self, files: Mapping[str, object]) -> bytes:
        """The list, signed."""
        said = self.said(files)
        signature = self.signer.sign(SIGNED + canonical(said))
        return canonical({**said, "signature": base64.b64encode(signature).decode()})


def _scope(order_id: str) -> str:
    return f"bundle/{order_id}"


def written(
    directory: Path,
    writing: Writing,
    told: Callable[[int], None],
    stop: threading.Event,
    key: ScopeKey | None = None,
) -> tuple[int, str]:
    """Write it, or go on; bytes and SHA-256 of the zip. `told` hears how many bytes stand there, and may raise.

    Raises `StoppedError`, `OSError`, and `NotFound` for a file that has gone.
    """
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    whole = directory / _ZIP
    if not whole.exists():
        with _begun(directory, writing.plan(), key) as stream, (directory / _MADE).open("ab") as journal:
            _Zip(stream, journal, told, stop).write(writing, _known(directory))
            os.fsync(stream.fileno())
        with open_passing(directory / _PART, key) as made:
            store(made, directory / _STORED, key, _ZIP)
        (directory / _STORED).rename(whole)
        (directory / _PART).unlink()
    with open_stored(directory, _ZIP, HeldKeys([key] if key else ()), key.scope if key else "") as stream:
        return digest_of(stream)


def _begun(directory: Path, plan: bytes, key: ScopeKey | None) -> BinaryIO:
    """The half-written zip; an empty one when another was begun there, or under another key."""
    path, said = directory / _PLAN, canonical([hashlib.sha256(plan).hexdigest(), key.id if key else ""])
    if not (path.exists() and path.read_bytes() == said):
        for name in (_MADE, _PART):
            (directory / name).unlink(missing_ok=True)
        path.write_bytes(said)
    return begin_passing(directory / _PART, key)


def _known(directory: Path) -> list[dict[str, Any]]:
    """What the journal says of entries that are written; a torn last line does not count."""
    lines = (directory / _MADE).read_bytes().split(b"\n")[:-1]
    return [json.loads(each) for each in lines]


class _Zip:
    """The zip while it grows."""

    def __init__(self, stream: BinaryIO, journal: BinaryIO, told: Callable[[int], None], stop: threading.Event) -> None:
        self._stream, self._journal, self._told, self._stop = stream, journal, told, stop

    def write(self, writing: Writing, known: list[dict[str, Any]]) -> None:
        end = known[-1]["end"] if known else 0
        self._stream.truncate(end)
        self._stream.seek(end)
        listed = {each["path"]: each["listed"] for each in known}
        with zipfile.ZipFile(self._stream, "w", zipfile.ZIP_STORED) as target:  # it goes on where the stream stands
            target.infolist().extend(_restored(each) for each in known)
            for path, size, opened in writing.sources:
                if path not in listed:
                    with opened() as source:
                        listed[path] = self._put(target, path, source, size)
            data = writing.listing(listed)
            self._put(target, LISTING, io.BytesIO(data), len(data))

    def _put(self, target: zipfile.ZipFile, path: str, source: BinaryIO, size: int) -> dict[str, object]:
        about = zipfile.ZipInfo(path, _EPOCH)
        about.create_system, about.external_attr = _UNIX, _READ_ONLY
        digest, length = hashlib.sha256(), 0
        with target.open(about, "w", force_zip64=size >= _LARGE) as entry:
            while chunk := source.read(_CHUNK):
                if self._stop.is_set():
                    raise StoppedError
                digest.update(chunk)
                length += len(chunk)
                entry.write(chunk)
                self._told(self._stream.tell())
        listed: dict[str, object] = {"bytes": length, "sha256": digest.hexdigest()}
        self._note(path, about, listed)
        return listed

    def _note(self, path: str, about: zipfile.ZipInfo, listed: dict[str, object]) -> None:
        """The entry is on the disk, then the journal says so."""
        self._stream.flush()
        os.fsync(self._stream.fileno())
        kept = {name: getattr(about, name) for name in _KEPT}
        line = {"path": path, "listed": listed, "end": self._stream.tell(), "zip": kept}
        self._journal.write(canonical(line) + b"\n")
        self._journal.flush()
        os.fsync(self._journal.fileno())


def _restored(known: Mapping[str, Any]) -> zipfile.ZipInfo:
    about = zipfile.ZipInfo(known["path"], _EPOCH)
    about.create_system, about.external_attr = _UNIX, _READ_ONLY
    for name, value in known["zip"].items():
        setattr(about, name, value)
    return about


def _opener(data: bytes) -> Callable[[], BinaryIO]:
    return lambda: io.BytesIO(data)
