"""Voices and pictures that carry a clock, and what reads it back: when something was captured, and of whom it is.

A voice is a tone that rises over ten seconds within a band of its person's own, so that its pitch says who and when.
A picture is a bar code: sixteen bits of time in units of ten milliseconds, four of the person, and their complements.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.video.frame import PictureType

__all__ = ["FRAME_MS", "PACKET_MS", "Mark", "Pictures", "marks", "voice"]

PACKET_MS, FRAME_MS = 20, 100
_RATE = 48_000
_BAND_HZ, _SLOPE_HZ, _LOWEST_HZ = 900.0, 80.0, 400.0  # 800 Hz in ten seconds, then from below again
_PERIOD_MS = 10_000
_LOUD, _HEARD = 9_000.0, 1_500.0
_STEADY_HZ = 20.0
_WINDOW, _HOP = _RATE * 60 // 1000, _RATE * PACKET_MS // 1000
_CELLS, _ROWS = 10, 4  # 20 bits and their complements
_BITS, _TIME_BITS, _UNIT_MS = 20, 16, 10
_MIDDLE = 128


@dataclass(frozen=True, slots=True)
class Mark:
    """At `at_ms` of the file stands what `who` (a number) showed or said at `clock_ms` of the sitting."""

    at_ms: float
    who: int
    clock_ms: float


def voice(who: int, length_ms: int) -> list[bytes]:
    """Opus packets of 20 ms: the tone of a person, from 0 to the end of the sitting."""
    encoder = av.CodecContext.create("libopus", "w")
    assert isinstance(encoder, av.AudioCodecContext)  # noqa: S101 - what "libopus" is
    encoder.sample_rate, encoder.layout, encoder.format = _RATE, "mono", "s16"
    encoder.bit_rate = 48_000
    encoder.options = {"frame_duration": str(PACKET_MS), "application": "audio"}
    seconds = np.arange((length_ms // PACKET_MS + 4) * _HOP) / _RATE
    pitch = _LOWEST_HZ + who * _BAND_HZ + _SLOPE_HZ * (seconds % (_PERIOD_MS / 1000))
    wave = (np.sin(2 * np.pi * np.cumsum(pitch) / _RATE) * _LOUD).astype("<i2")
    out = []
    for start in range(0, len(wave), _HOP):
        frame = av.AudioFrame.from_ndarray(wave[None, start : start + _HOP], format="s16", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = _RATE, start, Fraction(1, _RATE)
        out += [bytes(each) for each in encoder.encode(frame)]
    return out[: length_ms // PACKET_MS]


class Pictures:
    """VP8 of one person's camera; a new size or a demand begins with a key frame."""

    def __init__(self, who: int) -> None:
        self._who = who
        self._encoder: av.VideoCodecContext | None = None
        self._size = (0, 0)

    def at(self, clock_ms: int, size: tuple[int, int], *, key: bool) -> bytes:
        """The picture of this moment."""
        if self._encoder is None or size != self._size:
            self._encoder, self._size = _vp8(size), size
        frame = av.VideoFrame.from_ndarray(_drawn(self._who, clock_ms, size), format="gray").reformat(format="yuv420p")
        frame.pts, frame.time_base = clock_ms, Fraction(1, 1000)
        if key:
            frame.pict_type = PictureType.I
        return b"".join(bytes(each) for each in self._encoder.encode(frame))


def _vp8(size: tuple[int, int]) -> av.VideoCodecContext:
    encoder = av.CodecContext.create("libvpx", "w")
    assert isinstance(encoder, av.VideoCodecContext)  # noqa: S101 - what "libvpx" is
    encoder.width, encoder.height = size
    encoder.pix_fmt, encoder.time_base, encoder.bit_rate, encoder.thread_count = (
        "yuv420p",
        Fraction(1, 1000),
        200_000,
        1,
    )
    encoder.options = {"deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0"}
    return encoder


