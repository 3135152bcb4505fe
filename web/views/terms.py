"""How much of a term is used and left, in days at the court; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from mediation_server.domain.calendar import local_date, period_days
from mediation_server.domain.matter import Matter, MatterParty

__all__ = ["SOON_DAYS", "TermRow", "term_row"]

SOON_DAYS = 3


@dataclass(frozen=True, slots=True)
class TermRow:
    """The mediation period of one matter; `left` is negative once it is over, `percent` is what is used."""

    matter: Matter
    parties: tuple[MatterParty, ...]
    end: date
    left: int
    used: int
    total: int
    percent: int


def term_row(matter: Matter, parties: Sequence[MatterParty], now: datetime) -> TermRow | None:
    """The row of a matter that has a period; one that was stopped or moved by a holiday is as long as it became."""
    if matter.period_end is None:
        return None
    left = (matter.period_end - local_date(now)).days
    total = max(period_days(matter.track, matter.procedure), left, 1)
    used = min(total, max(0, total - left))
    return TermRow(matter, tuple(parties), matter.period_end, left, used, total, round(100 * used / total))
