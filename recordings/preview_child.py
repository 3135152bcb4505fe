"""The process that makes previews of a sealed recording: `python -m recordings.preview_child RECORDING TARGET`.

How loud each voice was, and a sheet of small pictures for each person, so that a reviewer sees where something is
before anything of it is fetched.  Decoding is the dangerous part of media, so it happens here: without a network,
without a secret, with little memory, and behind everybody else.
"""

from __future__ import annotations

import json
import sys
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from io import BytesIO
from pathlib import Path

import av
from av.video.reformatter import VideoReformatter

from mediation_server.at_rest.stored import BrokenFileError, HeldKeys, ScopeKey, store
from mediation_server.domain.ids import is_id
from mediation_server.domain.recording import Segment
from mediation_server.materials.confinement import Limits, bound, confine, library_paths
from recordings.chest import Chest
from recordings.manifest import MANIFEST, Manifest, parse_manifest

__all__ = ["COLUMNS", "PREVIEWS", "TILE", "main", "preview_scope", "previews_of"]

PREVIEWS = "previews.json"
TILE = (160, 90)
COLUMNS = 20
_MIB = 1 << 20
_LIMITS = Limits(memory=1536 * _MIB, cpu_s=900, writes=64 * _MIB, niceness=19)
_MOST_STEPS, _FINEST_MS = 4000, 100
_MOST_TILES, _CLOSEST_MS = 360, 2000
_STANDS = 12  # tiles for which a key frame stands at most, where the next one is far
_RATE = 8000  # Hz, enough to see loudness
_FULL = 32768
_QUALITY = {"qmin": "6", "qmax": "6"}
_GREY = 128


def main(arguments: list[str]) -> None:
    """Make the previews; says on standard output what was given up before."""
    recording, target = map(Path, arguments)
    opens = HeldKeys.heard(json.load(sys.stdin))
    bound(_LIMITS)
    sys.stdout.write(" ".join(confine([*library_paths(), recording], target)))
    previews_of(Chest(recording, opens), target, opens.of(preview_scope(recording.name)))


def preview_scope(recording_id: str) -> str:
    """The scope of a recording's previews."""
    return f"preview/{recording_id}"


