"""Lists of matters as pages show them: how near each last day is, and the addresses that lead on; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from mediation_server.domain.matter import MatterState
from mediation_server.services.listing import ListLine
from web.views.terms import SOON_DAYS

__all__ = ["ListRow", "address_of", "list_rows"]

_DONE = (MatterState.CLOSED, MatterState.ARCHIVED)  # what still runs is the house's: how long a recording is kept


@dataclass(frozen=True, slots=True)
class ListRow:
    """One line; `left` are the days to the last day, negative once it is over, None without one."""

    line: ListLine
    left: int | None
    urgency: str  # late | soon | on | none


def list_rows(lines: Sequence[ListLine], today: date) -> list[ListRow]:
    """The lines with how near their last days are."""
    return [_row(each, today) for each in lines]


def address_of(asked: Mapping[str, str]) -> str:
    """The address of the list that was asked for; what is empty is left out."""
    query = urlencode({name: value for name, value in asked.items() if value})
    return f"/matters?{query}" if query else "/matters"


def _row(line: ListLine, today: date) -> ListRow:
    if line.matter.next_due is None or line.matter.state in _DONE:
        return ListRow(line, None, "none")
    left = (line.matter.next_due - today).days
    return ListRow(line, left, "late" if left < 0 else "soon" if left <= SOON_DAYS else "on")
