"""Diversion (诉非分流): what is asked of an application, step by step, and what follows from the answers; pure.

The rules are those of `suitability`; here is only which of their facts can be known before anybody has mediated, in
which order they are asked, and which refusal an answer comes to. Knows no form and no screen.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType

from mediation_server.domain.calendar import CHINA, HolidayCalendar, local_date, working_days_after
from mediation_server.domain.checks.case_numbers import CaseNumber
from mediation_server.domain.checks.causes import CAUSES, Cause
from mediation_server.domain.checks.together import Together
from mediation_server.domain.data import read_data
from mediation_server.domain.matter import Matter, Track
from mediation_server.domain.suitability import (
    RULES,
    Fact,
    Finding,
    Question,
    Verdict,
    facts_of_cause,
    judged,
    still_to_ask,
)
from mediation_server.errors import BadInput

__all__ = [
    "ALTERNATIVES",
    "MOST_DEFECTS",
    "STEPS",
    "Alternative",
    "AskedDefect",
    "Contact",
    "ContactChannel",
    "ContactResult",
    "Defect",
    "Triage",
    "answered",
    "cause_of",
    "defect_codes",
    "doubts_about",
    "findings",
    "first_open",
    "may_be_confirmed",
    "rejection_for",
    "reply_due",
    "review_due",
    "to_ask",
    "track_offers",
]

_REVIEW_DAYS = 3  # the court appoints within three working days of the application (在线调解规则 art. 10, T02)
_REPLY_DAYS = 3  # how long a party is asked to think about it (在线诉讼规则 art. 10)
MOST_DEFECTS = 20
MOST_NOTE = 300


class Defect(StrEnum):
    """What an application may lack (补正事项); all of it is said at once (在线诉讼规则 art. 10)."""

    IDENTITY = "identity"  # 身份信息不全或不符
    ORGANISATION = "organisation"  # 缺主体资格材料
    CONTACT = "contact"  # 联系电话缺失或打不通
    ADDRESS = "address"  # 送达地址不全
    RESPONDENT = "respondent"  # 被申请人不明确
    FACTS = "facts"  # 事实没有说清
    CLAIM = "claim"  # 请求不明确
    EVIDENCE = "evidence"  # 缺主要证据
    ILLEGIBLE = "illegible"  # 材料看不清
    AUTHORITY = "authority"  # 缺委托手续
    POWERS = "powers"  # 委托权限不明
    AWARD = "award"  # 缺仲裁裁决书
    SIGNATURE = "signature"  # 没有签名
    OTHER = "other"  # 其他，写明


class ContactChannel(StrEnum):
    """How staff tried to reach a party (在线调解规则 art. 15)."""

    CALL = "call"  # 电话
    SMS = "sms"  # 短信
    MAIL = "mail"  # 邮件
    VISIT = "visit"  # 上门
    COUNTER = "counter"  # 到院


class ContactResult(StrEnum):
    """What came of it."""

    REACHED = "reached"  # 已联系上
    ASKED_TO_THINK = "asked_to_think"  # 要再考虑
    NO_ANSWER = "no_answer"  # 无人接听
    WRONG_NUMBER = "wrong_number"  # 号码不对
    SWITCHED_OFF = "switched_off"  # 停机或关机
    RETURNED = "returned"  # 退信


@dataclass(frozen=True, slots=True)
class Contact:
    """One attempt to reach one party; the log of the matter says that it was made, this what came of it."""

    id: str
    matter_id: str
    party_id: str
    at: datetime
    operator_id: str
    channel: ContactChannel
    result: ContactResult
    note: str = ""


@dataclass(frozen=True, slots=True)
class AskedDefect:
    """One item of a list of defects; `round` counts the lists of a matter, `note` says what exactly, in plain words."""

    id: str
    matter_id: str
    round: int
    ordinal: int
    code: str  # a `Defect`
    note: str
    due: date
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class Alternative:
    """Where somebody can go instead, whose application is not accepted, by which law."""

    law: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Triage:
    """The answers given so far about one application, kept from step to step and from device to device."""

    matter_id: str
    answers: Mapping[str, bool] = field(default_factory=dict)  # by `Fact`
    updated_at: datetime | None = None
    updated_by: str | None = None


ALTERNATIVES: Mapping[str, Alternative] = MappingProxyType(
    {code: Alternative(**said) for code, said in read_data("alternatives").items()}
)

# The questions that are asked, in their order; the others of `suitability` follow from the cause alone.
STEPS = (Question.MEDIABLE, Question.PRIOR, Question.JURISDICTION, Question.ONLINE, Question.CONFIRMABLE)

# What can only be known of an agreement, and is not asked before there is one.
_LATER = frozenset({Fact.WINDOW_PASSED, Fact.TERMS_UNCLEAR, Fact.NOT_ALL_APPLY, Fact.NO_PRESIDING_BODY})

# Which refusal (REJECTIONS) a rule comes to; a rule that is not here refuses nothing by itself.
_REFUSALS: Mapping[str, str] = MappingProxyType(
    {
        "not_mediable_procedure": "special_procedure",
        "not_mediable_status": "personal_status",
        "not_mediable_nature": "by_nature",
        "not_mediable_arbitration": "arbitration_agreed",
        "not_mediable_administrative": "administrative_dispute",
        "not_mediable_decided": "decided_already",
        "prior_labour_arbitration": "labour_arbitration_first",
        "jurisdiction_real_estate": "wrong_court",
        "jurisdiction_estate": "wrong_court",
        "jurisdiction_agreed_elsewhere": "wrong_court",
        "offline_state_secret": "unsuitable_online",
        "offline_identity": "unsuitable_online",
    }
)

# A body takes a matter by itself; a court sends matters on the other tracks only.
_BY_COURT = (Track.POSTFILING_ENTRUSTED, Track.COURT_LED, Track.PREFILING_DELEGATED)


def cause_of(matter: Matter) -> Cause:
    """The cause of a matter with what the rules ask about it; one that stands in no list of ours brings nothing."""
    plain = Cause(matter.cause, matter.cause_en, "", 0, frozenset(), frozenset(), MappingProxyType({}))
    return CAUSES.get(matter.cause, plain)


def to_ask(cause: Cause, answers: Mapping[str, bool], step: Question) -> tuple[Fact, ...]:
    """The facts of one step, in the order of the table, given what the other steps have told."""
    own = {fact for rule in RULES if rule.question is step for fact in rule.all_of | rule.any_of}
    earlier = STEPS[: STEPS.index(step)]
    others = {fact for rule in RULES if rule.question in earlier for fact in rule.all_of | rule.any_of}
    known = {Fact(key): true for key, true in answers.items() if Fact(key) not in own or Fact(key) in others}
    return tuple(each for each in still_to_ask(cause, known, step) if each not in _LATER)


def answered(cause: Cause, answers: Mapping[str, bool], step: Question) -> bool:
    """Whether every fact of a step has been told; true where there is nothing to ask."""
    return all(each.value in answers for each in to_ask(cause, answers, step))


def first_open(cause: Cause, answers: Mapping[str, bool]) -> Question | None:
    """The first step that is not answered, or None when nothing is left to ask."""
    return next((each for each in STEPS if not answered(cause, answers, each)), None)


def findings(cause: Cause, answers: Mapping[str, bool]) -> Mapping[Question, Finding]:
    """Every question answered from the cause and what was told."""
    told = frozenset(Fact(key) for key, true in answers.items() if true)
    return judged(facts_of_cause(cause) | told)


def rejection_for(cause: Cause, answers: Mapping[str, bool]) -> str | None:
    """The reason (one of REJECTIONS) for which the answers speak against accepting it, or None."""
    found = findings(cause, answers)
    for step in STEPS:
        if answered(cause, answers, step) and found[step].answer in (Verdict.NO, Verdict.FIRST):
            reasons = [_REFUSALS[rule.id] for rule in found[step].rules if rule.id in _REFUSALS]
            if reasons:
                return reasons[0]
    return None


def may_be_confirmed(cause: Cause, answers: Mapping[str, bool]) -> bool:
    """Whether an agreement could be confirmed by a court (民诉解释 art. 355)."""
    return findings(cause, answers)[Question.CONFIRMABLE].answer is not Verdict.NO


def track_offers(offered: Iterable[Track]) -> tuple[Track, ...]:
    """Of the tracks a court offers that day, those on which it may send a matter, the usual one first."""
    open_now = frozenset(offered)
    return tuple(each for each in _BY_COURT if each in open_now)


def doubts_about(number: CaseNumber, ref: str) -> tuple[str, ...]:
    """What to look at once more in a case number: that of `CaseNumber`, and a court that is not the matter's own."""
    elsewhere = number.court[1:] not in ref.split("-")[1:2]
    return (*number.doubts, *(("case_number_other_court",) if elsewhere else ()))


