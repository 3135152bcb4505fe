"""`Unsent`, a form that came after its login had ended (未送出的内容): kept for whoever typed it; pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

__all__ = ["UNSENT_LASTS", "Unsent"]

UNSENT_LASTS = timedelta(days=1)  # and so long a login that is over is remembered, to know whose form it is
# An id, a choice, a number: nothing that reads as words; a day and an hour do.
_CODE = re.compile(r"(?!\d{4}-\d\d-\d\d$|\d\d:\d\d$)[A-Za-z0-9_.:-]*", re.ASCII)


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
    def mark(self) -> str:
        """By it a page, a request and what is kept are known to be about the same form."""
        return self.kept_at.isoformat()

    def yields_to(self, newer: Unsent) -> bool:
        """Whether the newer one takes its place: a mere press of a button never takes that of what was written."""
        return bool(newer.words) or not self.words or not self.lasts_at(newer.kept_at)

    def lasts_at(self, now: datetime) -> bool:
        """Whether it is still to be had."""
        return now < self.kept_at + UNSENT_LASTS
