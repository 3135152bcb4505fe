"""Language, theme and size of type as a reader chose them: kept in a cookie, rendered by the server: no flash."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, cast
from urllib.parse import parse_qs, urlencode

from aiohttp import web

from web.i18n import LANGUAGES, Language

__all__ = ["COOKIE", "Preferences", "preferences_of"]

COOKIE = "prefs"
Theme = Literal["", "light", "dark"]
Size = Literal["", "large", "largest"]
THEMES: tuple[Theme, ...] = ("", "light", "dark")
SIZES: tuple[Size, ...] = ("", "large", "largest")


@dataclass(frozen=True, slots=True)
class Preferences:
    """Language, theme (empty: as the system says) and size of type (empty: normal)."""

    language: Language
    theme: Theme = ""
    size: Size = ""

    def changed(self, wish: dict[str, str]) -> Preferences:
        """These preferences with whatever of `wish` is a value we know; anything else is left as it is."""
        result = self
        if wish.get("language") in LANGUAGES:
            result = replace(result, language=cast("Language", wish["language"]))
        if wish.get("theme") in THEMES:
            result = replace(result, theme=cast("Theme", wish["theme"]))
        if wish.get("size") in SIZES:
            result = replace(result, size=cast("Size", wish["size"]))
        return result

    def as_cookie(self) -> str:
        """The cookie's value; holds nothing personal."""
        return urlencode({"language": self.language, "theme": self.theme, "size": self.size})


def preferences_of(request: web.Request, default: Language) -> Preferences:
    """What the cookie says; else the language the browser asks for, else `default`."""
    wish = {name: values[-1] for name, values in parse_qs(request.cookies.get(COOKIE, "")[:200]).items()}
    return Preferences(_accepted(request.headers.get("Accept-Language", ""), default)).changed(wish)


def _accepted(header: str, default: Language) -> Language:
    """The first language of `Accept-Language` that we have; browsers list them in order of liking."""
    for part in header[:200].split(","):
        prefix = part.split(";")[0].strip().lower()[:2]
        if prefix in LANGUAGES:
            return prefix
    return default
