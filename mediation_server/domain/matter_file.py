"""`MatterFile` (事项卷宗): where a matter stands, as `matter_folds` makes it of the log; knows no rule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from mediation_server.domain.calendar import HolidayCalendar, days_after, local_date, working_days_after
from mediation_server.domain.matter import Ground, Matter, MatterOutcome, MatterState, Track
from mediation_server.domain.people import Side
from mediation_server.domain.retention import Bar, Keeping, RetentionClass

__all__ = [
    "EXTENSION",
    "MEDIATION",
    "NO_OBJECTION",
    "Answer",
    "Circulated",
    "FiledParty",
    "MatterFile",
    "Stop",
    "Team",
]

# The consents on which transitions depend, by the number of the ledger (C1, C6, C10).
MEDIATION, EXTENSION, NO_OBJECTION = "c1", "c6", "c10"


@dataclass(frozen=True, slots=True)
class Answer:
    """A party's last word on one item: yes or no, to which version of the text, when."""

    yes: bool
    text_version: str
    at: datetime


@dataclass(frozen=True, slots=True)
class FiledParty:
    """A party as the log knows it: its side and its answers by item; name and number stand elsewhere."""

    id: str
    side: Side
    answers: Mapping[str, Answer] = field(default_factory=dict)

    def agrees(self, item: str) -> bool:
        """Whether the last answer to an item is yes; no answer is no."""
        answer = self.answers.get(item)
        return answer is not None and answer.yes


@dataclass(frozen=True, slots=True)
class Team:
    """Who mediates: as a rule one, else one presides (特邀规定 art. 12)."""

    presider: str
    others: tuple[str, ...] = ()

    def includes(self, user_id: str) -> bool:
        """Whether somebody is of this team."""
        return user_id == self.presider or user_id in self.others


@dataclass(frozen=True, slots=True)
class Stop:
    """A stretch in which the period does not run; `until` is None while it lasts."""

    cause: str
    since: datetime
    until: datetime | None = None

    @property
    def days(self) -> int:
        """Days at the court that do not count; none before it has ended."""
        return max(0, (local_date(self.until) - local_date(self.since)).days) if self.until else 0


@dataclass(frozen=True, slots=True)
class Circulated:
    """The agreement that is out for signature, and which parties have signed exactly this text."""

    id: str
    version: int
    sha256: str
    partial: bool = False
    signed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class MatterFile:
    """A matter after its log; `version` is the seq of the last event folded in, `state` None before the first."""

    matter_id: str
    version: int = 0
    state: MatterState | None = None
    track: Track | None = None
    procedure: str | None = None  # 普通 | 简易 | 小额
    regime: int | None = None  # the year whose rules hold for this matter, whatever comes later
    confirmable: bool = True
    case_no: str | None = None
    parties: Mapping[str, FiledParty] = field(default_factory=dict)
    submitted_at: datetime | None = None  # interrupts the limitation period (时效规定 art. 12)
    defects: frozenset[str] = frozenset()  # asked for so far
    consent_pending: bool = False  # appointed before every side has answered
    candidate: Team | None = None  # assigned, has not accepted
    assigned_at: datetime | None = None
    team: Team | None = None  # has accepted
    recused: frozenset[str] = frozenset()
    replacement_asked: bool = False
    period_start: datetime | None = None
    period_days: int = 0
    adopted_end: date | None = None  # the last day, for a matter that was under way before it had a log
    changed_on: date | None = None  # when the procedure changed: the period never ends before the next working day
    stops: tuple[Stop, ...] = ()
    extended_days: int = 0
    asked_days: int | None = None  # how many more days the parties are asked for now
    asked_at: datetime | None = None
    proposal: str | None = None
    proposal_sha256: str | None = None
    proposal_at: datetime | None = None
    agreement: Circulated | None = None
    withdrawal: MatterOutcome | None = None  # asked for after filing; the court decides
    outcome: MatterOutcome | None = None
    ground: Ground | None = None
    concluded_at: datetime | None = None
    effective_at: datetime | None = None  # from when the thirty days for confirmation run
    confirmation_at: datetime | None = None
    breached: bool = False
    preserved_on: date | None = None
    handed_over: bool = False
    case_after: str | None = None  # the number of the case a hand-over became
    before: MatterState | None = None  # what it was before it was closed
    reopen_by: str | None = None
    expired: frozenset[tuple[str, str]] = frozenset()  # clocks that have run out, with their due day
    reminded: frozenset[tuple[str, str, date]] = frozenset()  # the same that people were reminded of, and for which day
    keeping: Keeping = field(default_factory=Keeping)  # how long the record is kept, and what holds it
    graced_on: date | None = None  # a sitting went on over the end of the period: until when it may finish and sign

    def side(self, side: Side) -> frozenset[str]:
        """The parties on one side."""
        return frozenset(each.id for each in self.parties.values() if each.side is side)

    def all_agree(self, item: str) -> bool:
        """Whether every party has said yes to an item; false while nobody is named."""
        return bool(self.parties) and all(each.agrees(item) for each in self.parties.values())

    @property
    def is_stopped(self) -> bool:
        """Whether the period stands still now."""
        return any(each.until is None for each in self.stops)

    def is_over(self, today: date, calendar: HolidayCalendar) -> bool:
        """Whether the period has run out and nothing lets it go on for today; false before it has begun."""
        end = self.period_end(calendar)
        last = end and max(end, self.graced_on or end)
        return last is not None and today > last and not self.is_stopped

    def on_row(self, matter: Matter, calendar: HolidayCalendar) -> Matter:
        """The matter's row as this file leaves it; what the log does not say stays as it is."""
        team = self.candidate or self.team
        return replace(
            matter,
            state=self.state or matter.state,
            track=self.track or matter.track,
            procedure=self.procedure or matter.procedure,
            case_no=self.case_after or self.case_no or matter.case_no,
            mediator_id=team.presider if team else None,
            outcome=self.outcome,
            consent_pending=self.consent_pending,
            confirmable=self.confirmable,
            submitted_at=self.submitted_at,
            period_end=self.period_end(calendar),
            held=bool(self.keeping.holds),
        )

    @property
    def has_case(self) -> bool:
        """Whether a court case belongs to the matter, from the beginning or since it was handed over."""
        return bool(self.case_no or self.case_after)

    @property
    def retention(self) -> RetentionClass:
        """How long the record is kept."""
        return self.keeping.kind(has_case=self.has_case)

    def kept_until(self, calendar: HolidayCalendar) -> date | None:
        """The last day of keeping (T18), as `Keeping.until`."""
        return self.keeping.until(calendar, has_case=self.has_case)

    def disposal_bar(self, today: date, calendar: HolidayCalendar) -> Bar | None:
        """Why the record may not be disposed of now, as `Keeping.bar`."""
        return self.keeping.bar(today, calendar, has_case=self.has_case)

    def period_raw_end(self) -> date | None:
        """The same before a last day off moves on; None before it runs."""
        start = local_date(self.period_start) if self.period_start is not None else self.adopted_end
        if start is None:
            return None
        length = self.period_days if self.period_start is not None else 0
        return start + timedelta(days=length + sum(each.days for each in self.stops) + self.extended_days)

    def period_end(self, calendar: HolidayCalendar) -> date | None:
        """The last day of the period (T05), Asia/Shanghai; None before it runs. While stopped: without this stop.

        Days of stopped clocks and consented extensions are added before a last day off moves on (在线调解规则 24-26).
        """
        raw = self.period_raw_end()
        if raw is None:
            return None
        end = days_after(raw, 0, calendar)
        return max(end, working_days_after(self.changed_on, 1, calendar)) if self.changed_on else end
