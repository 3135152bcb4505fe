"""Reads what an event of a matter's log says, total: a payload of another shape reads as nothing."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import TypeVar

from mediation_server.domain.matter_log import MatterEvent

__all__ = ["day_in", "days_in", "instant_in", "one_of", "text_in", "texts_in"]

_MOST_DAYS = 3_660  # whatever a log claims, no term is longer than ten years
_E = TypeVar("_E", bound=StrEnum)


def text_in(event: MatterEvent, key: str) -> str | None:
    """A text under a key; None for anything else."""
    value = event.payload.get(key)
    return value if isinstance(value, str) else None


def days_in(event: MatterEvent, key: str = "days") -> int:
    """A number of days, never negative and never more than ten years; nought for anything else."""
    value = event.payload.get(key)
    return min(max(value, 0), _MOST_DAYS) if isinstance(value, int) else 0


def texts_in(event: MatterEvent, key: str) -> tuple[str, ...]:
    """The texts of a list; none for anything else."""
    value = event.payload.get(key)
    return tuple(each for each in value if isinstance(each, str)) if isinstance(value, list | tuple) else ()


def one_of(kind: type[_E], event: MatterEvent, key: str) -> _E | None:
    """One value of an enumeration; None for anything else."""
    value = event.payload.get(key)
    return kind(value) if isinstance(value, str) and value in set(kind) else None


def day_in(event: MatterEvent, key: str) -> date | None:
    """A day written as ISO 8601; None for anything else."""
    try:
        return date.fromisoformat(text_in(event, key) or "")
    except ValueError:
        return None


def instant_in(event: MatterEvent, key: str) -> datetime | None:
    """An instant written as ISO 8601 with its zone; None for anything else."""
    try:
        found = datetime.fromisoformat(text_in(event, key) or "")
    except ValueError:
        return None
    return found if found.tzinfo else None
