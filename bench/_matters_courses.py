"""How matters come to where they stand, told by the life cycle itself, for `bench.matters`; knows no database."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import NamedTuple

from mediation_server.domain.calendar import CHINA, SHANGHAI, local_date
from mediation_server.domain.clock_steps import look_on, steps
from mediation_server.domain.clocks import Clock, clocks_of, next_of
from mediation_server.domain.lifecycle import THE_SYSTEM, Actor, Capacity, Command, CommandKind, Draft, Facts, decide
from mediation_server.domain.matter import Track
from mediation_server.domain.matter_file import MatterFile
from mediation_server.domain.matter_folds import folded
from mediation_server.domain.matter_log import MatterEvent

__all__ = ["APPLICANT", "COURSES", "MEDIATOR", "RESPONDENT", "Course", "Told", "told"]

# Whoever stands in an event by these ids is somebody else in each matter.
APPLICANT, RESPONDENT, MEDIATOR = "@applicant", "@respondent", "@mediator"
_ZHOU = Actor(APPLICANT, Capacity.APPLICANT, APPLICANT, special=True)
_LIN = Actor(RESPONDENT, Capacity.RESPONDENT, RESPONDENT, special=True)
_SHE = Actor(MEDIATOR, Capacity.MEDIATOR)
_DESK, _COURT = Actor("@filing", Capacity.FILING), Actor("court", Capacity.COURT)
_CLERK = Actor("@clerk", Capacity.CLERK)
_C = CommandKind


class Said(NamedTuple):
    """One entry of a log before it is anybody's in particular."""

    at: datetime
    draft: Draft


@dataclass(frozen=True, slots=True)
class Told:
    """A matter as its course leaves it on a day, and what its row says of its clocks."""

    entries: tuple[Said, ...]
    file: MatterFile
    first: Clock | None
    look_on: date | None


@dataclass
class _Telling:
    """Commands in order, each a minute after the one before; the sweep of every day in between has been."""

    now: datetime
    file: MatterFile = field(default_factory=lambda: MatterFile("m"))
    log: list[MatterEvent] = field(default_factory=list)
    entries: list[Said] = field(default_factory=list)

    def do(self, kind: CommandKind, who: Actor, payload: Mapping[str, object] | None = None) -> None:
        for draft in decide(self.file, Command(kind, payload or {}), who, self.now, Facts()):
            event = MatterEvent(
                "m", len(self.log) + 1, self.now, draft.actor, draft.role, draft.kind, draft.payload, "", ""
            )
            self.log.append(event)
            self.entries.append(Said(self.now, draft))
            self.file = folded(self.file, [event])
        self.now += timedelta(minutes=1)

    def until(self, day: date) -> None:
        """Live until the morning of a day: every sweep on the way does what it would have done."""
        while (wake := look_on(clocks_of(self.log, CHINA, self.now))) is not None and wake < day:
            self.now = max(self.now, datetime.combine(wake, time(0, 1), SHANGHAI))
            found = steps(clocks_of(self.log, CHINA, self.now), local_date(self.now))
            if not found:
                break
            clock, on = found[0].clock, found[0].remind_on
            said: dict[str, object] = {"clock": clock.id.value, "due": clock.due.isoformat() if clock.due else ""}
            if on:
                self.do(_C.REMIND, THE_SYSTEM, {**said, "on": on.isoformat()})
            else:
                self.do(_C.EXPIRE, THE_SYSTEM, said)
        self.now = max(self.now, datetime.combine(day, time(9), SHANGHAI))

    def later(self, days: int) -> None:
        self.until(local_date(self.now) + timedelta(days=days))


def _says(telling: _Telling, who: Actor, item: str = "c1") -> None:
    said = {"party": who.party, "item": item, "text_version": "1", "answer": True, "given_by": "self", "channel": "web"}
    telling.do(_C.CONSENT, who, said)


