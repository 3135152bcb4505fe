"""The process that makes a film: `python -m recordings.compose.child DATA SESSION RECORDING WORK NICENESS`.

A step a line comes in (`check`, `part 3`, `sound`, `join`), an answer a line goes out.  Every step writes a file
beside its name and puts it in place at once, so that what is there is whole, whoever was killed when.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import av
from PIL import Image

from mediation_server.materials.confinement import Limits, bound, confine, library_paths
from mediation_server.openfile import digest_of
from recordings.compose.fonts import font_sha256
from recordings.compose.joining import Pieces, join
from recordings.compose.picture import encode_card, encode_part
from recordings.compose.recipe import Card, Recipe, parse_recipe
from recordings.compose.sound import encode_sound
from recordings.compose.work import FILM, RECIPE, SOUND, part_name
from recordings.vault import Vault

__all__ = ["main"]

_MIB = 1 << 20
_MEMORY, _CPU_S, _WRITES, _FILES = 3_072 * _MIB, 24 * 3_600, 32_768 * _MIB, 128


def main(arguments: list[str]) -> None:
    """Do the steps that standard input names until it ends."""
    data, session, recording, work, niceness = arguments
    bound(Limits(_MEMORY, _CPU_S, _WRITES, _FILES, int(niceness)))
    av.logging.set_level(None)  # what a library says of a file may quote it
    directory = Path(work)
    recipe = parse_recipe((directory / RECIPE).read_bytes())
    vault = Vault(Path(data))
    Image.init()  # and the font, before nothing more can be opened
    code = Path(__file__).parents[1]
    confine([*library_paths(), code, vault.directory(session, recording)], directory)

    def open_input(index: int) -> BinaryIO:
        return vault.open_segment(session, recording, index)[0]

    steps = _Steps(recipe, directory, open_input)
    for line in sys.stdin:
        try:
            answer = steps.take(line.split())
        except Exception as error:  # noqa: BLE001 - whatever a library makes of a file; the parent decides what then
            answer = {"fault": type(error).__name__}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


class _Steps:
    """The four things there are to do."""

    def __init__(self, recipe: Recipe, directory: Path, open_input: Callable[[int], BinaryIO]) -> None:
        self._recipe, self._directory, self._open = recipe, directory, open_input

    def take(self, words: list[str]) -> dict[str, object]:
        """Do one step and say so."""
        match words:
            case ["check"]:
                return self._check()
            case ["part", number]:
                return self._part(int(number))
            case ["sound"]:
                self._made(SOUND, lambda target: encode_sound(self._recipe, self._open, target))
                return {}
            case ["join"]:
                return self._join()
        return {"fault": "unknown_step"}

    def _check(self) -> dict[str, object]:
        """Every file must be the one the recipe names, and so must the font."""
        if self._recipe.font != font_sha256():
            return {"fault": "font_changed"}
        for each in self._recipe.inputs:
            with self._open(each.index) as stream:
                if digest_of(stream)[1] != each.sha256:
                    return {"fault": "original_changed"}
        return {}

    def _part(self, number: int) -> dict[str, object]:
        part = self._recipe.parts[number]

        def write(target: Path) -> None:
            if isinstance(part, Card):
                encode_card(self._recipe, part, target)
            else:
                encode_part(self._recipe, part, self._open, target)

        self._made(part_name(number), write)
        return {}

    def _join(self) -> dict[str, object]:
        parts = [self._directory / part_name(number) for number in range(len(self._recipe.parts))]
        pieces = Pieces(parts, self._directory / SOUND)
        self._made(FILM, lambda target: join(self._recipe, pieces, target))
        with (self._directory / FILM).open("rb") as stream:
            size, sha256 = digest_of(stream)
        return {"bytes": size, "sha256": sha256}

    def _made(self, name: str, write: Callable[[Path], None]) -> None:
        if (self._directory / name).exists():
            return
        temporary = self._directory / f"{name}.making.{os.getpid()}"
        try:
            write(temporary)
            with temporary.open("rb") as stream:
                os.fsync(stream.fileno())
            temporary.replace(self._directory / name)
        finally:
            temporary.unlink(missing_ok=True)


if __name__ == "__main__":
    main(sys.argv[1:])
