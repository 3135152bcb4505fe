"""PocketSphinx behind the engine port: an English model comes with it; knows no packet and no room.

Sound is cut where somebody pauses and understood in one go, so that one decoder serves all voices of a place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from pocketsphinx import Decoder, Endpointer, set_loglevel

from mediation_server.captions.engine import RATE, Heard

__all__ = ["Sphinx", "joined"]

_BYTES = 2  # of a sample
_BETWEEN_HAN = re.compile(r"(?<=[\u3400-\u9fff]) +(?=[\u3400-\u9fff])")
_LONGEST_S = 12  # whoever speaks on without a pause is cut here


class Sphinx:
    """`model`: a directory with `*.lm.bin`, `*.dict` and a directory with the acoustic model; None: English."""

    def __init__(self, model: Path | None) -> None:
        set_loglevel("FATAL")  # it would quote what was said
        self._decoder = Decoder(samprate=RATE, **(_files(model) if model else {}))

    def voice(self) -> _Voice:
        """A new voice."""
        return _Voice(self._decoder)


class _Voice:
    def __init__(self, decoder: Decoder) -> None:
        self._decoder = decoder
        self._rest = bytearray()
        self._base = 0  # samples before the present endpointer
        self._seen = 0  # samples the present endpointer has had
        self._said = bytearray()
        self._from = 0
        self._ends = Endpointer(sample_rate=RATE)

    def hear(self, sound: bytes) -> Iterator[Heard]:
        self._rest += sound
        size = self._ends.frame_bytes
        while len(self._rest) >= size:
            frame = bytes(self._rest[:size])
            del self._rest[:size]
            yield from self._frame(frame)

    def finish(self) -> Iterator[Heard]:
        heard = self._base + self._seen + len(self._rest) // _BYTES
        if self._ends.in_speech:
            self._said += self._rest
            yield from self._understood(heard)
        self._rest.clear()
        self._base, self._seen, self._ends = heard, 0, Endpointer(sample_rate=RATE)

    def _frame(self, frame: bytes) -> Iterator[Heard]:
        spoke = self._ends.in_speech
        speech = self._ends.process(frame)
        self._seen += len(frame) // _BYTES
        if speech is None:
            return
        if not spoke:
            self._from = self._base + round(self._ends.speech_start * RATE)
        self._said += speech
        if not self._ends.in_speech:
            yield from self._understood(self._base + round(self._ends.speech_end * RATE))
        elif len(self._said) >= _LONGEST_S * RATE * _BYTES:
            yield from self._understood(self._base + self._seen)

    def _understood(self, last: int) -> Iterator[Heard]:
        self._decoder.start_utt()
        self._decoder.process_raw(bytes(self._said), full_utt=True)
        self._decoder.end_utt()
        self._said.clear()
        found, first = self._decoder.hyp(), self._from
        self._from = last
        if found is not None and found.hypstr:
            yield Heard(first, max(first, last), joined(found.hypstr))


def joined(text: str) -> str:
    """Words as they are written: a decoder sets blanks between all of them, Chinese has none."""
    return _BETWEEN_HAN.sub("", text)


def _files(model: Path) -> dict[str, str]:
    """What the decoder is told of a model. Raises `ValueError` when a part of it is missing."""
    found = {
        "hmm": next((each.parent for each in sorted(model.glob("*/mdef"))), None),
        "lm": _largest(model, "*.lm.bin", "*.lm"),
        "dict": _largest(model, "*.dict", "*.dic"),
    }
    missing = [name for name, path in found.items() if path is None]
    if missing:
        raise ValueError(f"the model lacks: {', '.join(missing)}")
    return {name: str(path) for name, path in found.items()}


def _largest(model: Path, *endings: str) -> Path | None:
    """Models lie beside smaller ones for other uses, such as one of sounds alone."""
    found = [each for ending in endings for each in model.glob(ending)]
    return max(found, key=lambda each: (each.stat().st_size, each.name), default=None)
