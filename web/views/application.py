"""What the pages of an application show: mistakes beside their fields, what may be chosen, what it may cost; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from mediation_server.domain.application import ApplicationStep, Draft
from mediation_server.domain.application_checks import Place, Problems
from mediation_server.domain.checks.causes import CAUSES, Cause, list_on, search
from mediation_server.domain.checks.fees import (
    LABOUR_FEN,
    FeeRange,
    divorce_fee,
    halved,
    other_fee,
    personality_fee,
    property_fee,
)
from mediation_server.domain.checks.money import amount, capitals
from mediation_server.domain.people import Side
from mediation_server.errors import BadInput
from web.i18n import Translator

__all__ = [
    "MENDING",
    "SIDES",
    "AmountView",
    "FeeView",
    "Gap",
    "amount_view",
    "beside",
    "cause_choices",
    "causes_on",
    "fee_view",
    "first_open",
    "gaps",
    "steps_after",
]

SIDES = {
    ApplicationStep.APPLICANTS: (Side.APPLICANT,),
    ApplicationStep.RESPONDENTS: (Side.RESPONDENT, Side.THIRD),
}
# On which page a lack that the filing staff listed is mended (`diversion.Defect`).
MENDING: Mapping[str, ApplicationStep] = MappingProxyType(
    {
        **dict.fromkeys(("identity", "organisation", "contact", "address"), ApplicationStep.APPLICANTS),
        "respondent": ApplicationStep.RESPONDENTS,
        **dict.fromkeys(("authority", "powers"), ApplicationStep.AGENTS),
        **dict.fromkeys(("facts", "claim", "award"), ApplicationStep.DISPUTE),
    }
)
_DIVORCE = "离婚纠纷"


@dataclass(frozen=True, slots=True)
class Gap:
    """One thing that keeps an application from being submitted: where to mend it, of whom, what is wrong."""

    href: str
    step: ApplicationStep
    who: str
    message: str


@dataclass(frozen=True, slots=True)
class FeeView:
    """What a court might charge, in fen, if it came to a case; `half` is what it is when mediated, None for a range."""

    least: int
    most: int
    half: int | None


@dataclass(frozen=True, slots=True)
class AmountView:
    """An amount in fen and written out (大写)."""

    fen: int
    capitals: str


def beside(tr: Translator, problems: Problems) -> dict[str, str]:
    """The sentence beside each field that is wrong."""
    return {field: tr.error(each.code, each.details) for field, each in problems.items()}


def gaps(tr: Translator, application_id: str, draft: Draft, problems: Mapping[Place, BadInput]) -> list[Gap]:
    """What is still to be mended, in the order of the pages."""
    return [
        Gap(_href(application_id, place), place.step, _who(draft, place.key), tr.error(problem.code, problem.details))
        for place, problem in problems.items()
    ]


def steps_after(step: ApplicationStep, by: int) -> ApplicationStep:
    """The page so many after this one, or before it; the first and the last stay where they are."""
    order = list(ApplicationStep)
    return order[min(max(order.index(step) + by, 0), len(order) - 1)]


def first_open(draft: Draft, problems: Mapping[Place, BadInput]) -> ApplicationStep:
    """Where to go on: the first page with something to do, the last one when there is none."""
    return next((place.step for place in problems), ApplicationStep.REVIEW) if draft.seen else ApplicationStep.COURT


def causes_on(today: date) -> list[Cause]:
    """The causes of the list that holds today, for the box that completes what is typed."""
    version = list_on(today).version
    return [each for each in CAUSES.values() if version in each.lists]


def cause_choices(text: str, today: date) -> tuple[Cause, ...]:
    """What somebody may have meant by two characters or an English word."""
    return search(text, today)


def amount_view(draft: Draft) -> AmountView | None:
    """The amount that was typed, once it is one."""
    fen = _fen(draft)
    return None if fen is None else AmountView(fen, capitals(fen))


def fee_view(draft: Draft, cause: Cause | None) -> FeeView | None:
    """What the law lets a court charge for a claim (诉讼费用交纳办法 arts. 13, 15); None before there is a cause."""
    if cause is None:
        return None
    fen = _fen(draft)
    if cause.group == "labour":
        return FeeView(LABOUR_FEN, LABOUR_FEN, halved(LABOUR_FEN))
    between = _range(cause, fen)
    if between is not None:
        return FeeView(between.least, between.most, None)
    fee = property_fee(fen or 0)
    return FeeView(fee, fee, halved(fee))


def _range(cause: Cause, fen: int | None) -> FeeRange | None:
    if cause.name == _DIVORCE:
        return divorce_fee(fen or 0)
    if cause.group == "personality":
        return personality_fee(fen or 0)
    return other_fee() if fen is None else None


def _fen(draft: Draft) -> int | None:
    try:
        return amount(draft.said.get("amount", ""))
    except BadInput:
        return None


def _href(application_id: str, place: Place) -> str:
    if not place.key:
        return f"/apply/{application_id}/{place.step}"
    kind = "agents" if place.step is ApplicationStep.AGENTS else "people"
    return f"/apply/{application_id}/{kind}/{place.key}"


def _who(draft: Draft, key: str) -> str:
    named = {each.key: each.said for each in draft.people} | {each.key: each.said for each in draft.agents}
    return named.get(key, {}).get("name", "")
