"""The receipt of a sealed recording (封存回执): what its parties are given, so that nothing can be exchanged later.

It names no person and tells nothing of what was said: two hashes that commit to everything, and the key's signature.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from mediation_server.domain.log import canonical, instant
from mediation_server.errors import NotFound
from mediation_server.keyring import PublicKey, Signer, signed_by
from mediation_server.openfile import open_regular
from recordings.manifest import Manifest

__all__ = ["RECEIPT", "Receipt", "parse_receipt", "read_receipt", "receipt_of", "signature_holds"]

RECEIPT = "receipt.json"
_FORMAT = "mediation-receipt/1"
_MOST_BYTES = 1 << 16
_SIGNED = b"mediation-receipt/1\n"


@dataclass(frozen=True, slots=True)
class Receipt:
    """`manifest_sha256` commits to every file, `root` to everything captured and every interruption; times in ms."""

    session: str
    recording: str
    started_at: str
    total_ms: int
    recorded_ms: int
    gaps: int
    root: str
    leaves: int
    manifest_sha256: str
    sealed_at: str
    key: str
    public: str
    signature: str


def receipt_of(manifest: Manifest, data: bytes, signer: Signer, now: datetime) -> bytes:
    """The receipt of a manifest (`data`: its bytes) as canonical JSON. Raises `ValueError` for the former format."""
    if manifest.evidence is None:
        raise ValueError(manifest.recording)
    said: dict[str, object] = {
        "format": _FORMAT,
        "session": manifest.session,
        "recording": manifest.recording,
        "started_at": manifest.started_at,
        "total_ms": manifest.total_ms,
        "recorded_ms": manifest.recorded_ms,
        "gaps": len(manifest.gaps),
        "root": manifest.evidence.root,
        "leaves": manifest.evidence.leaves,
        "manifest_sha256": hashlib.sha256(data).hexdigest(),
        "sealed_at": instant(now),
        "key": signer.id,
        "public": base64.b64encode(signer.public).decode(),
    }
    return canonical({**said, "signature": base64.b64encode(signer.sign(_message(said))).decode()})


def read_receipt(directory: Path) -> bytes:
    """The receipt of a sealed recording as it was signed. Blocks. Raises `NotFound`."""
    try:
        with open_regular(directory, RECEIPT) as stream:
            return stream.read(_MOST_BYTES)
    except OSError as error:
        raise NotFound("recording_not_found") from error


def parse_receipt(data: bytes) -> Receipt:
    """The receipt in these bytes. Raises `ValueError` or `TypeError` when they are none."""
    raw = json.loads(data)
    if not isinstance(raw, dict) or canonical(raw) != data or raw.pop("format", None) != _FORMAT:
        raise ValueError(_FORMAT)
    return Receipt(**raw)


def signature_holds(receipt: Receipt, keys: Mapping[str, PublicKey]) -> bool:
    """Whether one of these keys signed exactly this."""
    key = keys.get(receipt.key)
    said = {"format": _FORMAT, **{name: getattr(receipt, name) for name in Receipt.__slots__ if name != "signature"}}
    return key is not None and key.public == receipt.public and signed_by(key.public, _message(said), receipt.signature)


def _message(said: Mapping[str, object]) -> bytes:
    return _SIGNED + canonical(said)
