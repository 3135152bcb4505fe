"""`Unsent`, a form that came after its login had ended (未送出的内容): kept for whoever typed it; pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

__all__ = ["FILLED", "UNSENT_LASTS", "Said", "Unsent"]

FILLED = "filled"  # the field in which a page says what its form holds, in its own words
_MOST_SAID = 200  # characters
UNSENT_LASTS = timedelta(days=1)  # and so long a login that is over is remembered, to know whose form it is
# What may be an id, a choice or a version as well as a short answer; a day reads as an answer.
_CODE = re.compile(r"(?!\d{4}-\d\d-\d\d$)[a-z0-9_-]*")
_CHOICE = re.compile(r"|yes|no|[a-z0-9]*_[a-z0-9_]*|[0-9a-hjkmnp-tv-z]{26}")  # what only a page says, ids among it


@dataclass(frozen=True, slots=True)
class Said:
    """What a page said of one field: its label, and what was chosen there or typed; `typed`: somebody wrote it."""

    label: str
    words: str
    typed: bool


@dataclass(frozen=True, slots=True)
class Unsent:
    """One form of one account: where it was going, and every field of it; a newer one may take its place."""

    user_id: str
    path: str
    fields: Mapping[str, str]
    kept_at: datetime

    @property
    def said(self) -> tuple[Said, ...]:
        """What its page said of every field that somebody had filled in; nothing where its browser ran no scripts."""
        found = []
        for name, label, chosen in self._told():
            value = self.fields.get(name, "").strip()
            if name != FILLED and value:
                found.append(Said(label, chosen or value, typed=not chosen))
        return tuple(found)

    @property
    def pressed(self) -> str:
        """The words of the button that was pressed, where its page said them."""
        return next((words for name, _, words in self._told() if not name), "")

    @property
    def words(self) -> tuple[str, ...]:
        """What somebody has written in it, to recognise it by."""
        if self._told():
            return tuple(each.words for each in self.said if each.typed)
        return tuple(each for each in self._values() if not _CODE.fullmatch(each))

    @property
    def short(self) -> tuple[str, ...]:
        """What else stands in it and may be an answer: shown, so that no short one is lost."""
        return tuple(each for each in self._values() if _CODE.fullmatch(each) and not _CHOICE.fullmatch(each))

    @property
    def is_filled(self) -> bool:
        """Whether somebody wrote or chose anything in it; a mere press of a button is never repeated."""
        return bool(self.words or self.said)

    def _told(self) -> list[tuple[str, str, str]]:
        return list(_entries(self.fields.get(FILLED, "")))

    def _values(self) -> Iterator[str]:
        return (value.strip() for name, value in self.fields.items() if name != FILLED)

    @property
    def mark(self) -> str:
        """By it a page, a request and what is kept are known to be about the same form."""
        return f"{self.kept_at:%Y%m%d%H%M%S%f}"

    def yields_to(self, newer: Unsent) -> bool:
        """Whether the newer one takes its place: what was written outweighs a choice, and a choice a mere press."""
        return newer._weight >= self._weight or not self.lasts_at(newer.kept_at)

    @property
    def _weight(self) -> int:
        return 2 if self.words else 1 if self.said else 0

    def lasts_at(self, now: datetime) -> bool:
        """Whether it is still to be had."""
        return now < self.kept_at + UNSENT_LASTS


def _entries(text: str) -> Iterator[tuple[str, str, str]]:
    """Name, label and words of each field, as far as they can be read: they come from a browser."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return
    for each in found if isinstance(found, list) else ():
        if isinstance(each, list) and len(each) == 3 and all(isinstance(part, str) for part in each):  # noqa: PLR2004
            name, label, words = map(_whole, each)
            yield name, label[:_MOST_SAID], words[:_MOST_SAID]


def _whole(text: str) -> str:
    """Without halves of characters, which JSON can say and nobody can store or show."""
    return text.encode("utf-8", "replace").decode()
