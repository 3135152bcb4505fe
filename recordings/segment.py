"""One live file of one track: Matroska written so that `kill -9` costs less than a tenth of a second.

Measured: with default settings everything is lost; the muxer holds back a cluster until the next one begins, so its
length is what is lost. A cluster has a head of some twenty bytes: at 50 ms a voice takes at most a tenth more room than
at 100 until its file is finished, and no more time to write.
Times inside a file count from its own start; the journal says where on the time line that is.
"""

from __future__ import annotations

import contextlib
import io
import os
from fractions import Fraction
from pathlib import Path
from typing import IO, cast

import av

from mediation_server.at_rest.stored import LiveFile, ScopeKey
from recordings.depacketise import Frame, Setup
from recordings.evidence import Slicer
from recordings.matroska import track_head
from recordings.syncer import Syncer, write_all

__all__ = ["MILLISECONDS", "PART", "RawFile", "SegmentWriter"]

PART = ".mkv.part"
MILLISECONDS = Fraction(1, 1000)  # PyAV changes the stream's time base with the header: never read it back from there
_CODEC_IDS = {"opus": "A_OPUS", "vp8": "V_VP8", "h264": "V_MPEG4/ISO/AVC", "text": "S_TEXT/UTF8"}
_LIVE = {"flush_packets": "1", "cluster_time_limit": "50"}  # ms
_FRAME_MS = 40  # how long the last picture is taken to stand


class RawFile:
    """An unbuffered plain file for PyAV; `closed` keeps a container that is given up from writing a trailer."""

    def __init__(self, path: Path) -> None:
        flags = os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC
        self.fd = os.open(path, flags, 0o600)
        self.closed = False

    def write(self, data: bytes) -> int:
        """All of it. Raises `OSError`."""
        write_all(self.fd, data)
        return len(data)

    def seek(self, offset: int, whence: int = 0) -> int:
        """As `io.RawIOBase.seek`."""
        return os.lseek(self.fd, offset, whence)

    def tell(self) -> int:
        """Where the next byte goes."""
        return os.lseek(self.fd, 0, os.SEEK_CUR)

    def close(self) -> None:
        """Idempotent."""
        if not self.closed:
            self.closed = True
            os.close(self.fd)


def _template_of(setup: Setup) -> av.container.InputContainer:
    """A container whose first stream has this setup; the caller closes it."""
    head = track_head(_CODEC_IDS[setup.codec], setup.private, setup.width, setup.height)
    return av.open(io.BytesIO(head), "r", format="matroska")


class SegmentWriter:
    """One file from its first (key) frame to its last. Every method may raise `OSError` when the disk refuses."""

    def __init__(
        self, directory: Path, name: str, setup: Setup, from_ms: int, *, key: ScopeKey | None = None, sm3: bool = False
    ) -> None:
        """`key`: what the file is encrypted with from its first byte on."""
        self.file = name + PART
        self.slicer = Slicer(f"{name}.mkv", setup.codec, from_ms, sm3=sm3)
        self.setup = setup
        self.from_ms = from_ms
        self.to_ms = from_ms
        self._last = -1
        self._dirty = False
        path = directory / self.file
        self._raw = LiveFile(path, key) if key else RawFile(path)
        try:
            self._out = av.open(cast("IO[bytes]", self._raw), "w", format="matroska", container_options=_LIVE)
            self._out.metadata["OFFSET_MS"] = str(from_ms)  # a file found alone still knows its place
            with _template_of(setup) as template:
                self._stream = self._out.add_stream_from_template(template.streams[0], opaque=True)
        except BaseException:
            self._raw.close()
            raise

    @property
    def last_ms(self) -> int:
        """Where on the time line the last frame stands."""
        return self.from_ms + self._last

    def write(self, frame: Frame, at_ms: int) -> None:
        """Append a frame captured at `at_ms` of the time line; time within a file never stands still."""
        pts = max(at_ms - self.from_ms, self._last + 1)
        packet = av.Packet(frame.data)
        packet.stream = self._stream
        packet.time_base = MILLISECONDS
        packet.pts = packet.dts = pts
        packet.duration = frame.duration_ms
        packet.is_keyframe = frame.key
        self._dirty = True
        self._out.mux_one(packet)
        self.slicer.add(pts, frame.data)
        self._last = pts
        self.to_ms = self.from_ms + pts + (frame.duration_ms or _FRAME_MS)

    def sync(self, syncer: Syncer) -> None:
        """Have what was written since the last time brought to the disk itself."""
        if self._dirty:
            self._dirty = False
            syncer.sync(self._raw.fd)

    def close(self, syncer: Syncer) -> None:
        """Write the trailer, have it synced, close."""
        try:
            self._out.close()
            syncer.sync(self._raw.fd)
        finally:
            self._raw.close()
        self.slicer.finish()

    def abandon(self) -> None:
        """Close without a trailer, as after a power cut; never raises."""
        self._raw.close()
        with contextlib.suppress(OSError, av.FFmpegError, ValueError):
            self._out.close()
