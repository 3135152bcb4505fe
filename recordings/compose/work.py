"""Where films lie while they are made and afterwards: one directory for each; names of ours alone.

<root>/films/<id>/recipe.json
                  p0000.mkv, …, sound.mkv   while it is made
                  film.mp4                  when it is done
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import BinaryIO

from mediation_server.domain.ids import is_id
from mediation_server.errors import NotFound
from mediation_server.openfile import open_regular

__all__ = ["FILM", "RECIPE", "SOUND", "Shelves", "part_name"]

RECIPE, SOUND, FILM = "recipe.json", "sound.mkv", "film.mp4"
_READ_ONLY = 0o400


def part_name(number: int) -> str:
    """The file of a part."""
    return f"p{number:04d}.mkv"


class Shelves:
    """The films of one data directory. Everything here blocks: call it in a thread."""

    def __init__(self, data_dir: Path) -> None:
        self.root = data_dir.absolute() / "films"

    def begin(self, film_id: str, recipe: bytes) -> Path:
        """The directory of a film with its recipe; what is there of the same recipe stays and is gone on with."""
        directory = self._of(film_id)
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = directory / RECIPE
        if path.exists() and path.read_bytes() == recipe:
            return directory
        for each in directory.iterdir():
            each.unlink()
        temporary = directory / f"{RECIPE}.making"
        with temporary.open("wb") as stream:
            stream.write(recipe)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
        return directory

    def finish(self, film_id: str) -> None:
        """Keep the film and its recipe, and nothing else."""
        for each in self._of(film_id).iterdir():
            if each.name in (FILM, RECIPE):
                each.chmod(_READ_ONLY)
            else:
                each.unlink()

    def open_film(self, film_id: str) -> tuple[BinaryIO, int]:
        """A film, open for reading, and its length in bytes; the caller's to close. Raises `NotFound`."""
        try:
            stream = open_regular(self._of(film_id), FILM)
        except OSError as error:
            raise NotFound from error
        return stream, os.fstat(stream.fileno()).st_size

    def discard(self, film_id: str) -> None:
        """Leave nothing of a film; idempotent."""
        shutil.rmtree(self._of(film_id), ignore_errors=True)

    def _of(self, film_id: str) -> Path:
        if not is_id(film_id):
            raise NotFound
        return self.root / film_id
