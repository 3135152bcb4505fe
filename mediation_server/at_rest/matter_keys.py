"""The data keys of matters: made when first wanted, wrapped, destroyed for good; one matter shares none with another.

    <directory>/<matter id>/<purpose>-<16 hex digits>.json         a data key, wrapped by a master key
    <directory>/<matter id>/<purpose>-<16 hex digits>.destroyed    there was one, and it will never be again
    <directory>/copied, <copy>/copied                              that there is a copy, and that this is it

The id of a key is `<matter id>-<purpose>-<digits>`.  Keys lie in no database and in no backup: a backup holds nothing
that opens it, so that destroying a key here, and in the one copy of this directory, reaches every backup ever made.
"""

from __future__ import annotations

import base64
import json
import os
import re
import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import structlog
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from mediation_server.at_rest.ciphers import derived
from mediation_server.at_rest.master import MasterKeys, overwritten
from mediation_server.at_rest.stored import ScopeKey
from mediation_server.config import Settings
from mediation_server.domain.ids import is_id
from mediation_server.domain.log import canonical
from mediation_server.durable import written
from mediation_server.errors import Gone, Unavailable
from mediation_server.openfile import open_regular

__all__ = ["KeyStore", "Purpose", "Shape", "keys_of"]

_log = structlog.get_logger(__name__)

FORMAT = "mediation-matter-key/1"
_KEY, _GONE, _COPIED = ".json", ".destroyed", "copied"
_BYTES, _NONCE = 32, 12
_MOST = 1 << 12
_ID = re.compile(r"([0-9a-hjkmnp-tv-z]{26})-((?:record|papers)-[0-9a-f]{16})")


class Purpose(StrEnum):
    """What a data key opens: what a disposal destroys (recordings, what is made of them), or what was handed in."""

    RECORD = "record"
    PAPERS = "papers"


@dataclass(frozen=True, slots=True)
class Shape:
    """How a key store stands: how many data keys each master key wraps, and how many were destroyed."""

    wrapped: Mapping[str, int]
    destroyed: int


class _Place(NamedTuple):
    """Where the files of a key lie in one directory."""

    key: Path
    gone: Path


