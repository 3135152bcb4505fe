"""`FilmStudio`: films made from sealed recordings for whoever asked; asks no rights, the services do."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import BinaryIO

from mediation_server.domain.film import Film
from mediation_server.domain.recording import Recording
from mediation_server.services.context import Context
from mediation_server.services.making import Made, Told
from mediation_server.services.reading import events_of
from recordings.captions import captions_of
from recordings.compose.composer import Composer
from recordings.compose.fonts import font_file, font_sha256
from recordings.compose.recipe import Caption, Wish, recipe_of
from recordings.playback import review_of
from recordings.vault import Vault

__all__ = ["FilmStudio", "Words"]

Words = Callable[[str], Mapping[str, str]]  # what is written into a film, in a language


class FilmStudio:
    """The `Studio` of the product, over the vault and the session log."""

    def __init__(self, ctx: Context, vault: Vault, composer: Composer, words: Words) -> None:
        self._ctx, self._vault, self._composer, self._words = ctx, vault, composer, words

    async def make(self, film: Film, recording: Recording, told: Told) -> Made:
        """Make it, or go on with it. Raises `NotFound` and `Unavailable(<what went wrong>)`."""
        sealed = await asyncio.to_thread(self._vault.manifest, recording.session_id, recording.id)
        review = review_of(sealed[0], await events_of(self._ctx, recording.session_id))
        language = film.language if await asyncio.to_thread(font_file) else "en"  # no font, no Chinese characters
        words, font = await asyncio.to_thread(self._words, language), await asyncio.to_thread(font_sha256)
        spoken = await asyncio.to_thread(captions_of, self._vault, recording)
        captions = [Caption(each.participant, each.offset_ms, each.text) for each in spoken]
        wish = Wish(film.layout, language, film.mark)
        recipe = recipe_of(review, sealed, wish, words, font, captions=captions)
        made = await self._composer.make(film.id, recording.session_id, recipe, told)
        return Made(made.bytes, made.sha256)

    async def open(self, film_id: str) -> tuple[BinaryIO, int]:
        """The file and its length in bytes. Raises `NotFound`."""
        return await asyncio.to_thread(self._composer.shelves.open_film, film_id)

    async def discard(self, film_id: str) -> None:
        """Leave nothing of it; idempotent."""
        await asyncio.to_thread(self._composer.shelves.discard, film_id)
