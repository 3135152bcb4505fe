"""`Unsent`, a form that came after its login had ended (未送出的内容): kept for whoever typed it; pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

__all__ = ["UNSENT_LASTS", "Unsent"]

UNSENT_LASTS = timedelta(days=1)  # and so long a login that is over is remembered, to know whose form it is
_CODE = re.compile(r"[A-Za-z0-9_.:-]*")  # an id, a choice, a day, a number: nothing that reads as words


@dataclass(frozen=True, slots=True)
class Unsent:
    """One form of one account: where it was going, and every field of it; the next one takes its place."""

    user_id: str
    path: str
    fields: Mapping[str, str]
    kept_at: datetime

    @property
    def words(self) -> tuple[str, ...]:
        """What somebody has written in it, to recognise it by."""
        return tuple(each.strip() for each in self.fields.values() if not _CODE.fullmatch(each.strip()))

    def lasts_at(self, now: datetime) -> bool:
        """Whether it is still to be had."""
        return now < self.kept_at + UNSENT_LASTS