def review_due(submitted_at: datetime, calendar: HolidayCalendar = CHINA) -> date:
    """The last day on which the court decides about an application (T02), in Asia/Shanghai."""
    return working_days_after(local_date(submitted_at), _REVIEW_DAYS, calendar)


def reply_due(asked_at: datetime, calendar: HolidayCalendar = CHINA) -> date:
    """Until when a party is asked to answer."""
    return working_days_after(local_date(asked_at), _REPLY_DAYS, calendar)


def _check_note(code: Defect, note: str) -> None:
    if code is Defect.OTHER and not note.strip():
        raise BadInput("defect_note_required", field="note_other")
    if len(note) > MOST_NOTE:
        raise BadInput("too_long", field=f"note_{code.value}", most=MOST_NOTE)


def defect_codes(codes: Iterable[tuple[Defect, str]], asked_before: Iterable[str]) -> list[str]:
    """What the log keeps of a list of defects; "other" is another thing each time, and gets a number.

    Raises `BadInput("required")` for an empty list, `too_long` for too long a one, and `defect_note_required`.
    """
    listed, before = list(codes), set(asked_before)
    if not listed:
        raise BadInput("required", field="defects")
    if len(listed) > MOST_DEFECTS:
        raise BadInput("too_many_defects", field="defects", most=MOST_DEFECTS)
    with Together() as checked:
        for code, note in listed:
            checked(_check_note, code, note)
    others = sum(each.startswith(Defect.OTHER.value) for each in before)
    return [f"{code.value}:{others + 1}" if code is Defect.OTHER else code.value for code, _ in listed]
