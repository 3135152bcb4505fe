"""`Bundle`, what somebody takes along of a matter as one file (事项卷宗包): its parts and files; pure, reads none."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, BinaryIO

__all__ = ["BUNDLES_AT_ONCE", "Bundle", "BundleFile", "Part"]

BUNDLES_AT_ONCE = 4  # of everybody together: each reads a disk from end to end


@dataclass(frozen=True, slots=True)
class BundleFile:
    """One file by its path in the bundle; `opened` blocks and raises `NotFound` when it has gone meanwhile."""

    path: str
    bytes: int
    media_type: str
    opened: Callable[[], BinaryIO]


@dataclass(frozen=True, slots=True)
class Part:
    """What one kind contributes: lines for the page, as plain values, and files."""

    kind: str
    lines: Sequence[Mapping[str, Any]] = ()
    files: Sequence[BundleFile] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True)
class Bundle:
    """All parts that are not empty, for one recipient: `holder` is the position in which they asked."""

    holder: str
    matter: Mapping[str, Any]
    parts: tuple[Part, ...]

    @property
    def files(self) -> list[BundleFile]:
        """Every file, in the order of the paths."""
        return sorted((each for part in self.parts for each in part.files), key=lambda each: each.path)
