"""Whom a clock's reminder or expiry is told, and in what words (期限通知): short messages, the templates of annex B.

No claim, no amount, nobody else's name: whoever reads the phone over a shoulder learns of a court and a day.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import NamedTuple

from mediation_server.domain.clock_steps import ClockStep
from mediation_server.domain.clock_table import ClockId
from mediation_server.domain.matter import Matter, MatterParty
from mediation_server.domain.matter_file import MatterFile
from mediation_server.domain.matter_log import MatterEvent
from mediation_server.domain.notice import Channel, Notice
from mediation_server.domain.people import Side

__all__ = ["letters_of"]


class _Told(NamedTuple):
    """The parties who are told, perhaps the mediator too, and the words; `{day}` is the last day."""

    words: str
    whom: Callable[[MatterFile, MatterParty], bool]
    mediator: bool = False


def _everybody(_: MatterFile, __: MatterParty) -> bool:
    return True


def _nobody(_: MatterFile, __: MatterParty) -> bool:
    return False


def _applicants(_: MatterFile, party: MatterParty) -> bool:
    return party.side is Side.APPLICANT


def _unsigned(file: MatterFile, party: MatterParty) -> bool:
    return file.agreement is not None and party.id not in file.agreement.signed


_REMINDERS: Mapping[ClockId, _Told] = MappingProxyType(
    {
        ClockId.PERIOD: _Told("调解期限{day}届满。愿意继续的，请在届满前登录同意延长。", _everybody, mediator=True),
        ClockId.OBJECTION: _Told("对调解方案有异议的，请在{day}前提出；无人提出的，视为达成协议。", _everybody),
        ClockId.SIGNING: _Told("调解协议待您签署，请在{day}前登录办理。", _unsigned),
        ClockId.CONFIRMATION: _Told("司法确认须各方在{day}前共同申请，逾期不再受理。", _everybody),
        ClockId.FEE: _Told("诉讼费请在{day}前交纳，逾期由法院依法处理。", _applicants),
        ClockId.ENFORCEMENT: _Told("申请强制执行的期限{day}届满。", _applicants),
        ClockId.SUIT: _Told("您申请的保全，须在{day}前起诉或申请仲裁，否则解除；调解不停止这个期限。", _applicants),
    }
)
_EXPIRIES: Mapping[ClockId, _Told] = MappingProxyType(
    {
        ClockId.JOINT_CHOICE: _Told("各方未在{day}前共同选定调解员，由法院指定。", _everybody),
        ClockId.CONTACT: _Told("已过三个工作日，对方当事人尚未答复，请继续联系或登记结果。", _nobody, mediator=True),
        # Parties are told that the mediation ended by the letter about that (`telling_parties`).
        ClockId.PERIOD: _Told("调解期限{day}届满，调解已经终结，请完成终结报告。", _nobody, mediator=True),
        ClockId.OBJECTION: _Told("对调解方案无人提出异议，视为达成协议，请登录签署。", _everybody, mediator=True),
        ClockId.SIGNING: _Told("调解协议尚待您签署，请尽快登录办理。", _unsigned, mediator=True),
        ClockId.CONFIRMATION: _Told("申请司法确认的期限已过，可以重新调解或向法院起诉。", _everybody),
        ClockId.SUIT: _Told("保全后起诉的期限已过，法院将解除保全，请尽快联系法院。", _applicants),
    }
)


def letters_of(
    step: ClockStep, event: MatterEvent, matter: Matter, file: MatterFile, people: Sequence[MatterParty | str | None]
) -> tuple[Notice, ...]:
    """The messages about one step, which `event` has written down; `people` are parties and the mediator's phone.

    Their ids follow from the event and the recipient: the same step never makes two of one.
    """
    told = (_EXPIRIES if step.remind_on is None else _REMINDERS).get(step.clock.id)
    if told is None or step.clock.due is None:
        return ()
    text = f"【{matter.court}】{matter.case_no or matter.ref}{told.words.format(day=_day(step.clock.due))}"
    return tuple(
        Notice(_id(event, phone), Channel.SMS, phone, "", text, event.at) for phone in _phones(told, file, people)
    )


def _phones(told: _Told, file: MatterFile, people: Iterable[MatterParty | str | None]) -> list[str]:
    phones: dict[str, None] = {}
    for each in people:
        if isinstance(each, MatterParty):
            if told.whom(file, each):
                phones[each.phone] = None
        elif each and told.mediator:
            phones[each] = None
    return list(phones)


def _id(event: MatterEvent, phone: str) -> str:
    return hashlib.sha256(f"{event.matter_id}:{event.seq}:{phone}".encode()).hexdigest()[:26].upper()


def _day(on: date) -> str:
    return f"{on.month}月{on.day}日"
