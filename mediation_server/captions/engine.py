"""The speech engine port: what any offline engine must offer the process that listens; knows no room and no packet.

An engine lives in a child process (`child`), is made once with a model, and is asked for a voice for each person.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Protocol

__all__ = ["ENGINES", "RATE", "Heard", "SpeechEngine", "Voice", "engine_of"]

RATE = 16_000  # samples a second; 16 bit, one channel, the machine's byte order


@dataclass(frozen=True, slots=True)
class Heard:
    """What was understood between two samples of a voice, counted from its first; `final`: it will not change."""

    first: int
    last: int
    text: str
    final: bool = True


class Voice(Protocol):
    """One person's voice, from its first sample on."""

    def hear(self, sound: bytes) -> Iterable[Heard]:
        """Take the next samples; what was understood by now, perhaps nothing."""
        ...

    def finish(self) -> Iterable[Heard]:
        """Nothing comes for now: what was not understood yet. The voice may go on afterwards."""
        ...


class SpeechEngine(Protocol):
    """An engine with its model."""

    def voice(self) -> Voice:
        """A new voice."""
        ...


# Setting -> module and class; imported where it is used, for each needs what only the extra `captions` installs.
ENGINES: Mapping[str, tuple[str, str]] = {
    "sphinx": ("mediation_server.captions.sphinx", "Sphinx"),
}


def engine_of(name: str, model: Path | None) -> SpeechEngine:
    """Make an engine. Raises `ImportError` where it is not installed, `ValueError` for a model that is none."""
    module, named = ENGINES[name]
    make: Callable[[Path | None], SpeechEngine] = getattr(import_module(module), named)
    return make(model)
