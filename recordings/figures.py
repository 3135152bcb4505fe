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

__all__ = ["FRAME_MS", "PACKET_MS", "Figure", "drawn", "pictures", "voice"]

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
_DOT = 2  # pixels per dot of a glyph


# Colours as (Y, Cb, Cr), ITU-R BT.601: warm and quiet, like the room of a court.
Colour = tuple[int, int, int]
_WALL: Colour = (188, 122, 133)
_WINDOW: Colour = (214, 124, 130)
_SHELF: Colour = (160, 121, 135)
_SHIRT: Colour = (225, 127, 128)
_LIPS: Colour = (96, 118, 160)
_EYES: Colour = (38, 128, 130)
_SWAY_PX = 5


@dataclass(frozen=True, slots=True)
class Figure:
    """One invented person: skin, hair and clothes as (Y, Cb, Cr), half the width of the head, pitch in Hz."""

    skin: Colour
    hair: Colour
    clothes: Colour
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
    portraits: dict[tuple[int, int], _Canvas] = {}  # a person has few poses and strikes each often
    for at_ms, talks in moments:
        pose = _pose(figure, at_ms, talks=talks)
        if pose not in portraits:
            portraits[pose] = _portrait(figure, *pose)
        frame = _dated(portraits[pose], at_ms)
        if at_ms - before > FRAME_MS or at_ms - keyed >= _KEY_EVERY_MS:
            frame.pict_type = PictureType.I
            keyed = at_ms
        before = at_ms
        frame.pts, frame.time_base = at_ms, Fraction(1, 1000)
        for packet in encoder.encode(frame):
            yield at_ms, bytes(packet), packet.is_keyframe


class _Canvas:
    """Three planes of a 4:2:0 picture; ovals are drawn row by row, their edges blended in the luma."""

    def __init__(self) -> None:
        self.luma = bytearray(bytes((_WALL[0],)) * (WIDTH * HEIGHT))
        self.chroma = [bytearray(bytes((value,)) * (WIDTH // 2 * (HEIGHT // 2))) for value in _WALL[1:]]

    def copy(self) -> _Canvas:
        """The same once more, to be drawn on."""
        other = _Canvas.__new__(_Canvas)
        other.luma, other.chroma = self.luma[:], [each[:] for each in self.chroma]
        return other

    def box(self, left: int, top: int, right: int, bottom: int, colour: Colour) -> None:
        """A rectangle; even edges keep the planes together."""
        for row in range(top, bottom):
            self.luma[row * WIDTH + left : row * WIDTH + right] = bytes((colour[0],)) * (right - left)
        for row in range(top // 2, bottom // 2):
            self._tint(row, left // 2, right // 2, colour)

    def oval(self, x: int, y: int, wide: float, high: int, colour: Colour) -> None:
        """An oval around (x, y) with these half axes, cut at the edges of the picture."""
        for row in range(max(0, y - high), min(HEIGHT, y + high + 1)):
            half = wide * math.sqrt(max(0.0, 1 - ((row - y) / max(1, high)) ** 2))
            left, right = max(0.0, x - half), min(WIDTH - 1.0, x + half)
            first, last = math.ceil(left), math.floor(right)
            start = row * WIDTH
            self.luma[start + first : start + last + 1] = bytes((colour[0],)) * max(0, last + 1 - first)
            self._blend(start + first - 1, first - left, colour[0])
            self._blend(start + last + 1, right - last, colour[0])
            if row % 2 == 0:
                self._tint(row // 2, first // 2, (last + 1) // 2, colour)

    def _blend(self, at: int, share: float, value: int) -> None:
        if 0 <= at < len(self.luma):
            self.luma[at] = round(self.luma[at] * (1 - share) + value * share)

    def _tint(self, row: int, left: int, right: int, colour: Colour) -> None:
        start = row * (WIDTH // 2)
        for plane, value in zip(self.chroma, colour[1:], strict=True):
            plane[start + left : start + right] = bytes((value,)) * max(0, right - left)


def drawn(figure: Figure, at_ms: int, *, talks: bool) -> av.VideoFrame:
    """A room, a person who sways a little, a mouth that moves when they talk, the time of the sitting."""
    return _dated(_portrait(figure, *_pose(figure, at_ms, talks=talks)), at_ms)


def _pose(figure: Figure, at_ms: int, *, talks: bool) -> tuple[int, int]:
    """Where the middle of the head is, and how far the mouth is open; pixels."""
    return round(_SWAY_PX * math.sin(at_ms / 900 + figure.pitch)) + WIDTH // 2, at_ms // 100 % 3 * 2 if talks else 0


def _portrait(figure: Figure, x: int, mouth: int) -> _Canvas:
    canvas = _Canvas()
    canvas.box(20, 0, 90, 96, _WINDOW)
    canvas.box(236, 20, 300, 120, _SHELF)
    canvas.oval(x, 60, figure.head + 6, 48, figure.hair)
    canvas.oval(x, 196, figure.head + 44, 74, figure.clothes)
    canvas.oval(x, 138, 24, 16, _SHIRT)
    canvas.oval(x, 122, 15, 28, figure.skin)
    canvas.oval(x, 76, figure.head, 46, figure.skin)
    canvas.oval(x, 40, figure.head - 1, 18, figure.hair)
    for side in (-1, 1):
        canvas.oval(x + side * figure.head * 2 // 5, 74, 3.2, 3, _EYES)
        canvas.box(*_brow(x + side * figure.head * 2 // 5), figure.hair)
    canvas.oval(x, 100, 8, 1 + mouth, _LIPS)
    return canvas


def _dated(portrait: _Canvas, at_ms: int) -> av.VideoFrame:
    canvas = portrait.copy()
    minutes, seconds = divmod(at_ms // 1000, 60)
    _text(canvas, f"{minutes:02d}:{seconds:02d}", 16, 16)
    return _framed(canvas)


def _brow(x: int) -> tuple[int, int, int, int]:
    return x - 6, 66, x + 6, 68


def _framed(canvas: _Canvas) -> av.VideoFrame:
    frame = av.VideoFrame(WIDTH, HEIGHT, "yuv420p")
    for plane, data in zip(frame.planes, (canvas.luma, *canvas.chroma), strict=True):
        plane.update(_padded(bytes(data), plane.width, plane.line_size, plane.buffer_size))
    return frame


def _padded(data: bytes, width: int, line: int, size: int) -> bytes:
    if line == width and size == len(data):
        return data
    rows = (data[start : start + width].ljust(line, b"\0") for start in range(0, len(data), width))
    return b"".join(rows).ljust(size, b"\0")


def _text(canvas: _Canvas, text: str, x: int, y: int) -> None:
    """Figures on a dark plate, so that they can be read on any room."""
    right = x + (4 * len(text) + 1) * _DOT
    canvas.box(x - _DOT, y - _DOT, right + right % 2, y + 6 * _DOT, (25, 128, 128))
    for index, glyph in enumerate(text):
        for row, bits in enumerate(_GLYPHS[glyph]):
            line = b"".join(bytes((235 if bits & mask else 25,)) * _DOT for mask in (4, 2, 1))
            for dot in range(_DOT):
                start = (y + row * _DOT + dot) * WIDTH + x + index * 4 * _DOT
                canvas.luma[start : start + len(line)] = line


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
