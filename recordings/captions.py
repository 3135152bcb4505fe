"""What a machine understood of what was recorded (机器字幕): a lane of text for each person, beside their voice.

A lane like any other: hashed and signed as it is written, sealed, verified and destroyed as the sound is, and found out
by `verify` where it says anything in a gap, or of somebody the recorder was not granted.  It is an aid to find a
passage; what was said is in the sound alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from mediation_server.domain.recording import Recording
from mediation_server.services.review_sources import Spoken
from recordings.depacketise import Frame, Setup
from recordings.lane import Files, Tally
from recordings.matroska import frames
from recordings.segment import SegmentWriter
from recordings.vault import Vault

__all__ = ["CAPTIONS", "TEXT", "Caption", "CaptionLanes", "captions_of"]

CAPTIONS = "captions"  # the source of such a lane
TEXT = "text"  # and its codec: UTF-8, one caption a frame, as long as it was spoken
_SETUP = Setup(TEXT)


@dataclass(frozen=True, slots=True)
class Caption:
    """Words for what this person said between two offsets (ms on the time line)."""

    participant: str
    from_ms: int
    to_ms: int
    text: str


def captions_of(vault: Vault, recording: Recording) -> list[Spoken]:
    """What a machine understood of a sealed recording, in order of time. Blocks. Raises `NotFound`."""
    manifest, _ = vault.manifest(recording.session_id, recording.id)
    tracks = [track for track in manifest.tracks for _ in track.segments]
    found: list[Spoken] = []
    for index, (track, segment) in enumerate(zip(tracks, manifest.segments, strict=True)):
        if track.codec != TEXT:
            continue
        with vault.open_segment(recording.session_id, recording.id, index)[0] as stream:
            found += [
                Spoken(segment.from_ms + ms, track.participant, data.decode(errors="replace"))
                for ms, data in frames(stream)
            ]
    return sorted(found, key=lambda each: each.offset_ms)


class CaptionLanes:
    """Used by the muxer thread. `write` and `close` may raise `OSError`; `track` names the lane of a participant."""

    def __init__(self, files: Files, track: Callable[[str], str]) -> None:
        self._files, self._track = files, track
        self._open: dict[str, SegmentWriter] = {}

    @property
    def segments(self) -> Iterator[SegmentWriter]:
        """The files being written."""
        yield from self._open.values()

    def write(self, caption: Caption) -> None:
        """Append a caption; one that begins before the last one of the same person is passed over."""
        segment = self._open.get(caption.participant)
        if segment is not None and caption.from_ms <= segment.last_ms:
            return
        if segment is None:
            segment = self._files.open(self._track(caption.participant), _SETUP, caption.from_ms)
            self._open[caption.participant] = segment
        length = max(1, caption.to_ms - caption.from_ms)
        frame = Frame(caption.text.encode(), timestamp=0, key=True, setup=_SETUP, duration_ms=length)
        segment.write(frame, caption.from_ms)

    def cut(self) -> None:
        """A gap begins or ends: what is hashed together does not reach over it."""
        for segment in self._open.values():
            segment.slicer.finish()

    def close(self) -> None:
        """Close every file."""
        while self._open:
            _, segment = self._open.popitem()
            self._files.close(segment, Tally())

    def abandon(self) -> None:
        """The disk refused: leave the files as they are. Never raises."""
        while self._open:
            _, segment = self._open.popitem()
            segment.abandon()
