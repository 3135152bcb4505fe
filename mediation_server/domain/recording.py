"""`Recording` of a sitting: its states, what its manifest says, and why a stretch of time is missing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

__all__ = ["Gap", "GapReason", "Recording", "RecordingState", "SealedFile", "Segment", "TimeStamp", "TrackRecord"]


class RecordingState(StrEnum):
    """Where the recording stands (录音录像规定 arts. 3-5)."""

    RECORDING = "recording"  # 录制中
    PAUSED = "paused"  # 暂停录制
    INTERRUPTED = "interrupted"  # 中断
    FINALIZING = "finalizing"  # 生成中
    SEALED = "sealed"  # 已封存
    FAILED = "failed"  # 生成失败
    DISPOSED = "disposed"  # 已处置


class GapReason(StrEnum):
    """Why nothing was recorded from one moment to another."""

    CAUCUS = "caucus"  # 背对背, 依规不录
    SUSPENDED = "suspended"  # 暂停
    FAULT = "fault"  # 服务中断
    DISK = "disk"  # 写入失败


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch without recording, in ms from the start of the sitting; `to_ms` None while it lasts.

    `by` is who brought it about (a participant's id, "system" for the house, empty where nobody did), `cause` the
    word the session log has for it (`technical`, `presider_lost`, ...), where it has one.
    """

    from_ms: int
    to_ms: int | None
    reason: GapReason
    by: str = ""
    cause: str = ""


@dataclass(frozen=True, slots=True)
class Segment:
    """One file as written live: a stretch of one track; offsets in ms from the start of the sitting."""

    file: str
    from_ms: int
    to_ms: int
    bytes: int
    sha256: str
    repaired: bool = False


@dataclass(frozen=True, slots=True)
class TrackRecord:
    """One lane of the recording: one participant's microphone, camera or screen."""

    participant: str
    source: str
    codec: str
    segments: tuple[Segment, ...]


@dataclass(frozen=True, slots=True)
class TimeStamp:
    """A time stamp (可信时间戳, RFC 3161) over the SHA-256 `digest` of `checkpoint:N` or of the `manifest`.

    `token` is the authority's answer in base64, empty while it has not come; `stamped_at` the instant in it.
    """

    recording_id: str
    subject: str
    digest: str
    asked_at: datetime
    token: str = ""
    stamped_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SealedFile:
    """A file named in a manifest with its length and SHA-256."""

    file: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Recording:
    """What the database keeps of a recording; the manifest file keeps the rest."""

    id: str
    session_id: str
    state: RecordingState
    started_at: datetime
    duration_ms: int | None = None
    recorded_ms: int | None = None
    manifest_sha256: str | None = None
    sealed_at: datetime | None = None
    root: str | None = None  # of the Merkle tree over the evidence; None: sealed by a release without

    @property
    def is_final(self) -> bool:
        """Whether it is what it will stay: sealed, and perhaps disposed of since."""
        return self.state in (RecordingState.SEALED, RecordingState.DISPOSED)

    def moved_to(self, state: RecordingState) -> Recording:
        """In another state; what is sealed never goes back."""
        return self if self.is_final else replace(self, state=state)
