"""The process that listens: `python -m mediation_server.captions.child ENGINE MEMORY_MIB [MODEL]`; has no secret.

What strangers' packets do to a decoder or an engine, they do here: no network, no file but code and model, no core,
bounded memory, behind everything else. Nothing is written anywhere but to the pipe.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

from mediation_server.captions.engine import Heard, SpeechEngine, engine_of
from mediation_server.captions.frames import Frame, FrameKind, Said, read_frame, written
from mediation_server.captions.sound import VoiceSound
from mediation_server.materials.confinement import Limits, bound, confine, library_paths

__all__ = ["main", "serve"]

_MIB = 1 << 20
_CPU_S = 7 * 86_400  # whoever has used so much is replaced
_NICENESS = 5  # behind the media, before films and previews: words that come late are none
_SILENT_NS = 700_000_000  # nothing came of a voice for so long: what was said is over
_MOST_VOICES = 64


class _Ear:
    """One voice: its sound, what the engine makes of it, when that was."""

    def __init__(self, engine: SpeechEngine, number: int) -> None:
        self.latest_ns = 0
        self._number = number
        self._sound = VoiceSound()
        self._voice = engine.voice()
        self._line = 1
        self._open = False  # whether something came since the last end

    def packet(self, data: bytes, at_ns: int) -> Iterable[Said]:
        self.latest_ns, self._open = at_ns, True
        sound = self._sound.take(data, at_ns)
        return self._told(self._voice.hear(sound)) if sound else ()

    def end(self) -> Iterable[Said]:
        if self._open:
            self._open = False
            yield from self._told(self._voice.finish())

    def _told(self, heard: Iterable[Heard]) -> Iterable[Said]:
        for each in heard:
            first, last = self._sound.arrived_ns(each.first), self._sound.arrived_ns(each.last)
            yield Said(self._number, self._line, first, last, each.text, each.final)
            self._line += each.final


def serve(engine: SpeechEngine, source: BinaryIO, target: BinaryIO) -> None:
    """Listen until the other end hangs up."""
    ears: dict[int, _Ear] = {}
    while (frame := read_frame(source)) is not None:
        target.writelines(written(said) for said in _heard(engine, ears, frame))
        if frame.kind in (FrameKind.ASK, FrameKind.FLUSH):
            target.write(written(frame.at_ns))
        target.flush()


def _heard(engine: SpeechEngine, ears: dict[int, _Ear], frame: Frame) -> Iterable[Said]:
    if frame.kind is FrameKind.PACKET:
        if frame.voice not in ears and len(ears) < _MOST_VOICES:
            ears[frame.voice] = _Ear(engine, frame.voice)
        if frame.voice in ears:
            yield from ears[frame.voice].packet(frame.body, frame.at_ns)
    elif frame.kind is FrameKind.END:
        ear = ears.pop(frame.voice, None)
        if ear is not None:
            yield from ear.end()
    else:
        for ear in ears.values():
            if frame.kind is FrameKind.FLUSH or frame.at_ns - ear.latest_ns > _SILENT_NS:
                yield from ear.end()


def main(arguments: list[str]) -> None:
    """Give up everything that listening does not need, load the model, listen."""
    name, memory, *model = arguments
    path = Path(model[0]) if model else None
    bound(Limits(memory=int(memory) * _MIB, cpu_s=_CPU_S, writes=0, niceness=_NICENESS))
    confine([*library_paths(), *([path] if path else [])], None)
    serve(engine_of(name, path), sys.stdin.buffer, sys.stdout.buffer)


if __name__ == "__main__":
    main(sys.argv[1:])
