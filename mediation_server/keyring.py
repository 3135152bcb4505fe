"""The installation's signing keys (Ed25519, RFC 8032): one signs, those before it are kept as public keys.

They lie in a directory of their own, outside the database, so that whoever holds the one has not the other:

    evidence-<id>.pem   the private key that signs now, readable by its owner alone
    evidence.json       every public key there ever was, each endorsed by the one before it
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from mediation_server.domain.log import canonical, instant
from mediation_server.durable import written
from mediation_server.openfile import open_regular

__all__ = [
    "PUBLIC_KEYS",
    "KeyRing",
    "PublicKey",
    "Signer",
    "first_unendorsed",
    "key_id",
    "parse_keys",
    "signed_by",
    "unbase64",
]

PUBLIC_KEYS = "evidence.json"
_ENDORSED = b"mediation-key/1\n"
_MAX_BYTES = 1 << 20


class Signer(Protocol):
    """Whoever signs: the key's id, its 32 public bytes, and what it does."""

    @property
    def id(self) -> str:
        """The key's id, by which a verifier finds its public half."""
        ...

    @property
    def public(self) -> bytes:
        """The 32 bytes of the public key."""
        ...

    def sign(self, message: bytes) -> bytes:
        """64 bytes over this message."""
        ...


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A public key as it is published: `public` and `endorsement` in base64, `since` and `until` UTC (ISO).

    `endorsement` is the former key's signature over the rest of the entry (`endorsed_by` names it; "" for the first).
    """

    id: str
    public: str
    since: str
    until: str | None = None
    endorsed_by: str = ""
    endorsement: str = ""


class _Key:
    def __init__(self, private: Ed25519PrivateKey) -> None:
        self._private = private
        self.public = private.public_key().public_bytes_raw()
        self.id = key_id(self.public)

    def sign(self, message: bytes) -> bytes:
        return self._private.sign(message)


class KeyRing:
    """The keys of one directory; made at the first use. Blocks: for threads and for the start."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def signer(self, now: datetime) -> Signer:
        """The key that signs now; makes the first one. Raises `OSError`, `ValueError` for a key that is none."""
        public = self.public_keys()
        return self._load(public[-1]) if public else self._first(now)

    def public_keys(self) -> tuple[PublicKey, ...]:
        """Every key there ever was, oldest first; empty before the first. Raises `OSError`, `ValueError`."""
        try:
            with open_regular(self.directory, PUBLIC_KEYS) as stream:
                return parse_keys(json.loads(stream.read(_MAX_BYTES))["keys"])
        except FileNotFoundError:
            return ()

    def rotate(self, now: datetime) -> PublicKey:
        """A new key signs from now on; the former one endorses it, and its private half is removed."""
        former = self.signer(now)
        fresh = _Key(Ed25519PrivateKey.generate())
        entry = PublicKey(fresh.id, _text(fresh.public), instant(now), endorsed_by=former.id)
        entry = replace(entry, endorsement=_text(former.sign(_endorsed(entry))))
        known = self.public_keys()
        self._write_private(fresh)
        self._write_public((*known[:-1], replace(known[-1], until=instant(now)), entry))
        self._private(former.id).unlink()
        return entry

    def _first(self, now: datetime) -> Signer:
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        key = _Key(Ed25519PrivateKey.generate())
        self._write_private(key)
        self._write_public((PublicKey(key.id, _text(key.public), instant(now)),))
        return key

    def _load(self, entry: PublicKey) -> Signer:
        with open_regular(self.directory, self._private(entry.id).name) as stream:
            private = serialization.load_pem_private_key(stream.read(_MAX_BYTES), password=None)
        if not isinstance(private, Ed25519PrivateKey):
            raise TypeError(entry.id)
        key = _Key(private)
        if key.id != entry.id:
            raise ValueError(entry.id)
        return key

    def _private(self, identifier: str) -> Path:
        return self.directory / f"evidence-{identifier}.pem"

    def _write_private(self, key: _Key) -> None:
        pem = key._private.private_bytes(  # noqa: SLF001 - the one place that writes it
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        written(self._private(key.id), pem)

    def _write_public(self, keys: Sequence[PublicKey]) -> None:
        written(self.directory / PUBLIC_KEYS, canonical({"keys": [asdict(each) for each in keys]}), mode=0o644)


def key_id(public: bytes) -> str:
    """The first 16 hexadecimal digits of the SHA-256 of a public key's 32 bytes."""
    return hashlib.sha256(public).hexdigest()[:16]


def unbase64(text: str) -> bytes:
    """What this is the base64 of, and no other text is (RFC 4648 §3.5): a changed pad bit is a change. `ValueError`."""
    data = base64.b64decode(text, validate=True)
    if base64.b64encode(data).decode() != text:
        raise ValueError("base64")
    return data


def parse_keys(raw: Iterable[Mapping[str, str]]) -> tuple[PublicKey, ...]:
    """Keys as `evidence.json` and manifests hold them. Raises `ValueError`, `KeyError` or `TypeError`."""
    keys = tuple(PublicKey(**each) for each in raw)
    for each in keys:
        if key_id(unbase64(each.public)) != each.id:
            raise ValueError(each.id)
    return keys


def signed_by(public: str, message: bytes, signature: str) -> bool:
    """Whether `signature` (base64) is that of the public key (base64) over the message. Never raises."""
    try:
        key = Ed25519PublicKey.from_public_bytes(unbase64(public))
        key.verify(unbase64(signature), message)
    except (InvalidSignature, ValueError, TypeError):
        return False
    return True


def first_unendorsed(keys: Sequence[PublicKey]) -> PublicKey | None:
    """The first key, after the oldest, that the one before it did not endorse; None when the row holds."""
    for before, after in pairwise(keys):
        if after.endorsed_by != before.id or not signed_by(before.public, _endorsed(after), after.endorsement):
            return after
    return None


def _endorsed(entry: PublicKey) -> bytes:
    named = {"id": entry.id, "public": entry.public, "since": entry.since, "endorsed_by": entry.endorsed_by}
    return _ENDORSED + canonical(named)


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