def _consenting(telling: _Telling) -> None:
    sent = {"parties": {APPLICANT: "applicant", RESPONDENT: "respondent"}, "track": Track.POSTFILING_ENTRUSTED.value}
    telling.do(_C.COURT_DIVERT, _COURT, {**sent, "case_no": "@case", "procedure": "普通", "consents": [APPLICANT]})


def _appointing(telling: _Telling) -> None:
    _consenting(telling)
    _says(telling, _LIN)


def _asked(telling: _Telling) -> None:
    _appointing(telling)
    telling.do(_C.APPOINT, _DESK, {"mediator": MEDIATOR})


def _mediating(telling: _Telling) -> None:
    _asked(telling)
    telling.do(_C.ACCEPT, _SHE, {"relations": []})


def _extended(telling: _Telling) -> None:
    _mediating(telling)
    telling.later(5)
    telling.do(_C.ASK_EXTENSION, _SHE, {"days": 15})
    for who in (_ZHOU, _LIN):
        _says(telling, who, "c6")
    telling.do(_C.EXTEND, _SHE, {"days": 15})


def _paused(telling: _Telling) -> None:
    _mediating(telling)
    telling.later(3)
    telling.do(_C.START_APPRAISAL, _DESK, {"reason": "伤残等级", "consents": [APPLICANT, RESPONDENT]})


def _signing(telling: _Telling) -> None:
    _mediating(telling)
    telling.later(4)
    telling.do(_C.CIRCULATE, _SHE, {"agreement": "@agreement", "version": 1, "sha256": "11"})


def _agreed(telling: _Telling) -> None:
    _signing(telling)
    for who in (_ZHOU, _LIN):
        signed = {"agreement": "@agreement", "party": who.party, "sha256": "11", "method": "sms_otp"}
        telling.do(_C.SIGN, who, signed)


def _in_effect(telling: _Telling) -> None:
    _agreed(telling)
    telling.do(_C.REQUEST_JUDGMENT, _SHE, {"request": "@request"})
    telling.later(3)
    telling.do(_C.ISSUE_JUDGMENT, _COURT)
    telling.do(_C.LAST_RECEIPT, _COURT, {"effective_on": local_date(telling.now).isoformat()})


def _archived(telling: _Telling) -> None:
    _in_effect(telling)
    telling.do(_C.CLOSE, _DESK)
    telling.later(10)
    telling.do(_C.ARCHIVE, _CLERK, {"catalogue_sha256": "44"})


def _back_to_trial(telling: _Telling) -> None:
    _mediating(telling)
    telling.later(9)
    telling.do(_C.FAIL, _SHE, {"ground": "g5", "reason": "分歧较大"})
    telling.do(_C.HAND_OVER, _SHE)
    telling.do(_C.ACKNOWLEDGE_HANDOVER, _COURT)
    telling.do(_C.CLOSE, _DESK)


@dataclass(frozen=True, slots=True)
class Course:
    """One way, how many in a hundred thousand go it now, and how many days ago they may have begun."""

    tell: Callable[[_Telling], None]
    share: int
    youngest: int
    oldest: int


# A court system with a hundred thousand matters of some years has about one in nine under way.
COURSES = (
    Course(_consenting, 1_000, 0, 5),
    Course(_appointing, 1_000, 0, 5),
    Course(_asked, 1_000, 0, 3),
    Course(_mediating, 5_000, 0, 15),
    Course(_extended, 1_000, 6, 30),
    Course(_paused, 500, 4, 60),
    Course(_signing, 1_500, 5, 14),
    Course(_in_effect, 4_000, 8, 900),
    Course(_back_to_trial, 15_000, 12, 1_000),
    Course(_archived, 70_000, 20, 1_000),
)


@cache
def told(course: Course, begun: date, today: date) -> Told:
    """The course begun on a day, as it stands on the morning of `today`, its sweep still to come."""
    telling = _Telling(datetime.combine(begun, time(9), SHANGHAI))
    course.tell(telling)
    telling.until(today)
    clocks = clocks_of(telling.log, CHINA, datetime.combine(today, time(0, 1), SHANGHAI))
    return Told(tuple(telling.entries), telling.file, next_of(clocks), look_on(clocks))