def previews_of(recording: Chest, target: Path, key: ScopeKey | None = None) -> None:
    """Fill `target` with `previews.json` and `<participant>.jpg` of a sealed recording, encrypted with a key."""
    with recording.opened(MANIFEST) as stream:
        manifest = parse_manifest(stream.read())
    step_ms = max(_FINEST_MS, -(-manifest.total_ms // (_MOST_STEPS * 100)) * 100)
    waves: dict[str, list[int]] = {}
    sheets: dict[str, dict[str, int]] = {}
    for participant in dict.fromkeys(track.participant for track in manifest.tracks if is_id(track.participant)):
        voices = list(_segments(manifest, participant, "microphone"))
        pictures = list(_segments(manifest, participant, "camera"))
        if voices:
            waves[participant] = _levels(recording, voices, manifest.total_ms, step_ms)
        if pictures:
            sheet = _sheet(recording, pictures, manifest.total_ms)
            store(BytesIO(sheet.jpeg()), target / f"{participant}.jpg", key)
            sheets[participant] = sheet.told()
    told = {"step_ms": step_ms, "waves": waves, "sheets": sheets}
    store(BytesIO(json.dumps(told, separators=(",", ":")).encode()), target / PREVIEWS, key)


def _segments(manifest: Manifest, participant: str, source: str) -> Iterator[Segment]:
    for track in manifest.tracks:
        if track.participant == participant and track.source == source:
            yield from track.segments


# --- voices -----------------------------------------------------------------------------------------------


def _levels(recording: Chest, voices: list[Segment], total_ms: int, step_ms: int) -> list[int]:
    """The loudest sample of each step, 0 to 100."""
    levels = [0] * (-(-total_ms // step_ms))
    for segment in voices:
        for at_ms, samples in _sound(recording, segment.file, step_ms):
            place = (segment.from_ms + at_ms) // step_ms
            if place < len(levels):
                high, low = max(samples), min(samples)
                loudest = max(high, -low)
                levels[place] = max(levels[place], round(100 * (loudest / _FULL) ** 0.5))
    return levels


def _sound(recording: Chest, file: str, step_ms: int) -> Iterator[tuple[int, array[int]]]:
    """Sound in pieces of one step, each with its place in the file; a torn file ends where it is torn."""
    whole, at, size = array("h"), 0, _RATE * step_ms // 1000
    resampler = av.AudioResampler(format="s16", layout="mono", rate=_RATE)
    try:
        with recording.opened(file) as stream, av.open(stream, "r", format="matroska") as source:
            for frame in source.decode(audio=0):
                for piece in resampler.resample(frame):
                    whole.frombytes(bytes(piece.planes[0])[: piece.samples * 2])
                while len(whole) >= size:
                    yield at, whole[:size]
                    del whole[:size]
                    at += step_ms
    except (av.FFmpegError, IndexError, BrokenFileError):
        pass
    if whole:
        yield at, whole


# --- pictures ---------------------------------------------------------------------------------------------


@dataclass
class _Sheet:
    """Small pictures in rows, drawn into the three planes of one large one (YUV 4:2:0)."""

    every_ms: int
    count: int
    planes: list[bytearray] = field(default_factory=list)

    def __post_init__(self) -> None:
        width, height = self.size
        self.planes = [
            bytearray(b"\xe0" * (width * height)),
            *(bytearray([_GREY]) * (width * height // 4) for _ in "uv"),
        ]

    @property
    def size(self) -> tuple[int, int]:
        return TILE[0] * min(self.count, COLUMNS), TILE[1] * -(-self.count // COLUMNS)

    def put(self, number: int, frame: av.VideoFrame) -> None:
        """Draw one picture in its place."""
        column, row = number % COLUMNS, number // COLUMNS
        for plane, canvas, half in zip(frame.planes, self.planes, (1, 2, 2), strict=True):
            width, height, stride = TILE[0] // half, TILE[1] // half, self.size[0] // half
            data = bytes(plane)
            for line in range(height):
                start = (row * height + line) * stride + column * width
                canvas[start : start + width] = data[line * plane.line_size : line * plane.line_size + width]

    def jpeg(self) -> bytes:
        """All of it as one JPEG."""
        width, height = self.size
        frame = av.VideoFrame(width, height, "yuvj420p")
        for plane, canvas, half in zip(frame.planes, self.planes, (1, 2, 2), strict=True):
            rows, length = height // half, width // half
            lines = (bytes(canvas[at * length : (at + 1) * length]) for at in range(rows))
            plane.update(b"".join(line.ljust(plane.line_size, b"\0") for line in lines))
        codec = av.CodecContext.create("mjpeg", "w")
        codec.width, codec.height, codec.pix_fmt = width, height, "yuvj420p"
        codec.time_base = Fraction(1, 1)
        codec.options = _QUALITY
        return b"".join(bytes(packet) for packet in (*codec.encode(frame), *codec.encode(None)))

    def told(self) -> dict[str, int]:
        """What the page must know to cut it."""
        width, height = TILE
        return {"every_ms": self.every_ms, "count": self.count, "columns": COLUMNS, "width": width, "height": height}


def _sheet(recording: Chest, pictures: list[Segment], total_ms: int) -> _Sheet:
    every_ms = max(_CLOSEST_MS, -(-total_ms // _MOST_TILES))
    sheet = _Sheet(every_ms, max(1, -(-total_ms // every_ms)))
    for segment in pictures:
        shown, last = None, min(sheet.count, -(-segment.to_ms // every_ms))
        for number, frame in _stills(recording, segment, every_ms, sheet.count):
            if number != shown:
                for later in range(number, min(last, number + _STANDS)):  # until another comes
                    sheet.put(later, frame)
                shown = number
    return sheet


def _stills(recording: Chest, segment: Segment, every_ms: int, count: int) -> Iterator[tuple[int, av.VideoFrame]]:
    """The tile number and the small picture of each key frame; only those are decoded."""
    shrink = VideoReformatter()
    try:
        with recording.opened(segment.file) as file, av.open(file, "r", format="matroska") as source:
            stream = source.streams.video[0]
            stream.codec_context.skip_frame = "NONKEY"
            for frame in source.decode(stream):
                at_ms = segment.from_ms + round((frame.time or 0) * 1000)
                small = shrink.reformat(frame, *TILE, format="yuvj420p")
                yield min(count - 1, at_ms // every_ms), small
    except (av.FFmpegError, IndexError, BrokenFileError):
        return


if __name__ == "__main__":
    main(sys.argv[1:])
