"""Column types that speak the domain's language: UTC instants, dates and enumerations; they know no table."""

from __future__ import annotations

from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Generic, TypeVar

from sqlalchemy import DateTime, Dialect, Text
from sqlalchemy.types import TypeDecorator

__all__ = ["DateText", "EnumText", "UTCDateTime", "WordsText"]

E = TypeVar("E", bound=StrEnum)


class UTCDateTime(TypeDecorator[datetime]):
    """An instant: aware on both sides, UTC in the database (SQLite keeps no zone and gives naive values back)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To the database. Raises `ValueError` for an instant without a zone: a bug, never input."""
        del dialect
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant without a time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """From the database, always in UTC."""
        del dialect
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class DateText(TypeDecorator[date]):
    """A calendar day as `YYYY-MM-DD`."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: date | None, dialect: Dialect) -> str | None:
        """To the database."""
        del dialect
        return None if value is None else value.isoformat()

    def process_result_value(self, value: str | None, dialect: Dialect) -> date | None:
        """From the database."""
        del dialect
        return None if value is None else date.fromisoformat(value)


class EnumText(TypeDecorator[E], Generic[E]):
    """One value of an enumeration, kept as its text."""

    impl = Text
    cache_ok = True

    def __init__(self, kind: type[E]) -> None:
        """`kind` is the enumeration; a text it does not know raises `ValueError` when read."""
        super().__init__()
        self.kind = kind

    def process_bind_param(self, value: E | None, dialect: Dialect) -> str | None:
        """To the database."""
        del dialect
        return None if value is None else self.kind(value).value

    def process_result_value(self, value: str | None, dialect: Dialect) -> E | None:
        """From the database."""
        del dialect
        return None if value is None else self.kind(value)


class WordsText(TypeDecorator[tuple[str, ...]]):
    """A few codes or names as one text, `|traffic|loan|`, so that rows can be found by any of them with `LIKE`."""

    impl = Text
    cache_ok = True

    def __init__(self, kind: type[str] = str) -> None:
        """`kind` is what each of them is: an enumeration of texts, or plain text."""
        super().__init__()
        self.kind = kind

    def process_bind_param(self, value: tuple[str, ...] | str | None, dialect: Dialect) -> str | None:
        """To the database; a pattern to compare with goes as it is. Raises `ValueError` for a text with a bar in it."""
        del dialect
        if value is None or isinstance(value, str):
            return value
        if any("|" in each for each in value):
            raise ValueError("a bar in a list of words")
        return "".join(f"|{self.kind(each)}" for each in value) + "|"

    def process_result_value(self, value: str | None, dialect: Dialect) -> tuple[str, ...]:
        """From the database, in the order in which they were given."""
        del dialect
        return tuple(self.kind(each) for each in (value or "").split("|") if each)
