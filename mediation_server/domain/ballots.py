"""Joint choice by ballot (共同选定调解员): each party ranks up to three in secret; how the votes are counted, purely.

Source: 在线调解规则 art. 10: parties choose together within two working days; otherwise, or if they want it so, the
court appoints.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from mediation_server.domain.calendar import HolidayCalendar, local_date, working_days_after
from mediation_server.domain.matter import MatterState
from mediation_server.domain.matter_file import MatterFile
from mediation_server.domain.matter_folds import after
from mediation_server.domain.matter_log import MatterEvent, MatterEventKind
from mediation_server.errors import BadInput

__all__ = ["CHOICE_DAYS", "MOST_CHOICES", "Ballot", "Count", "Round", "Standing", "counted", "round_of"]

MOST_CHOICES = 3
CHOICE_DAYS = 2  # working days (T01)


class Standing(StrEnum):
    """How a round of the choice stands."""

    OPEN = "open"  # 还在选
    JOINT = "joint"  # 选择一致
    COURT = "court"  # 由法院指定


@dataclass(frozen=True, slots=True)
class Ballot:
    """One party's vote in one round: mediators by their accounts, most wanted first; none: the court may choose."""

    matter_id: str
    round: int
    party_id: str
    choices: tuple[str, ...]
    at: datetime
    by: str

    def __post_init__(self) -> None:
        """Raises `BadInput`: `too_many_choices` beyond three, `same_choice_twice`."""
        if len(self.choices) > MOST_CHOICES:
            raise BadInput("too_many_choices", field="choices", most=MOST_CHOICES)
        if len(set(self.choices)) != len(self.choices):
            raise BadInput("same_choice_twice", field="choices")


@dataclass(frozen=True, slots=True)
class Round:
    """The time in which a mediator is to be chosen: the how-manieth, since when, the last day for the parties."""

    number: int
    since: datetime
    until: date

    def over(self, today: date) -> bool:
        """Whether the parties' time has passed, on a day at the court."""
        return today > self.until


@dataclass(frozen=True, slots=True)
class Count:
    """What the votes come to; `mediator` only when they agree."""

    standing: Standing
    mediator: str | None = None


def counted(asked: Collection[str], votes: Mapping[str, tuple[str, ...]], fit: Collection[str], *, over: bool) -> Count:
    """Count the votes of the parties that are `asked`; nobody's vote counts before all have voted or the time is over.

    The best common choice is the one whose places on all lists add up to the least; when two are as good, or one party
    leaves it to the court, or has not voted in time, the court appoints.
    """
    missing = set(asked) - set(votes)
    if missing and not over:
        return Count(Standing.OPEN)
    lists = [[each for each in votes[party] if each in fit] for party in asked if party in votes]
    if missing or not lists:
        return Count(Standing.COURT)
    common = set(lists[0]).intersection(*lists[1:])
    places = sorted((sum(each.index(name) for each in lists), name) for name in common)
    if not places or (len(places) > 1 and places[0][0] == places[1][0]):
        return Count(Standing.COURT)
    return Count(Standing.JOINT, places[0][1])


def round_of(log: Iterable[MatterEvent], calendar: HolidayCalendar) -> Round | None:
    """The round that runs now, by a matter's log; None while nobody is to be chosen, or one side has not answered yet.

    It begins when the last party has agreed to mediate, and anew whenever a mediator declines, is silent or replaced.
    """
    file, number, since = MatterFile(""), 0, None
    for event in log:
        before, file = file, after(file, event)
        began = before.state is not MatterState.APPOINTING or event.kind is MatterEventKind.ALL_CONSENTED
        if file.state is MatterState.APPOINTING and began:
            number, since = number + 1, event.at
    if since is None or file.state is not MatterState.APPOINTING or file.consent_pending:
        return None
    return Round(number, since, working_days_after(local_date(since), CHOICE_DAYS, calendar))
