"""The manifest of a sealed recording: what is in it, as canonical JSON whose SHA-256 is the seal; reads no file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from mediation_server.domain.log import canonical
from mediation_server.domain.people import Role, Side
from mediation_server.domain.recording import Gap, GapReason, Segment, TrackRecord
from recordings.books import LogHead

__all__ = ["FORMAT", "MANIFEST", "Manifest", "Person", "Wall", "manifest_bytes", "parse_manifest"]

MANIFEST = "manifest.json"
FORMAT = "mediation-recording/1"


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

    @property
    def segments(self) -> tuple[Segment, ...]:
        """All files in the order of the tracks; the position of one is its number in URLs."""
        return tuple(segment for track in self.tracks for segment in track.segments)


def manifest_bytes(manifest: Manifest) -> bytes:
    """Canonical JSON: equal manifests give equal bytes."""
    return canonical({"format": FORMAT, **asdict(manifest)})


def parse_manifest(data: bytes) -> Manifest:
    """The manifest in these bytes. Raises `ValueError`, `KeyError` or `TypeError` when they are none."""
    raw = json.loads(data)
    if not isinstance(raw, dict) or raw.pop("format", None) != FORMAT:
        raise ValueError(FORMAT)
    raw["participants"] = tuple(
        Person(each["id"], Role(each["role"]), Side(each["side"]), each["name"], each["name_en"])
        for each in raw["participants"]
    )
    raw["tracks"] = tuple(
        TrackRecord(**{**each, "segments": tuple(Segment(**segment) for segment in each["segments"])})
        for each in raw["tracks"]
    )
    raw["gaps"] = tuple(Gap(each["from_ms"], each["to_ms"], GapReason(each["reason"])) for each in raw["gaps"])
    raw["walls"] = tuple(Wall(**each) for each in raw["walls"])
    raw["log"] = LogHead(**raw["log"])
    return Manifest(**raw)
