"""`Letter`: what a party is told of a step in its matter (短信, 邮件), in words that fit a text message; pure.

A letter names no amount, no evidence and no phone, and nothing of the other side but who applied; its link alone
admits nobody.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType

__all__ = ["SEGMENT", "SUBJECTS", "Letter", "LetterKind", "day_word", "letter_text"]

SEGMENT = 70  # characters of one text message in Chinese (GSM 03.38, UCS-2)


class LetterKind(StrEnum):
    """What it says."""

    SUPPLEMENT = "supplement"  # 请补正
    REJECTED = "rejected"  # 不予受理
    ASKED = "asked"  # 征询意愿
    ASKED_APPLICANT = "asked_applicant"  # 请申请人确认
    ENDED = "ended"  # 调解终结
    HANDED_OVER = "handed_over"  # 材料已移交
    RECALLED = "recalled"  # 法院收回
    PROCEDURE_CHANGED = "procedure_changed"  # 审理程序变更


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter to one party, kept with the step itself and sent afterwards; `params` fill its text.

    `sent_at` says when it was handed over.
    """

    id: str
    matter_id: str
    party_id: str
    seq: int  # of the event it tells of
    kind: LetterKind
    created_at: datetime
    params: Mapping[str, str] = field(default_factory=dict)
    sent_at: datetime | None = None


_TEXTS: Mapping[LetterKind, str] = MappingProxyType(
    {
        LetterKind.SUPPLEMENT: "【{court}】您的调解申请{ref}需要补正，请于{due}前登录{url}查看并补交。",
        LetterKind.REJECTED: "【{court}】您的调解申请{ref}未予受理，原因和其他途径请登录{url}查看。",
        LetterKind.ASKED: "【{court}】{name}您好，{applicant}申请调解与您的{cause}，请于{due}前登录{url}答复，可拒绝。",
        LetterKind.ASKED_APPLICANT: "【{court}】{ref}已转入调解，请于{due}前登录{url}答复是否同意调解，可拒绝。",
        LetterKind.ENDED: "【{court}】{ref}调解终结，结果：{outcome}。详情请登录{url}查看。",
        LetterKind.HANDED_OVER: "【{court}】{ref}材料已移交法院{desk}，请留意法院通知。",
        LetterKind.RECALLED: "【{court}】{ref}已由法院收回，调解停止，已排场次和链接失效。",
        LetterKind.PROCEDURE_CHANGED: "【{court}】{ref}改为{procedure}程序，调解期限至{due}。",
    }
)


SUBJECTS: Mapping[LetterKind, str] = MappingProxyType(
    {
        LetterKind.SUPPLEMENT: "请补正您的调解申请",
        LetterKind.REJECTED: "您的调解申请未予受理",
        LetterKind.ASKED: "征询您是否同意调解",
        LetterKind.ASKED_APPLICANT: "请确认是否同意调解",
        LetterKind.ENDED: "调解终结",
        LetterKind.HANDED_OVER: "材料已移交法院",
        LetterKind.RECALLED: "法院已收回事项",
        LetterKind.PROCEDURE_CHANGED: "审理程序已变更",
    }
)


def letter_text(kind: LetterKind, params: Mapping[str, str], url: str) -> str:
    """The words of a letter; `url` leads to where a party signs in."""
    return _TEXTS[kind].format_map({**params, "url": url})


def day_word(on: date) -> str:
    """`11月26日`."""
    return f"{on.month}月{on.day}日"
