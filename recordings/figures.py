"""Invented people for the demo: a drawn figure with a burnt-in clock and a voice of its own, encoded; no real person.

Pure Python on purpose: rows of bytes, no array library.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

import av
from av.video.frame import PictureType

__all__ = ["FRAME_MS", "PACKET_MS", "Figure", "pictures", "voice"]

WIDTH, HEIGHT = 320, 180
FRAME_MS = 100
PACKET_MS = 20
_RATE = 48_000
_PER_PACKET = _RATE * PACKET_MS // 1000
_KEY_EVERY_MS = 4000
_GLYPHS = {  # 3 x 5, one digit of each number a row
    "0": (7, 5, 5, 5, 7), "1": (2, 6, 2, 2, 7), "2": (7, 1, 7, 4, 7), "3": (7, 1, 7, 1, 7), "4": (5, 5, 7, 1, 1),
    "5": (7, 4, 7, 1, 7), "6": (7, 4, 7, 5, 7), "7": (7, 1, 2, 2, 2), "8": (7, 5, 7, 5, 7), "9": (7, 5, 7, 1, 7),
    ":": (0, 2, 0, 2, 0), ".": (0, 0, 0, 0, 2),
}  # fmt: skip
_DOT = 4  # pixels per dot of a glyph


@dataclass(frozen=True, slots=True)
class Figure:
    """How one invented person looks and sounds: chroma of the room (Cb, Cr), width of the head, pitch in Hz."""

    chroma: tuple[int, int]
    head: int
    pitch: float


def pictures(figure: Figure, moments: Sequence[tuple[int, bool]]) -> Iterator[tuple[int, bytes, bool]]:
    """(ms, VP8 frame, is key) for moments (ms, talks); a key frame every four seconds and after every hole."""
    encoder = av.CodecContext.create("libvpx", "w")
    assert isinstance(encoder, av.VideoCodecContext)  # noqa: S101 - what "libvpx" is
    encoder.width, encoder.height, encoder.pix_fmt = WIDTH, HEIGHT, "yuv420p"
    encoder.time_base, encoder.bit_rate = Fraction(1, 1000), 160_000
    encoder.thread_count = 1  # its threads spin, which costs four times the time on a busy machine
    encoder.options = {"deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0"}
    before, keyed = -FRAME_MS, -_KEY_EVERY_MS
    for at_ms, talks in moments:
        frame = _drawn(figure, at_ms, talks=talks)
        if at_ms - before > FRAME_MS or at_ms - keyed >= _KEY_EVERY_MS:
            frame.pict_type = PictureType.I
            keyed = at_ms
        before = at_ms
        frame.pts, frame.time_base = at_ms, Fraction(1, 1000)
        for packet in encoder.encode(frame):
            yield at_ms, bytes(packet), packet.is_keyframe


def _drawn(figure: Figure, at_ms: int, *, talks: bool) -> av.VideoFrame:
    """A room, a person who sways, a mouth that moves when they talk, the time of the sitting."""
    luma = bytearray(_background())
    centre = WIDTH // 2 + round(18 * math.sin(at_ms / 900 + figure.pitch))
    _oval(luma, centre, 190, figure.head + 34, 74, 96)
    _oval(luma, centre, 82, figure.head, 46, 190)
    for eye in (-1, 1):
        _oval(luma, centre + eye * figure.head // 2, 72, 5, 4, 30)
    _oval(luma, centre, 102, 12, 2 + (at_ms // 100 % 3 * 3 if talks else 0), 60)
    minutes, seconds = divmod(at_ms // 1000, 60)
    _text(luma, f"{minutes:02d}:{seconds:02d}.{at_ms // 100 % 10}", WIDTH - 126, HEIGHT - 30)
    frame = av.VideoFrame(WIDTH, HEIGHT, "yuv420p")
    small = WIDTH // 2 * (HEIGHT // 2)
    for plane, data in zip(
        frame.planes, (bytes(luma), *(bytes((value,)) * small for value in figure.chroma)), strict=True
    ):
        plane.update(_padded(data, plane.width, plane.line_size, plane.buffer_size))
    return frame


def _padded(data: bytes, width: int, line: int, size: int) -> bytes:
    if line == width and size == len(data):
        return data
    rows = (data[start : start + width].ljust(line, b"\0") for start in range(0, len(data), width))
    return b"".join(rows).ljust(size, b"\0")


def _background() -> bytes:
    return b"".join(bytes((70 + row // 3,)) * WIDTH for row in range(HEIGHT))


def _oval(luma: bytearray, x: int, y: int, wide: int, high: int, value: int) -> None:
    for row in range(max(0, y - high), min(HEIGHT, y + high + 1)):
        half = round(wide * math.sqrt(max(0.0, 1 - ((row - y) / max(1, high)) ** 2)))
        left, right = max(0, x - half), min(WIDTH, x + half + 1)
        luma[row * WIDTH + left : row * WIDTH + right] = bytes((value,)) * max(0, right - left)


def _text(luma: bytearray, text: str, x: int, y: int) -> None:
    for row in range(y - _DOT, y + 6 * _DOT):  # a dark plate, so that the figures can be read on any room
        start = row * WIDTH + x - _DOT
        luma[start : start + (4 * len(text) + 1) * _DOT] = bytes((25,)) * ((4 * len(text) + 1) * _DOT)
    for index, glyph in enumerate(text):
        for row, bits in enumerate(_GLYPHS[glyph]):
            line = b"".join(bytes((235 if bits & mask else 25,)) * _DOT for mask in (4, 2, 1))
            for dot in range(_DOT):
                start = (y + row * _DOT + dot) * WIDTH + x + index * 4 * _DOT
                luma[start : start + len(line)] = line


def voice(figure: Figure, *, talks: bool) -> list[bytes]:
    """One second of Opus packets that can be repeated: syllables on the figure's pitch, or a quiet room."""
    encoder = av.CodecContext.create("libopus", "w")
    assert isinstance(encoder, av.AudioCodecContext)  # noqa: S101 - what "libopus" is
    encoder.sample_rate, encoder.layout, encoder.format, encoder.bit_rate = _RATE, "mono", "s16", 32_000
    encoder.options = {"frame_duration": str(PACKET_MS), "application": "voip"}
    waves = array("h", (_sample(figure.pitch, index) if talks else 0 for index in range(_RATE)))
    packets = []
    for index in range(2 * _RATE // _PER_PACKET):  # the second round is free of the encoder's start
        start = index * _PER_PACKET % _RATE
        frame = av.AudioFrame(format="s16", layout="mono", samples=_PER_PACKET)
        frame.planes[0].update(waves[start : start + _PER_PACKET].tobytes().ljust(frame.planes[0].buffer_size, b"\0"))
        frame.sample_rate, frame.pts, frame.time_base = _RATE, index * _PER_PACKET, Fraction(1, _RATE)
        packets += [bytes(packet) for packet in encoder.encode(frame)]
    return packets[-_RATE // _PER_PACKET :]


def _sample(pitch: float, index: int) -> int:
    """Three harmonics under an envelope of four syllables a second."""
    seconds = index / _RATE
    envelope = 0.5 - 0.5 * math.cos(2 * math.pi * 4 * seconds)
    tone = sum(math.sin(2 * math.pi * pitch * order * seconds) / order for order in (1, 2, 3))
    return round(6000 * envelope * tone)
