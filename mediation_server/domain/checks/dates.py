"""Days that people type: possible ones, and within the bounds a field has; knows no clock, `today` is handed in."""

from __future__ import annotations

import re
from datetime import date

from mediation_server.domain.checks.texts import one_code
from mediation_server.errors import BadInput

__all__ = ["day", "past_day"]

_WRITTEN = re.compile(r"(\d{4})(?:-|/|\.|年)(\d{1,2})(?:-|/|\.|月)(\d{1,2})日?|(\d{4})(\d{2})(\d{2})", re.ASCII)
_EARLIEST = date(1900, 1, 1)
_LATEST = date(2199, 12, 31)


def day(text: str, *, field: str = "day", earliest: date = _EARLIEST, latest: date = _LATEST) -> date:
    """A day as `2026-11-23`, `2026/11/23`, `2026年11月23日` or `20261123`.

    Raises `BadInput`: `required`, `date_form`, `date_impossible` (30 February), `date_early`, `date_late`.
    """
    found = _WRITTEN.fullmatch(one_code(text, field=field, most=40))
    if found is None:
        raise BadInput("date_form", field=field)
    year, month, number = (int(each) for each in found.groups() if each is not None)
    try:
        on = date(year, month, number)
    except ValueError:
        raise BadInput("date_impossible", field=field) from None
    if on < earliest:
        raise BadInput("date_early", field=field, earliest=earliest.isoformat())
    if on > latest:
        raise BadInput("date_late", field=field, latest=latest.isoformat())
    return on


def past_day(text: str, *, field: str = "day", today: date) -> date:
    """A day on which something happened: today or before. Raises as `day`."""
    return day(text, field=field, latest=today)
