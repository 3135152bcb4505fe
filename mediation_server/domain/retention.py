"""How long a matter's record is kept, what holds it, when it may go (保存期限, 保全, 处置); pure, knows no file.

Court archives are kept for good, for sixty or for thirty years; what never became a case for ten, by this product's
decision. A hold stops nothing but the end: the years run on, and nothing goes while anybody holds it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType

from mediation_server.domain.calendar import HolidayCalendar, months_after

__all__ = ["YEARS", "Bar", "Hold", "HoldCause", "Keeping", "RetentionClass"]


class RetentionClass(StrEnum):
    """How long a record is kept, by the file it belongs to."""

    PERMANENT = "permanent"  # 永久
    LONG = "long"  # 长期
    SHORT = "short"  # 短期
    OWN = "own"  # 未成案


class HoldCause(StrEnum):
    """Why a record is held."""

    COMPLAINT = "complaint"  # 投诉
    REVIEW = "review"  # 监督、再审
    LITIGATION = "litigation"  # 诉讼
    FALSE_MEDIATION = "false_mediation"  # 虚假调解核查


class Bar(StrEnum):
    """Why a record may not be disposed of now; the first that applies."""

    DISPOSED = "file_disposed"  # 已处置
    NOT_ARCHIVED = "file_not_archived"  # 未归档
    PERMANENT = "file_permanent"  # 永久保存
    HELD = "file_held"  # 保全中
    RUNS = "retention_runs"  # 未到期


YEARS = MappingProxyType({RetentionClass.LONG: 60, RetentionClass.SHORT: 30, RetentionClass.OWN: 10})
_MONTHS = 12


@dataclass(frozen=True, slots=True)
class Hold:
    """One hold; `asked_by` asked for its release, which somebody else has to agree to."""

    id: str
    cause: HoldCause
    by: str
    at: datetime
    reason: str = ""
    asked_by: str | None = None
    asked_why: str = ""


@dataclass(frozen=True, slots=True)
class Keeping:
    """What the log of a matter says of keeping its record; `chosen` None: the class follows from the matter.

    `proposed_by` proposed that it goes, which an administrator has to agree to.
    """

    chosen: RetentionClass | None = None
    archived_on: date | None = None
    holds: tuple[Hold, ...] = ()
    proposed_by: str | None = None
    proposed_at: datetime | None = None
    disposed_at: datetime | None = None

    def kind(self, *, has_case: bool) -> RetentionClass:
        """The class in force: the one chosen, else by whether a court case belongs to the matter."""
        return self.chosen or (RetentionClass.SHORT if has_case else RetentionClass.OWN)

    def until(self, calendar: HolidayCalendar, *, has_case: bool) -> date | None:
        """The last day of keeping (T18); None before it is archived, for good, and once it has gone."""
        years = YEARS.get(self.kind(has_case=has_case))
        if self.archived_on is None or years is None or self.disposed_at is not None:
            return None
        return months_after(self.archived_on, years * _MONTHS, calendar)

    def bar(self, today: date, calendar: HolidayCalendar, *, has_case: bool) -> Bar | None:
        """Why it may not go on this day, or None when it may."""
        last = self.until(calendar, has_case=has_case)
        bars = (
            (self.disposed_at is not None, Bar.DISPOSED),
            (self.archived_on is None, Bar.NOT_ARCHIVED),
            (self.kind(has_case=has_case) is RetentionClass.PERMANENT, Bar.PERMANENT),
            (bool(self.holds), Bar.HELD),
            (last is None or today <= last, Bar.RUNS),
        )
        return next((bar for applies, bar in bars if applies), None)

    def hold(self, hold_id: str) -> Hold | None:
        """A hold that is in force, or None."""
        return next((each for each in self.holds if each.id == hold_id), None)
