"""What every check does first: full-width forms made plain, blanks gone, length bounded; knows no kind of datum."""

from __future__ import annotations

import unicodedata

from mediation_server.errors import BadInput

__all__ = ["bounded", "compact", "one_code", "one_line", "prose", "reason", "tidy"]

# Format characters a person may carry along when pasting: zero-width space and joiners, direction marks, BOM.
_INVISIBLE = frozenset(
    "\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"
)
_UNSHOWN = ("Cc", "Cs", "Co")  # control characters, half characters, private ones
_MOST_TYPED = 4_000  # nothing longer is even looked at


def tidy(text: str, *, field: str, most: int = _MOST_TYPED) -> str:
    """One line without outer blanks and invisible characters, inner blanks single.

    `most` is what is said of a text that is far too long; whoever knows less bounds the rest.
    Raises `BadInput("too_long")`, and `BadInput("text_control")` for what no page can show.
    """
    if len(text) > _MOST_TYPED:
        raise BadInput("too_long", field=field, most=most)
    plain = " ".join("".join(each for each in text if each not in _INVISIBLE).split())
    if any(unicodedata.category(each) in _UNSHOWN for each in plain):
        raise BadInput("text_control", field=field)
    return plain


def compact(text: str, *, field: str, most: int = _MOST_TYPED) -> str:
    """For numbers and codes: as `tidy`, full-width letters, digits and brackets made plain, no blanks at all."""
    return unicodedata.normalize("NFKC", tidy(text, field=field, most=most)).replace(" ", "")


def bounded(text: str, *, field: str, most: int) -> str:
    """The same text. Raises `BadInput("required")` for none, `BadInput("too_long")` beyond `most` characters."""
    if not text:
        raise BadInput("required", field=field)
    if len(text) > most:
        raise BadInput("too_long", field=field, most=most)
    return text


def one_line(text: str, *, field: str, most: int) -> str:
    """As `tidy`, not empty, at most `most` characters. Raises `BadInput`: `required`, `too_long`, `text_control`."""
    return bounded(tidy(text, field=field, most=most), field=field, most=most)


def one_code(text: str, *, field: str, most: int) -> str:
    """As `compact`, not empty, at most `most` characters. Raises `BadInput`: `required`, `too_long`, `text_control`."""
    return bounded(compact(text, field=field, most=most), field=field, most=most)


def prose(text: str, *, field: str, least: int, most: int) -> str:
    """What somebody tells in sentences: lines kept, each tidy, no more than one empty line between two.

    Raises `BadInput`: `required`, `too_short`, `too_long`, `text_control`.
    """
    lines: list[str] = []
    for line in text.splitlines():
        plain = tidy(line, field=field, most=most)
        if plain or (lines and lines[-1]):
            lines.append(plain)
    told = bounded("\n".join(lines).strip(), field=field, most=most)
    if len(told) < least:
        raise BadInput("too_short", field=field, least=least)
    return told


def reason(text: str, *, field: str = "reason", most: int = 500) -> str:
    """Why somebody does something, in their words. Raises `BadInput`: `reason_required`, `reason_too_long`."""
    words = text.strip()
    if not words:
        raise BadInput("reason_required", field=field)
    if len(words) > most:
        raise BadInput("reason_too_long", field=field, limit=most)
    return words