def _drawn(who: int, clock_ms: int, size: tuple[int, int]) -> np.ndarray:
    number = who << _TIME_BITS | clock_ms // _UNIT_MS
    bits = [number >> place & 1 for place in range(_BITS)]
    cells = np.array([*bits, *(1 - bit for bit in bits)], dtype=np.uint8).reshape(_ROWS, _CELLS) * 200 + 28
    return np.kron(cells, np.ones((size[1] // _ROWS, size[0] // _CELLS), dtype=np.uint8))


def marks(path: Path, from_ms: int) -> list[Mark]:
    """Everything that a file of the recording shows or says; `from_ms` is where it lies in the sitting. Blocks."""
    with av.open(str(path)) as container:
        frames = list(container.decode(container.streams[0]))
    pictures = [frame for frame in frames if isinstance(frame, av.VideoFrame)]
    sounds = [frame for frame in frames if isinstance(frame, av.AudioFrame)]
    seen = [mark for frame in pictures if (mark := _seen(frame, from_ms)) is not None]
    return [*seen, *_heard(sounds, from_ms)]


def _seen(frame: av.VideoFrame, from_ms: int) -> Mark | None:
    grey = frame.to_ndarray(format="gray")
    high, wide = grey.shape[0] // _ROWS, grey.shape[1] // _CELLS
    cells = grey[: high * _ROWS, : wide * _CELLS].reshape(_ROWS, high, _CELLS, wide).mean(axis=(1, 3))
    bits = (cells.reshape(-1) > _MIDDLE).astype(int)
    if not np.array_equal(bits[:_BITS], 1 - bits[_BITS:]):
        return None
    number = int(sum(int(bit) << place for place, bit in enumerate(bits[:_BITS])))
    at_ms = from_ms + _ms(frame)
    return Mark(at_ms, number >> _TIME_BITS, (number & (1 << _TIME_BITS) - 1) * float(_UNIT_MS))


def _heard(frames: Sequence[av.AudioFrame], from_ms: int) -> Iterator[Mark]:
    """The pitch of each 20 ms of unbroken sound, by the mean turn of its phase from sample to sample."""
    for start_ms, samples in _stretches(frames):
        whole = np.fft.fft(samples)
        whole[len(whole) // 2 :] = 0
        turning = 2 * np.fft.ifft(whole)
        for start in range(0, len(samples) - _WINDOW + 1, _HOP):
            part = turning[start : start + _WINDOW]
            if np.abs(part).min() < _HEARD:
                continue
            pitch = _pitch(part)
            if abs(_pitch(part[: _WINDOW // 2]) - _pitch(part[_WINDOW // 2 :])) > _STEADY_HZ:
                continue  # the tone begins from below here
            middle = start_ms + (start + _WINDOW / 2) / _RATE * 1000
            who, above = divmod(pitch - _LOWEST_HZ, _BAND_HZ)
            clock = above / _SLOPE_HZ * 1000
            turns = round((from_ms + middle - clock) / _PERIOD_MS)
            yield Mark(from_ms + middle, int(who), clock + turns * _PERIOD_MS)


def _pitch(turning: np.ndarray) -> float:
    return float(np.angle(np.sum(turning[1:] * np.conj(turning[:-1])))) * _RATE / (2 * np.pi)


def _ms(frame: av.VideoFrame | av.AudioFrame) -> float:
    """Where a frame stands in its file."""
    if frame.pts is None or frame.time_base is None:
        raise ValueError("a frame without a time")
    return float(frame.pts * frame.time_base) * 1000


def _stretches(frames: Sequence[av.AudioFrame]) -> Iterator[tuple[float, np.ndarray]]:
    """(ms, samples) of what lies in the file without a hole."""
    begun, due = 0.0, None
    parts: list[np.ndarray] = []
    for frame in frames:
        at_ms = _ms(frame)
        if due is not None and abs(at_ms - due) > PACKET_MS / 2:
            yield begun, np.concatenate(parts)
            parts = []
        if not parts:
            begun = at_ms
        data = frame.to_ndarray()
        mono = data.reshape(-1, frame.layout.nb_channels)[:, 0] if not frame.format.is_planar else data[0]
        parts.append(mono.astype(np.float64) * (32_767 if mono.dtype.kind == "f" else 1))
        due = at_ms + frame.samples / _RATE * 1000
    if parts:
        yield begun, np.concatenate(parts)
