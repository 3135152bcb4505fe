"""The pages of the filing desk: steps of the wizard, what they found, the day of filing staff; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from mediation_server.domain.calendar import CHINA, HolidayCalendar, local_date
from mediation_server.domain.diversion import (
    STEPS,
    answered,
    cause_of,
    findings,
    first_open,
    rejection_for,
    to_ask,
)
from mediation_server.domain.listing import Counted
from mediation_server.domain.matter import Matter, MatterParty
from mediation_server.domain.suitability import RULES, Fact, Finding, Question, Rule, Verdict
from mediation_server.services.soliciting import AskingPage
from mediation_server.services.triaging import Application, Desk, Pile, Waiting

__all__ = [
    "Due",
    "FilingHome",
    "Found",
    "Option",
    "StepPage",
    "filing_home",
    "found",
    "left_of",
    "next_step",
    "step_page",
    "working_days_left",
]

_PAGES = {"review": "intake", "reply": "asking"}
_SOON = 1  # working days: the last day, and the one before
_KINDS = {Verdict.YES: "jade", Verdict.NO: "seal", Verdict.FIRST: "seal", Verdict.CAUTION: "amber"}


@dataclass(frozen=True, slots=True)
class Option:
    """One fact of a step with the rule it would decide by, and whether it was said to be true."""

    fact: Fact
    rule: Rule
    chosen: bool


@dataclass(frozen=True, slots=True)
class Found:
    """The answer to one question in words; `kind` colours it, `open` while it was not asked yet."""

    step: Question
    finding: Finding
    kind: str
    open: bool
    asked: bool  # whether there is anything to ask at all


@dataclass(frozen=True, slots=True)
class StepPage:
    """One step of the wizard; `number` of `total` counts those that ask something."""

    step: Question
    number: int
    total: int
    options: tuple[Option, ...]
    none_chosen: bool
    found: tuple[Found, ...]
    before: Question | None


@dataclass(frozen=True, slots=True)
class Due:
    """Something that runs out: the last day, and how many working days are left, negative when it is over."""

    matter: Matter
    parties: tuple[MatterParty, ...]
    kind: str  # review | reply
    day: date
    left: int
    href: str


@dataclass(frozen=True, slots=True)
class FilingHome:
    """The day of filing staff: the oldest that waits, what comes after it, who was asked, what runs out."""

    hero: Waiting | None
    later: tuple[Waiting, ...]
    supplement: Pile
    asking: AskingPage
    dues: tuple[Due, ...]
    waiting: Counted
    soon: int


def working_days_left(due: date, today: date, calendar: HolidayCalendar = CHINA) -> int:
    """Working days from today until a last day, 0 on it; negative once it is over."""
    sign, (first, last) = (1, (today, due)) if due >= today else (-1, (due, today))
    span = (date.fromordinal(day) for day in range(first.toordinal() + 1, last.toordinal() + 1))
    return sign * sum(calendar.works(day) for day in span)


def left_of(desk: Desk, now: datetime) -> Mapping[str, int]:
    """Working days left to decide about each application that waits, by matter."""
    today = local_date(now)
    return {each.matter.id: working_days_left(each.due, today) for each in desk.submitted.lines}


def found(application: Application) -> tuple[Found, ...]:
    """What the answers so far come to, step by step."""
    cause, answers = cause_of(application.matter), application.triage.answers
    answers_of = findings(cause, answers)
    return tuple(
        Found(
            step=each,
            finding=answers_of[each],
            kind=_KINDS[answers_of[each].answer],
            open=not answered(cause, answers, each),
            asked=bool(to_ask(cause, answers, each)),
        )
        for each in STEPS
    )


def step_page(application: Application, step: Question) -> StepPage | None:
    """One step as a page; None when there is nothing to ask in it."""
    cause, answers = cause_of(application.matter), application.triage.answers
    asking = [each for each in STEPS if to_ask(cause, answers, each)]
    if step not in asking:
        return None
    facts, number = to_ask(cause, answers, step), asking.index(step)
    options = tuple(Option(each, _rule_of(step, each), answers.get(each.value, False)) for each in facts)
    return StepPage(
        step=step,
        number=number + 1,
        total=len(asking),
        options=options,
        none_chosen=answered(cause, answers, step) and not any(each.chosen for each in options),
        found=found(application),
        before=asking[number - 1] if number else None,
    )


def next_step(application: Application) -> Question | None:
    """Where the wizard goes on; None when all is answered, or an answer refuses already."""
    cause, answers = cause_of(application.matter), application.triage.answers
    return None if rejection_for(cause, answers) else first_open(cause, answers)


def filing_home(desk: Desk, asking: AskingPage, now: datetime) -> FilingHome:
    """Put the day together; what runs out first stands first."""
    today, waits = local_date(now), desk.submitted.lines
    dues = [_due(each.matter, each.parties, "review", each.due, today) for each in waits]
    dues += [
        _due(each.matter, tuple(one.party for one in each.parties), "reply", each.due, today)
        for each in asking.lines
        if each.missing
    ]
    dues.sort(key=lambda each: (each.day, each.matter.ref))
    return FilingHome(
        hero=waits[0] if waits else None,
        later=waits[1:6],
        supplement=desk.supplement,
        asking=asking,
        dues=tuple(dues[:8]),
        waiting=desk.submitted.every,
        soon=sum(each.left <= _SOON for each in dues),
    )


def _due(matter: Matter, parties: tuple[MatterParty, ...], kind: str, day: date, today: date) -> Due:
    href = f"/{_PAGES[kind]}/{matter.id}"
    return Due(matter, parties, kind, day, working_days_left(day, today), href)


def _rule_of(step: Question, fact: Fact) -> Rule:
    """The first rule of a question that a fact helps to decide."""
    return next(rule for rule in RULES if rule.question is step and fact in rule.all_of | rule.any_of)
