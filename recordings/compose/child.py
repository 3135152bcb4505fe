"""The process that makes a film: `python -m recordings.compose.child DATA SESSION RECORDING WORK NICENESS`.

The first line that comes in holds the keys of this recording and this film (`HeldKeys`); then a step a line comes in
(`check`, `part 3`, `sound`, `join`), and an answer a line goes out.  Every step writes a file beside its name and
puts it in place at once, so that what is there is whole, whoever was killed when.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import BinaryIO

import av
from PIL import Image

from mediation_server.at_rest.scratch import scratch
from mediation_server.at_rest.stored import BrokenFileError, HeldKeys, open_stored, store
from mediation_server.materials.confinement import Limits, bound, confine, library_paths
from mediation_server.openfile import digest_of
from recordings.compose.fonts import font_sha256
from recordings.compose.joining import Pieces, join
from recordings.compose.picture import encode_card, encode_part
from recordings.compose.recipe import Card, Recipe, parse_recipe
from recordings.compose.sound import encode_sound
from recordings.compose.work import FILM, RECIPE, SOUND, film_scope, part_name
from recordings.vault import Vault

__all__ = ["main"]

_MIB = 1 << 20
_MEMORY, _CPU_S, _WRITES, _FILES = 3_072 * _MIB, 24 * 3_600, 32_768 * _MIB, 128


def main(arguments: list[str]) -> None:
    """Do the steps that standard input names until it ends."""
    data, session, recording, work, niceness = arguments
    opens = HeldKeys.heard(json.loads(sys.stdin.readline()))
    bound(Limits(_MEMORY, _CPU_S, _WRITES, _FILES, int(niceness)))
    av.logging.set_level(None)  # what a library says of a file may quote it
    directory = Path(work)
    made = _Made(directory, opens)
    with made.opened(RECIPE) as stream:
        recipe = parse_recipe(stream.read())
    vault = Vault(Path(data), opens)
    Image.init()  # and the font, before nothing more can be opened
    code = Path(__file__).parents[1]
    confine([*library_paths(), code, vault.directory(session, recording)], directory)

    def open_input(index: int) -> BinaryIO:
        return vault.open_segment(session, recording, index)[0]

    steps = _Steps(recipe, made, open_input)
    for line in sys.stdin:
        try:
            answer = steps.take(line.split())
        except Exception as error:  # noqa: BLE001 - whatever a library makes of a file; the parent decides what then
            answer = {"fault": type(error).__name__}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


class _Made:
    """What is made, where it lies."""

    def __init__(self, directory: Path, opens: HeldKeys) -> None:
        self._directory, self._opens, self._scope = directory, opens, film_scope(directory.name)

    def opened(self, name: str) -> BinaryIO:
        """A file that is there."""
        return open_stored(self._directory, name, self._opens, self._scope)

    def make(self, name: str, write: Callable[[Path], None], size: int = 0) -> None:
        """Have a file written unless it is there; it is expected to have `size` bytes."""
        target = self._directory / name
        if target.exists():
            return
        temporary = target.with_name(f"{name}.making.{os.getpid()}")
        try:
            with scratch(target, size) as plain:
                write(plain)
                with plain.open("rb") as stream:
                    store(stream, temporary, self._opens.of(self._scope), name)
            temporary.replace(target)
        finally:
            temporary.unlink(missing_ok=True)

    def size(self, names: Iterable[str]) -> int:
        """How many bytes these files have."""
        return sum((self._directory / each).stat().st_size for each in names)


class _Steps:
    """The four things there are to do."""

    def __init__(self, recipe: Recipe, made: _Made, open_input: Callable[[int], BinaryIO]) -> None:
        self._recipe, self._made, self._open = recipe, made, open_input

    def take(self, words: list[str]) -> dict[str, object]:
        """Do one step and say so."""
        match words:
            case ["check"]:
                return self._check()
            case ["part", number]:
                return self._part(int(number))
            case ["sound"]:
                self._made.make(SOUND, lambda target: encode_sound(self._recipe, self._open, target))
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
                if _digest(stream) != each.sha256:
                    return {"fault": "original_changed"}
        return {}

    def _part(self, number: int) -> dict[str, object]:
        part = self._recipe.parts[number]

        def write(target: Path) -> None:
            if isinstance(part, Card):
                encode_card(self._recipe, part, target)
            else:
                encode_part(self._recipe, part, self._open, target)

        self._made.make(part_name(number), write)
        return {}

    def _join(self) -> dict[str, object]:
        parts = [part_name(number) for number in range(len(self._recipe.parts))]
        pieces = Pieces(self._made.opened, parts, SOUND)
        self._made.make(FILM, lambda target: join(self._recipe, pieces, target), self._made.size([*parts, SOUND]))
        with self._made.opened(FILM) as stream:
            size, sha256 = digest_of(stream)
        return {"bytes": size, "sha256": sha256}


def _digest(stream: BinaryIO) -> str:
    """What a file is; of one that does not hold, nothing."""
    try:
        return digest_of(stream)[1]
    except BrokenFileError:
        return ""


if __name__ == "__main__":
    main(sys.argv[1:])
