"""What is written into a composed film, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping

from mediation_server.domain.recording import GapReason
from web.i18n import load_catalogue

__all__ = ["film_words"]


def film_words(language: str) -> Mapping[str, str]:
    """`joint`, `notice`, `caption`, and one for each reason of a gap; Chinese unless English is asked for."""
    texts = load_catalogue("en" if language == "en" else "zh")
    known = ("joint", "notice", "caption", *(reason.value for reason in GapReason))
    return {each: texts[f"film.{each}"] for each in known}
