"""Is this open to mediation, to confirmation, to this court (诉非分流)? A table of rules as data and the engine for it.

A rule answers one question when all of `all_of` and, if there are some, any of `any_of` are facts.
The first rule of a question that applies answers it; further ones that say the same are further reasons. What is not
known is no fact. Knows no matter, no form and no screen. The rules stand in `data/suitability.json`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from mediation_server.domain.checks.causes import Cause, CauseFlag
from mediation_server.domain.data import read_data

__all__ = ["RULES", "Fact", "Finding", "Question", "Rule", "Verdict", "facts_of_cause", "judged", "still_to_ask"]


class Question(StrEnum):
    """What diversion has to know, in the order in which it is asked."""

    MEDIABLE = "mediable"  # 能否调解
    PRIOR = "prior"  # 是否须先经其他程序
    JURISDICTION = "jurisdiction"  # 本院能否管辖
    ONLINE = "online"  # 能否在线
    ATTENDANCE = "attendance"  # 本人是否到场
    PRIVATE = "private"  # 是否不公开
    RECORDING = "recording"  # 是否录音录像
    APPRAISAL = "appraisal"  # 能否委托鉴定
    ESIGN = "esign"  # 能否电子签名
    CONFIRMABLE = "confirmable"  # 能否司法确认


class Verdict(StrEnum):
    """How a question is answered."""

    YES = "yes"  # 可以
    NO = "no"  # 不可以
    FIRST = "first"  # 须先办理
    CAUTION = "caution"  # 须留意


class Fact(StrEnum):
    """What may be true of a matter; those of its cause come with it, the others are asked."""

    CAUSE_NOT_MEDIABLE = "cause_not_mediable"  # 案由不适用调解
    CAUSE_NOT_CONFIRMABLE = "cause_not_confirmable"  # 案由不适用司法确认
    CAUSE_TITLE_EXCLUDED = "cause_title_excluded"  # 案由涉及确权
    CAUSE_LABOUR_ARBITRATION = "cause_labour_arbitration"  # 案由须先仲裁
    CAUSE_SENSITIVE = "cause_sensitive"  # 案由涉家事或隐私
    CAUSE_ESIGN_CAUTION = "cause_esign_caution"  # 案由慎用电子签名
    CAUSE_PARTY_ATTENDS = "cause_party_attends"  # 案由须本人到场
    CAUSE_APPRAISAL = "cause_appraisal"  # 案由可委托鉴定
    SPECIAL_PROCEDURE = "special_procedure"  # 特别、督促、公示催告程序
    STATUS_QUESTION = "status_question"  # 请求确认身份关系
    EXCLUDED_BY_NATURE = "excluded_by_nature"  # 性质上不能调解
    ARBITRATION_CLAUSE = "arbitration_clause"  # 有仲裁协议
    ADMINISTRATIVE_DISPUTE = "administrative_dispute"  # 行政争议
    ALREADY_DECIDED = "already_decided"  # 已有生效裁判
    WAGE_IOU = "wage_iou"  # 仅凭工资欠条
    ARBITRATION_DONE = "arbitration_done"  # 已经仲裁
    REAL_ESTATE_ELSEWHERE = "real_estate_elsewhere"  # 不动产在外地
    ESTATE_ELSEWHERE = "estate_elsewhere"  # 遗产在外地
    AGREED_ELSEWHERE = "agreed_elsewhere"  # 约定外地法院
    REAL_ESTATE_HERE = "real_estate_here"  # 不动产在本辖区
    ESTATE_HERE = "estate_here"  # 遗产在本辖区
    AGREED_HERE = "agreed_here"  # 约定本院
    RESPONDENT_HERE = "respondent_here"  # 被申请人住本辖区
    CONTRACT_HERE = "contract_here"  # 合同在本辖区履行
    TORT_HERE = "tort_here"  # 侵权在本辖区
    STATE_SECRET = "state_secret"  # noqa: S105 - 涉及国家秘密
    IDENTITY_ON_SITE = "identity_on_site"  # 须当面核对身份
    PARTY_OBJECTS_ONLINE = "party_objects_online"  # 当事人不同意在线
    UNABLE_ONLINE = "unable_online"  # 没有条件在线
    MINOR_INVOLVED = "minor_involved"  # 涉及未成年人
    PRIVACY_INVOLVED = "privacy_involved"  # 涉及个人隐私
    TRADE_SECRET = "trade_secret"  # noqa: S105 - 涉及商业秘密
    TITLE_QUESTION = "title_question"  # 请求确认权属
    BANKRUPTCY = "bankruptcy"  # 适用破产程序
    WINDOW_PASSED = "window_passed"  # 已过三十日
    TERMS_UNCLEAR = "terms_unclear"  # 协议内容不明
    NOT_ALL_APPLY = "not_all_apply"  # 不是各方共同申请
    NO_PRESIDING_BODY = "no_presiding_body"  # 没有调解组织主持


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of the table: under which facts which question is answered how, by which law, said in plain words."""

    id: str
    question: Question
    answer: Verdict
    all_of: frozenset[Fact]
    any_of: frozenset[Fact]
    law: str
    zh: str
    en: str

    def applies(self, facts: frozenset[Fact]) -> bool:
        """Whether these facts fulfil the condition."""
        return self.all_of <= facts and bool(not self.any_of or self.any_of & facts)


@dataclass(frozen=True, slots=True)
class Finding:
    """The answer to one question with the rules it rests on, the deciding one first."""

    question: Question
    answer: Verdict
    rules: tuple[Rule, ...]


RULES: tuple[Rule, ...] = tuple(
    Rule(
        each["id"],
        Question(each["question"]),
        Verdict(each["answer"]),
        frozenset(map(Fact, each["all_of"])),
        frozenset(map(Fact, each["any_of"])),
        each["law"],
        each["zh"],
        each["en"],
    )
    for each in read_data("suitability")["rules"]
)

_OF_FLAG: Mapping[CauseFlag, Fact] = MappingProxyType({flag: Fact(f"cause_{flag}") for flag in CauseFlag})
_OF_CAUSE = frozenset(_OF_FLAG.values())


def facts_of_cause(cause: Cause) -> frozenset[Fact]:
    """What a cause of action brings along."""
    return frozenset(_OF_FLAG[flag] for flag in cause.flags)


def judged(facts: frozenset[Fact]) -> Mapping[Question, Finding]:
    """Every question answered from what is known, in the order of `Question`; each has a rule for want of others."""
    return {question: _finding(question, facts) for question in Question}


def still_to_ask(cause: Cause, known: Mapping[Fact, bool], question: Question) -> tuple[Fact, ...]:
    """What nobody has said yet and could still change the answer, in the order of the table."""
    facts = facts_of_cause(cause) | {fact for fact, true in known.items() if true}
    settled = frozenset(known) | _OF_CAUSE
    open_facts: dict[Fact, None] = {}
    for rule in (each for each in RULES if each.question is question):
        if any(fact in settled and fact not in facts for fact in rule.all_of):
            continue
        if rule.applies(facts):
            break  # nothing further down can be heard any more
        for fact in Fact:
            if fact in rule.all_of | rule.any_of and fact not in settled:
                open_facts[fact] = None
    return tuple(open_facts)


def _finding(question: Question, facts: frozenset[Fact]) -> Finding:
    applying = [each for each in RULES if each.question is question and each.applies(facts)]
    answer = applying[0].answer
    conditional = [each for each in applying if each.answer is answer and (each.all_of or each.any_of)]
    return Finding(question, answer, tuple(conditional or applying[:1]))
