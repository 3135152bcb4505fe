"""A voice that never pauses for long, as a file for a browser's invented microphone; knows no browser."""

from __future__ import annotations

import math
import struct
import wave
from pathlib import Path

__all__ = ["write_voice"]

_RATE = 48_000
_TONE = 440
_SYLLABLE, _SPOKEN, _EDGE = 0.4, 0.3, 0.02  # seconds; pauses too short for discontinuous transmission to set in
_SECONDS = 4
_LOUDNESS = 12_000


def write_voice(path: Path) -> Path:
    """Write syllables of one tone as a mono WAV file and return its path."""
    samples = (_sample(number / _RATE) for number in range(_RATE * _SECONDS))
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(_RATE)
        file.writeframes(b"".join(struct.pack("<h", each) for each in samples))
    return path


def _sample(second: float) -> int:
    at = second % _SYLLABLE
    envelope = max(0.0, min(1.0, at / _EDGE, (_SPOKEN - at) / _EDGE))
    return round(_LOUDNESS * envelope * math.sin(2 * math.pi * _TONE * second))