class KeyStore:
    """All methods block for a moment of disk; safe in any thread and beside other processes."""

    def __init__(self, directory: Path, master: MasterKeys, copy: Path | None = None) -> None:
        """`copy`: where the directory is kept once more; whatever is made or destroyed is so in both."""
        self.directory, self.master, self.copy = directory, master, copy

    def prepare(self) -> str | None:
        """At the start: the id of the first master key when it had to be made.

        Raises `OSError`, and `Unavailable("master_key_missing")` where keys lie that a lost one had wrapped.
        """
        made = None
        if self.master.current() is None:
            if any(self._all(_KEY)):
                raise Unavailable("master_key_missing")
            made = self.master.make()
            _log.warning("master_key_made", key=made, directory=str(self.master.directory), keep="apart from the data")
        self.master.key(self.master.current() or "")
        return made

    def trouble(self) -> str | None:
        """What is wrong with the master keys as they lie there now, read anew; None when nothing is.

        One of `master_key_missing`, `master_key_wrong`, `master_key_unreadable`.
        """
        there = MasterKeys(self.master.directory)
        try:
            current = there.current()
            if current is not None:
                there.key(current)
        except Unavailable as wrong:
            return wrong.code
        wanted = current is None and next(self._all(_KEY), None) is not None
        return "master_key_missing" if wanted else None

    # --- keys --------------------------------------------------------------------------------------------------

    def writing(self, matter_id: str, purpose: Purpose, scope: str) -> ScopeKey:
        """The key under which a matter's files are written now, made when there is none.

        Two processes may make one each at the same moment: both are kept, and destroyed together. Raises `Unavailable`,
        `OSError`.
        """
        if not is_id(matter_id):
            raise ValueError(matter_id)
        known = self.ids(matter_id, purpose)
        return self._scoped(known[0] if known else self._make(matter_id, purpose), scope)

    def scope_key(self, key_id: str, scope: str) -> ScopeKey:
        """The key of a scope for reading.

        Raises `Gone("record_key_destroyed")`, `Unavailable`: `record_key_missing`, `master_key_missing`,
        `master_key_wrong`.
        """
        if not _ID.fullmatch(key_id):
            raise Unavailable("record_key_missing")
        if self._is_destroyed(key_id):
            raise Gone("record_key_destroyed")
        return self._scoped(key_id, scope)

    def ids(self, matter_id: str, purpose: Purpose) -> list[str]:
        """The keys of a matter that were not destroyed."""
        names = {name for place in self._places() for name in _listed(place / matter_id, f"{purpose}-", _KEY)}
        found = (f"{matter_id}-{name.removesuffix(_KEY)}" for name in sorted(names))
        return [each for each in found if not self._is_destroyed(each)]

    def destroy(self, key_ids: Iterable[str]) -> int:
        """Destroy keys, here and in the copy; how many lay there. Idempotent, also where they were brought back.

        That one is gone is written first: from then on it opens nothing, whatever is brought back. Raises `OSError`,
        also while the copy is away: then nothing is said to be destroyed yet.
        """
        self._find_copy()
        done = 0
        for key_id in key_ids:
            files = self._files(key_id)
            for each in files:
                if not each.gone.exists():
                    each.gone.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                    written(each.gone, canonical({"key": key_id}))
            done += sum(overwritten(each.key) for each in files) > 0
        return done

    def rewrap(self) -> int:
        """Wrap every data key with the current master key; how many were. Raises `Unavailable`, `OSError`."""
        current, done = self.master.current(), 0
        if current is None:
            raise Unavailable("master_key_missing")
        for key_id in self._all(_KEY):
            said = self._read(key_id)
            if said.get("master") != current and not self._is_destroyed(key_id):
                self._put(key_id, self._wrapped(key_id, self._unwrapped(key_id, said), current))
                done += 1
        self.bring_copy()
        return done

    # --- how it stands -----------------------------------------------------------------------------------------

    @property
    def is_copied(self) -> bool:
        """Whether a copy was made and is where it was."""
        return self.copy is not None and all((place / _COPIED).exists() for place in self._places())

    def shape(self) -> Shape:
        """Looks at every key."""
        wrapped: dict[str, int] = {}
        for key_id in self._all(_KEY):
            master = str(self._read(key_id).get("master"))
            wrapped[master] = wrapped.get(master, 0) + 1
        return Shape(wrapped, sum(1 for _ in self._all(_GONE)))

    def bring_copy(self) -> None:
        """Make directory and copy alike; what either calls destroyed is so in both. Raises `OSError`.

        A copy that was made once and is not where it was is none: a disk that is not mounted leaves an empty directory.
        """
        self._find_copy()
        for place in reversed(self._places()):
            place.mkdir(mode=0o700, parents=True, exist_ok=True)
            if self.copy is not None and not (place / _COPIED).exists():
                written(place / _COPIED, b"")
        self.destroy([each for each in self._all(_GONE) if any(file.key.exists() for file in self._files(each))])
        self.destroy([each for each in self._all(_GONE) if not all(file.gone.exists() for file in self._files(each))])
        for key_id in self._all(_KEY) if self.copy is not None else ():
            self._made_alike(*self._files(key_id))

    def _made_alike(self, here: _Place, there: _Place) -> None:
        data = (here if here.key.is_file() else there).key.read_bytes()
        for file in (here, there):
            if not file.key.is_file() or file.key.read_bytes() != data:
                file.key.parent.mkdir(mode=0o700, exist_ok=True)
                written(file.key, data)

    def _find_copy(self) -> None:
        """Raises `FileNotFoundError` when there is a copy and it is not there."""
        if self.copy is not None and (self.directory / _COPIED).exists() and not (self.copy / _COPIED).exists():
            raise FileNotFoundError(self.copy)

    # --- inside ------------------------------------------------------------------------------------------------

    def _places(self) -> list[Path]:
        return [self.directory, self.copy] if self.copy is not None else [self.directory]

    def _files(self, key_id: str) -> list[_Place]:
        """In each place. Raises `Unavailable("record_key_missing")` for what is no id of a key."""
        found = _ID.fullmatch(key_id)
        if found is None:
            raise Unavailable("record_key_missing")
        stems = (place / found[1] / found[2] for place in self._places())
        return [_Place(stem.with_name(stem.name + _KEY), stem.with_name(stem.name + _GONE)) for stem in stems]

    def _all(self, ending: str) -> Iterator[str]:
        """Every key, or every destroyed one, of any place."""
        matters = {each for place in self._places() for each in _directories(place)}
        for matter in sorted(matters):
            names = {name for place in self._places() for name in _listed(place / matter, "", ending)}
            stems = (f"{matter}-{name.removesuffix(ending)}" for name in sorted(names))
            yield from (each for each in stems if _ID.fullmatch(each))

    def _is_destroyed(self, key_id: str) -> bool:
        return any(each.gone.exists() for each in self._files(key_id))

    def _make(self, matter_id: str, purpose: Purpose) -> str:
        current = self.master.current()
        if current is None:
            self.prepare()
            current = self.master.current() or ""
        key_id = f"{matter_id}-{purpose}-{secrets.token_hex(8)}"
        self._put(key_id, self._wrapped(key_id, secrets.token_bytes(_BYTES), current))
        return key_id

    def _wrapped(self, key_id: str, key: bytes, master: str) -> bytes:
        nonce = os.urandom(_NONCE)
        wrapped = AESGCM(self.master.key(master)).encrypt(nonce, key, _bound(key_id, master))
        said = {"nonce": base64.b64encode(nonce).decode(), "wrapped": base64.b64encode(wrapped).decode()}
        return canonical({"format": FORMAT, "key": key_id, "master": master, **said})

    def _put(self, key_id: str, data: bytes) -> None:
        """A copy that is away hinders nobody: it is brought up to date later (`bring_copy`)."""
        here, *copies = self._files(key_id)
        here.key.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        written(here.key, data)
        for each in copies:
            try:
                self._find_copy()
                each.key.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                written(each.key, data)
            except OSError as away:
                _log.error("key_copy_away", error=type(away).__name__)

    def _read(self, key_id: str) -> dict[str, Any]:
        """From the first place that has it. Raises `Unavailable("record_key_missing")` for none, or what is none."""
        for each in self._files(key_id):
            try:
                with open_regular(each.key.parent, each.key.name) as stream:
                    said = json.loads(stream.read(_MOST))
            except (OSError, ValueError):
                continue
            if isinstance(said, dict) and said.get("format") == FORMAT:
                return said
        raise Unavailable("record_key_missing")

    def _unwrapped(self, key_id: str, said: Mapping[str, Any]) -> bytes:
        master = str(said.get("master"))
        secret = AESGCM(self.master.key(master))
        try:
            nonce, wrapped = (base64.b64decode(said[each], validate=True) for each in ("nonce", "wrapped"))
            return secret.decrypt(nonce, wrapped, _bound(key_id, master))
        except (InvalidTag, ValueError, KeyError, TypeError) as broken:
            raise Unavailable("record_key_missing") from broken

    def _scoped(self, key_id: str, scope: str) -> ScopeKey:
        key = self._unwrapped(key_id, self._read(key_id))
        return ScopeKey(key_id, scope, derived(key, b"mediation-scope/1\0" + scope.encode()))


def _bound(key_id: str, master: str) -> bytes:
    """A wrapped key that is put in another's place opens nothing."""
    return f"{FORMAT}\0{key_id}\0{master}".encode()


def _listed(directory: Path, beginning: str, ending: str) -> list[str]:
    try:
        names = [each.name for each in os.scandir(directory)]
    except (FileNotFoundError, NotADirectoryError):
        return []
    return [each for each in names if each.startswith(beginning) and each.endswith(ending) and each[0] != "."]


def _directories(place: Path) -> list[str]:
    try:
        return [each.name for each in os.scandir(place) if is_id(each.name) and each.is_dir(follow_symlinks=False)]
    except FileNotFoundError:
        return []


@lru_cache(maxsize=64)
def _store(directory: Path, master: Path, copy: Path | None) -> KeyStore:
    return KeyStore(directory, MasterKeys(master), copy)


def keys_of(settings: Settings) -> KeyStore:
    """The keys of an installation; the same object for the same settings, so that a master key is read once."""
    return _store(settings.matter_keys_dir, settings.master_keys_dir, settings.matter_keys_copy)
