"""`Disposal`, a record that went by the decision of two people (处置), with its certificate; and second copies."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mediation_server.domain.log import canonical

__all__ = ["Disposal", "RecordingCopy", "digest_of_content"]


def digest_of_content(content: Mapping[str, Any]) -> str:
    """SHA-256 in hex over the canonical JSON of a certificate's content."""
    return hashlib.sha256(canonical(dict(content))).hexdigest()


@dataclass(frozen=True, slots=True)
class Disposal:
    """One decision: `content` is the certificate as JSON values, `sha256` its digest, which the matter's log repeats.

    `destroyed_at` None: decided, and the bytes are about to go; nothing is shown of them any more.
    """

    id: str
    matter_id: str
    court: str
    proposed_by: str
    approved_by: str
    decided_at: datetime
    content: Mapping[str, Any]
    sha256: str
    destroyed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class RecordingCopy:
    """The second copy of a sealed recording; `fault`: a code why it is not good, empty when it is."""

    recording_id: str
    bytes: int
    made_at: datetime
    checked_at: datetime
    fault: str = ""
