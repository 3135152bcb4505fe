"""`Bundle`, what somebody takes along of a matter as one file (事项卷宗包), and its making; pure, reads no file."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, BinaryIO

from mediation_server.domain.making import MakingState

__all__ = [
    "BUNDLES_AT_ONCE",
    "BUNDLES_WAITING",
    "BUNDLE_KEPT",
    "Bundle",
    "BundleDocument",
    "BundleFile",
    "BundleOrder",
    "Part",
]

BUNDLES_AT_ONCE = 2  # that one person may wait for
BUNDLES_WAITING = 40  # of everybody together
BUNDLE_KEPT = timedelta(days=3)  # long enough to fetch it; whoever needs it later has it made anew


class BundleDocument(StrEnum):
    """The documents of the house that go along, each to whoever it was made out to."""

    APPLICATION_RECEIPT = "application_receipt"  # 调解申请收件回执
    MATERIAL_RECEIPT = "material_receipt"  # 材料接收回执
    RECORDING_RECEIPT = "recording_receipt"  # 录音录像封存回执
    RECORDING_EXPLANATION = "recording_explanation"  # 录音录像情况说明
    DISPOSAL = "disposal"  # 录音录像处置证明


@dataclass(frozen=True, slots=True)
class BundleFile:
    """One file by its path in the bundle; `opened` blocks and raises `NotFound` when it has gone meanwhile.

    `bytes` is for the progress alone: 0 where nobody knows it beforehand.
    """

    path: str
    bytes: int
    media_type: str
    opened: Callable[[], BinaryIO]


@dataclass(frozen=True, slots=True)
class Part:
    """What one kind contributes: lines for the page, as plain values, and files.

    `sources` names what it was taken from, and in what measure: a bundle may be fetched as long as its recipient would
    still get all of them.
    """

    kind: str
    lines: Sequence[Mapping[str, Any]] = ()
    files: Sequence[BundleFile] = ()
    sources: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Bundle:
    """All parts that are not empty, for one recipient: `holder` is the position in which they asked."""

    holder: str
    matter: Mapping[str, Any]
    parts: tuple[Part, ...]
    sources: frozenset[str] = frozenset()

    @property
    def files(self) -> list[BundleFile]:
        """Every file, in the order of the paths."""
        return sorted((each for part in self.parts for each in part.files), key=lambda each: each.path)


@dataclass(frozen=True, slots=True)
class BundleOrder:
    """A bundle somebody asked for; `done` of `total` bytes are written, both 0 until the work has begun.

    `sources` are those of the bundle as it was made.
    """

    id: str
    matter_id: str
    user_id: str
    language: str
    state: MakingState
    asked_at: datetime
    done: int = 0
    total: int = 0
    bytes: int | None = None
    sha256: str | None = None
    sources: tuple[str, ...] = ()
    fault: str | None = None
    expires_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Whether it is still to be made."""
        return self.state.is_open
