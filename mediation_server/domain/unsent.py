"""`Unsent`, a form that came after its login had ended (未送出的内容): kept for whoever typed it; pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

__all__ = ["UNSENT_LASTS", "Unsent"]

UNSENT_LASTS = timedelta(days=1)  # and so long a login that is over is remembered, to know whose form it is
# What may be an id, a choice or a version as well as a short answer; a day reads as an answer.
_CODE = re.compile(r"(?!\d{4}-\d\d-\d\d$)[a-z0-9_-]*")
_CHOICE = re.compile(r"|yes|no|[a-z0-9]*_[a-z0-9_]*|[0-9a-hjkmnp-tv-z]{26}")  # what only a page says, ids among it


@dataclass(frozen=True, slots=True)
class Unsent:
    """One form of one account: where it was going, and every field of it; a newer one may take its place."""

    user_id: str
    path: str
    fields: Mapping[str, str]
    kept_at: datetime

    @property
    def words(self) -> tuple[str, ...]:
        """What somebody has written in it, to recognise it by."""
        return tuple(each.strip() for each in self.fields.values() if not _CODE.fullmatch(each.strip()))

    @property
    def short(self) -> tuple[str, ...]:
        """What else stands in it and may be an answer: shown, so that no short one is lost."""
        filled = (each.strip() for each in self.fields.values())
        return tuple(each for each in filled if _CODE.fullmatch(each) and not _CHOICE.fullmatch(each))

    @property
    def mark(self) -> str:
        """By it a page, a request and what is kept are known to be about the same form."""
        return f"{self.kept_at:%Y%m%d%H%M%S%f}"

    def yields_to(self, newer: Unsent) -> bool:
        """Whether the newer one takes its place: a mere press of a button never takes that of what was written."""
        return bool(newer.words) or not self.words or not self.lasts_at(newer.kept_at)

    def lasts_at(self, now: datetime) -> bool:
        """Whether it is still to be had."""
        return now < self.kept_at + UNSENT_LASTS
