"""From RTP payloads to encoded frames: the contract of the depacketisers and the choice of one; decodes nothing.

A depacketiser never raises: a payload that cannot be one is dropped and counted in `bad`, a frame that lost
a part is dropped and counted in `broken`.  What arrived whole is handed on, whether a decoder will like it or not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Protocol

from recordings.rtp import RtpPacket

__all__ = ["MAX_FRAME_BYTES", "MAX_SIDE", "Assembly", "Depacketiser", "Frame", "Setup"]

MAX_FRAME_BYTES = 8 << 20  # a 4k key frame is below 2 MB; beyond this somebody is filling our memory
MAX_SIDE = 8192  # pixels; a forged size makes every later decoder allocate for it


@dataclass(frozen=True, slots=True)
class Setup:
    """What a file header needs to know of a stream: `private` is Matroska's CodecPrivate, sizes in pixels."""

    codec: str
    private: bytes = b""
    width: int = 0
    height: int = 0


class Frame(NamedTuple):
    """One encoded frame; `timestamp` is the RTP one (32 bits). `setup` comes with every frame a file can start on."""

    data: bytes
    timestamp: int
    key: bool
    setup: Setup | None
    duration_ms: int  # 0 when the codec does not tell


class Depacketiser(Protocol):
    """RTP of one stream in order, frames out."""

    bad: int
    broken: int

    def push(self, packet: RtpPacket, *, after_loss: bool) -> Frame | None:
        """Take the next packet; `after_loss` says that the one before it never came. Never raises."""
        ...


class Assembly:
    """The parts of one video frame on their way; bounded in bytes."""

    def __init__(self) -> None:
        self.timestamp: int | None = None
        self._parts: list[bytes] = []
        self._size = 0

    @property
    def is_open(self) -> bool:
        """Whether a frame has been begun."""
        return self.timestamp is not None

    def begin(self, timestamp: int) -> None:
        """Start a new frame; whatever was there is gone."""
        self.timestamp = timestamp
        self._parts = []
        self._size = 0

    def add(self, part: bytes) -> bool:
        """Append a part; False (and dropped) when the frame grows beyond `MAX_FRAME_BYTES`."""
        self._size += len(part)
        if self._size > MAX_FRAME_BYTES:
            self.drop()
            return False
        self._parts.append(part)
        return True

    def drop(self) -> bool:
        """Forget the frame; True when there was one."""
        was_open = self.is_open
        self.timestamp = None
        self._parts = []
        self._size = 0
        return was_open

    def finish(self) -> bytes:
        """The whole frame; the assembly is empty afterwards."""
        data = b"".join(self._parts)
        self.drop()
        return data
