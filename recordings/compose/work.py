"""Where films lie while they are made and afterwards: one directory for each; names of ours alone.

<root>/films/<id>/recipe.json
                  p0000.mkv, …, sound.mkv   while it is made
                  film.mp4                  when it is done
"""

from __future__ import annotations

import contextlib
import shutil
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from mediation_server.at_rest.scratch import swept
from mediation_server.at_rest.stored import ScopeKey, ScopeKeys, length_of, open_stored, store
from mediation_server.domain.ids import is_id
from mediation_server.errors import MediationError, NotFound

__all__ = ["FILM", "RECIPE", "SOUND", "Shelves", "film_scope", "part_name"]

RECIPE, SOUND, FILM = "recipe.json", "sound.mkv", "film.mp4"
_READ_ONLY = 0o400


def film_scope(film_id: str) -> str:
    """The scope of a film's files, which lie under the data key of its recording."""
    return f"film/{film_id}"


def part_name(number: int) -> str:
    """The file of a part."""
    return f"p{number:04d}.mkv"


class Shelves:
    """The films of one data directory. Everything here blocks: call it in a thread."""

    def __init__(self, data_dir: Path, keys: ScopeKeys | None = None) -> None:
        self.root, self._keys = data_dir.absolute() / "films", keys

    def begin(self, film_id: str, recipe: bytes, key: ScopeKey | None = None) -> Path:
        """The directory of a film with its recipe; what is there of the same recipe stays and is gone on with."""
        directory = self._of(film_id)
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        swept(directory)
        with contextlib.suppress(OSError, MediationError), self._opened(film_id, RECIPE) as stream:
            if stream.read() == recipe:
                return directory
        for each in directory.iterdir():
            each.unlink()
        temporary = directory / f"{RECIPE}.making"
        store(BytesIO(recipe), temporary, key, RECIPE)
        temporary.replace(directory / RECIPE)
        return directory

    def finish(self, film_id: str) -> None:
        """Keep the film and its recipe, and nothing else."""
        for each in self._of(film_id).iterdir():
            if each.name in (FILM, RECIPE):
                each.chmod(_READ_ONLY)
            else:
                each.unlink()

    def open_film(self, film_id: str) -> tuple[BinaryIO, int]:
        """A film, open for reading, and its length in bytes; the caller's to close. Raises `NotFound`.

        Raises `Unavailable` or `Gone` where its key is not to be had.
        """
        try:
            stream = self._opened(film_id, FILM)
        except OSError as error:
            raise NotFound from error
        return stream, length_of(stream)

    def discard(self, film_id: str) -> None:
        """Leave nothing of a film; idempotent."""
        shutil.rmtree(self._of(film_id), ignore_errors=True)

    def _opened(self, film_id: str, name: str) -> BinaryIO:
        return open_stored(self._of(film_id), name, self._keys, film_scope(film_id))

    def _of(self, film_id: str) -> Path:
        if not is_id(film_id):
            raise NotFound
        return self.root / film_id
