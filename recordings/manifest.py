"""The manifest of a sealed recording: what is in it, as canonical JSON whose SHA-256 is the seal; reads no file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, is_dataclass
from functools import cache
from types import NoneType
from typing import get_args, get_type_hints

from mediation_server.domain.log import canonical
from mediation_server.domain.people import Role, Side
from mediation_server.domain.recording import Gap, GapReason, Segment, TrackRecord
from mediation_server.keyring import PublicKey, parse_keys
from recordings.books import LogHead

__all__ = ["FORMAT", "MANIFEST", "Evidence", "Manifest", "Person", "Stamp", "Wall", "manifest_bytes", "parse_manifest"]

MANIFEST = "manifest.json"
FORMAT = "mediation-recording/2"
_FORMER = "mediation-recording/1"  # no evidence file, no keys, no stamps; still read


@dataclass(frozen=True, slots=True)
class Person:
    """Who was named for the sitting."""

    id: str
    role: Role
    side: Side
    name: str
    name_en: str


@dataclass(frozen=True, slots=True)
class Wall:
    """The wall clock (UTC, ISO) when the monotonic time line stood at `at_ms`: at start, after faults, at the end."""

    at_ms: int
    wall: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """The evidence file as sealed: its bytes, and the Merkle root over all its leaves."""

    file: str
    bytes: int
    sha256: str
    leaves: int
    root: str
    checkpoints: int


@dataclass(frozen=True, slots=True)
class Stamp:
    """A time stamp that had come by the time of sealing; `token` (RFC 3161) in base64."""

    subject: str
    digest: str
    token: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What was recorded; times in ms from `started_at` on a monotonic clock, `losses` counted per live file."""

    session: str
    recording: str
    started_at: str
    total_ms: int
    recorded_ms: int
    participants: tuple[Person, ...]
    tracks: tuple[TrackRecord, ...]
    gaps: tuple[Gap, ...]
    log: LogHead
    walls: tuple[Wall, ...]
    losses: Mapping[str, Mapping[str, int]]
    software: str
    clock: str = "CLOCK_MONOTONIC"
    evidence: Evidence | None = None  # None in the former format only
    keys: tuple[PublicKey, ...] = ()
    stamps: tuple[Stamp, ...] = ()

    @property
    def segments(self) -> tuple[Segment, ...]:
        """All files in the order of the tracks; the position of one is its number in URLs."""
        return tuple(segment for track in self.tracks for segment in track.segments)


_KINDS = {str, int, bool, NoneType}


def manifest_bytes(manifest: Manifest) -> bytes:
    """Canonical JSON: equal manifests give equal bytes."""
    return canonical({"format": FORMAT, **asdict(manifest)})


def parse_manifest(data: bytes) -> Manifest:
    """The manifest in these bytes. Raises `ValueError`, `KeyError` or `TypeError` when they are none."""
    raw = json.loads(data)
    form = raw.pop("format", None) if isinstance(raw, dict) else None
    if form not in {FORMAT, _FORMER} or (form == FORMAT) != ("evidence" in raw):
        raise ValueError(FORMAT)
    raw["participants"] = tuple(
        Person(each["id"], Role(each["role"]), Side(each["side"]), each["name"], each["name_en"])
        for each in raw["participants"]
    )
    raw["tracks"] = tuple(
        TrackRecord(**{**each, "segments": tuple(Segment(**segment) for segment in each["segments"])})
        for each in raw["tracks"]
    )
    raw["gaps"] = tuple(Gap(**{**each, "reason": GapReason(each["reason"])}) for each in raw["gaps"])
    raw["walls"] = tuple(Wall(**each) for each in raw["walls"])
    raw["log"] = LogHead(**raw["log"])
    if form == FORMAT:
        raw["evidence"] = Evidence(**raw["evidence"])
        raw["keys"] = parse_keys(raw["keys"])
        raw["stamps"] = tuple(Stamp(**each) for each in raw["stamps"])
    manifest = Manifest(**raw)
    losses: object = manifest.losses
    if not _is_sound(manifest) or not isinstance(losses, dict) or not all(isinstance(x, dict) for x in losses.values()):
        raise TypeError(FORMAT)
    return manifest


def _is_sound(value: object) -> bool:
    """Whether every text is a text and every number a number, all the way down: what is read may have been forged."""
    if isinstance(value, tuple):
        return all(map(_is_sound, value))
    if not is_dataclass(value) or isinstance(value, type):
        return True
    return all(
        type(held) in kinds if kinds else _is_sound(held)
        for held, kinds in ((getattr(value, name), kinds) for name, kinds in _plain(type(value)))
    )


@cache
def _plain(kind: type) -> tuple[tuple[str, tuple[type, ...]], ...]:
    """The fields of a value and, of those that hold a text, a number or nothing, what they may hold."""
    said = ((name, get_args(hint) or (hint,)) for name, hint in get_type_hints(kind).items())
    return tuple((name, kinds if {*kinds} <= _KINDS else ()) for name, kinds in said)
