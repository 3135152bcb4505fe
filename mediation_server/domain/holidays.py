"""The notice of one year's holidays (节假日安排) as an administrator brings it: read, checked, in its normal form."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from mediation_server.errors import BadInput

__all__ = ["MOST_NOTICE", "notice_of"]

MOST_NOTICE = 8_000  # characters; a year's notice has a tenth of that
_YEARS = range(2020, 2101)
_MOST_LISTED, _MOST_DAYS_OFF = 40, 60
_SOURCE = range(4, 201)
_KEYS = {"year", "source", "off", "worked"}
_SATURDAY = 5


def notice_of(text: str) -> dict[str, Any]:
    """One year as `data/holidays.json` holds it: year, source, spans of days off, week-end days that are worked.

    Raises `BadInput`, each naming the field `notice`: `required`, `too_long`, `calendar_json` (not JSON),
    `calendar_keys`, `calendar_year`, `calendar_source`, `calendar_day` (`at`: the entry), `calendar_worked` (`at`).
    """
    if not text.strip():
        raise BadInput("required", field="notice")
    if len(text) > MOST_NOTICE:
        raise BadInput("too_long", field="notice", most=MOST_NOTICE)
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        raise BadInput("calendar_json", field="notice") from None
    if not isinstance(data, dict) or not set(data) >= _KEYS:
        raise BadInput("calendar_keys", field="notice")
    year, source = data["year"], data["source"]
    if type(year) is not int or year not in _YEARS:
        raise BadInput("calendar_year", field="notice")
    if not isinstance(source, str) or len(source.strip()) not in _SOURCE:
        raise BadInput("calendar_source", field="notice")
    spans = [_span(year, each) for each in _listed(data, "off")]
    off = {first + timedelta(days=n) for first, last in spans for n in range((last - first).days + 1)}
    if not off or len(off) > _MOST_DAYS_OFF:
        raise BadInput("calendar_day", field="notice", at="off")
    worked = [_worked(year, each, off) for each in _listed(data, "worked")]
    return {
        "year": year,
        "source": source.strip(),
        "off": [[f"{first:%m-%d}", f"{last:%m-%d}"] for first, last in sorted(spans)],
        "worked": [f"{day:%m-%d}" for day in sorted(set(worked))],
    }


def _listed(data: Mapping[str, Any], key: str) -> list[Any]:
    found = data[key]
    if not isinstance(found, list) or len(found) > _MOST_LISTED:
        raise BadInput("calendar_day", field="notice", at=key)
    return found


def _span(year: int, entry: object) -> tuple[date, date]:
    if not isinstance(entry, list) or len(entry) != 2:  # noqa: PLR2004 - first and last day
        raise BadInput("calendar_day", field="notice", at=_quoted(entry))
    first, last = _day(year, entry[0]), _day(year, entry[1])
    if first > last:
        raise BadInput("calendar_day", field="notice", at=_quoted(entry))
    return first, last


def _worked(year: int, entry: object, off: set[date]) -> date:
    """A week-end day that is worked: any other working day needs no notice, and a day off is none."""
    day = _day(year, entry)
    if day.weekday() < _SATURDAY or day in off:
        raise BadInput("calendar_worked", field="notice", at=_quoted(entry))
    return day


def _day(year: int, entry: object) -> date:
    try:
        return date.fromisoformat(f"{year}-{entry}")
    except ValueError:
        raise BadInput("calendar_day", field="notice", at=_quoted(entry)) from None


def _quoted(entry: object) -> str:
    return json.dumps(entry, ensure_ascii=False, default=str)[:40]
