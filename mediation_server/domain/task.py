"""`Task`, something that waits for a person (待办): what opens it, what settles it, whose it is; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType

from mediation_server.domain.clock_table import ClockId
from mediation_server.domain.matter import IN_REVIEW, Matter, MatterOutcome
from mediation_server.domain.matter_file import MatterFile
from mediation_server.domain.matter_log import MatterEvent, MatterEventKind
from mediation_server.domain.people import Role

__all__ = ["MOST_NOTE", "RULES", "Task", "TaskKind", "TaskRule", "judges_of", "opened_by", "settled_by", "tasks_of"]

MOST_NOTE = 500


class TaskKind(StrEnum):
    """What is to be done."""

    NAME_MEDIATOR = "name_mediator"  # 逾期未指定调解员
    DECIDE_REPLACEMENT = "decide_replacement"  # 决定是否更换调解员
    CHECK_SUSPICION = "check_suspicion"  # 核查虚假调解线索
    LATE_REVIEW = "late_review"  # 司法确认审查逾期
    LATE_FILING = "late_filing"  # 逾期未立案
    SETTLE_CLOSURE = "settle_closure"  # 法院已结案, 协议已签
    SETTLE_CLASH = "settle_clash"  # 法院来件冲突
    COURT_CONTRADICTS = "court_contradicts"  # 法院来件前后不一致
    DEAD_LETTER = "dead_letter"  # 给法院的消息未送达
    APPROVE_REOPENING = "approve_reopening"  # 复核重新打开
    DISPOSE_RECORDINGS = "dispose_recordings"  # 保存到期, 提出处置
    APPROVE_DISPOSAL = "approve_disposal"  # 复核处置
    APPROVE_RELEASE = "approve_release"  # 复核解除保全


@dataclass(frozen=True, slots=True)
class TaskRule:
    """Whose a task is, in how many working days, which events settle it; `by_hand`: a person says that it is."""

    whose: frozenset[Role]
    days: int
    settled_by: frozenset[MatterEventKind]
    law: str
    by_hand: bool = False


_K = MatterEventKind
_GONE = frozenset({_K.CONCLUDED, _K.RECALLED, _K.CLOSED})
_DESK, _DESK_AND_JUDGE = frozenset({Role.FILING}), frozenset({Role.FILING, Role.JUDGE})

RULES: Mapping[TaskKind, TaskRule] = MappingProxyType(
    {
        TaskKind.NAME_MEDIATOR: TaskRule(
            _DESK, 1, _GONE | {_K.ASSIGNED, _K.REJECTED, _K.SUPPLEMENT_REQUESTED}, "在线调解规则 10(3)"
        ),
        TaskKind.DECIDE_REPLACEMENT: TaskRule(
            _DESK | {Role.ORGANISATION}, 3, _GONE | {_K.REPLACEMENT_DECIDED}, "在线调解规则 14"
        ),
        TaskKind.CHECK_SUSPICION: TaskRule(
            _DESK_AND_JUDGE | {Role.ORGANISATION}, 3, _GONE | {_K.RESUMED}, "特邀规定 18; 在线调解规则 23"
        ),
        TaskKind.LATE_REVIEW: TaskRule(
            _DESK_AND_JUDGE,
            1,
            frozenset({_K.CONFIRMED, _K.CONFIRM_REFUSED, _K.CONFIRMATION_WITHDRAWN, _K.CLOSED}),
            "司法确认规定 4-5; 民诉法 187",
        ),
        TaskKind.LATE_FILING: TaskRule(_DESK, 1, frozenset({_K.HANDED_OVER, _K.RECALLED, _K.CLOSED}), "民诉法 126"),
        TaskKind.SETTLE_CLOSURE: TaskRule(_DESK_AND_JUDGE, 3, frozenset(), "民诉法 100; [DR]", by_hand=True),
        TaskKind.SETTLE_CLASH: TaskRule(_DESK, 1, frozenset(), "[DR]", by_hand=True),
        TaskKind.COURT_CONTRADICTS: TaskRule(_DESK | {Role.CLERK}, 1, frozenset(), "[DR]", by_hand=True),
        TaskKind.DEAD_LETTER: TaskRule(frozenset({Role.CLERK, Role.ADMIN}), 1, frozenset(), "[DR]", by_hand=True),
        TaskKind.APPROVE_REOPENING: TaskRule(frozenset({Role.FILING, Role.ADMIN}), 3, frozenset({_K.REOPENED}), "[DR]"),
        TaskKind.DISPOSE_RECORDINGS: TaskRule(
            frozenset({Role.CLERK}),
            20,
            frozenset({_K.DISPOSAL_PROPOSED, _K.DISPOSED, _K.RETENTION_SET, _K.REOPENED}),
            "录音录像规定 5; [DR]",
        ),
        TaskKind.APPROVE_DISPOSAL: TaskRule(
            frozenset({Role.ADMIN}),
            5,
            frozenset({_K.DISPOSED, _K.DISPOSAL_DECLINED, _K.HELD, _K.RETENTION_SET, _K.REOPENED}),
            "录音录像规定 5; [DR]",
        ),
        TaskKind.APPROVE_RELEASE: TaskRule(_DESK_AND_JUDGE, 3, frozenset({_K.RELEASED}), "[DR]"),
    }
)

_BY_CLOCK = MappingProxyType(
    {
        ClockId.APPOINTMENT.value: TaskKind.NAME_MEDIATOR,
        ClockId.REPLACEMENT.value: TaskKind.DECIDE_REPLACEMENT,
        ClockId.REVIEW.value: TaskKind.LATE_REVIEW,
        ClockId.FILING.value: TaskKind.LATE_FILING,
        ClockId.RETENTION.value: TaskKind.DISPOSE_RECORDINGS,
    }
)
_BY_WORD = MappingProxyType(
    {
        _K.REOPEN_REQUESTED: TaskKind.APPROVE_REOPENING,
        _K.RELEASE_ASKED: TaskKind.APPROVE_RELEASE,
        _K.DISPOSAL_PROPOSED: TaskKind.APPROVE_DISPOSAL,
    }
)
_SIGNED = (MatterOutcome.AGREED, MatterOutcome.PARTIAL)


@dataclass(frozen=True, slots=True)
class Task:
    """One task in one matter; `due` is its last day at the court, `facts` what somebody must know to do it.

    `done_by`: who settled it, `system` when something that happened did; `note`: in what way, if by hand.
    """

    id: str
    matter_id: str
    kind: TaskKind
    court: str
    opened_at: datetime
    due: date
    facts: Mapping[str, str] = field(default_factory=dict)
    done_at: datetime | None = None
    done_by: str | None = None
    note: str = ""

    @property
    def rule(self) -> TaskRule:
        """The row of its kind."""
        return RULES[self.kind]


def tasks_of(role: Role) -> frozenset[TaskKind]:
    """The kinds that somebody in a role can have."""
    return frozenset(kind for kind, rule in RULES.items() if role in rule.whose)


def judges_of(matter: Matter) -> frozenset[str]:
    """The judges whom a task in a matter concerns; who reviews an agreement has none before there is one to review."""
    reviewing = matter.confirming_judge_id if matter.state in IN_REVIEW else None
    return frozenset(each for each in (matter.judge_id, reviewing) if each)


def opened_by(event: MatterEvent, file: MatterFile) -> tuple[TaskKind, Mapping[str, str]] | None:
    """What an event leaves for a person to do; `file` is the file of its matter after it.

    A case that the court closes when all have signed is not dropped by us: both instants are shown, the court decides.
    """
    if event.kind is _K.REPLACEMENT_REQUESTED:
        return TaskKind.DECIDE_REPLACEMENT, {"since": event.at.date().isoformat()}
    if event.kind is _K.CLOCK_EXPIRED:
        kind = _BY_CLOCK.get(str(event.payload.get("clock")))
        return None if kind is None else (kind, {"since": str(event.payload.get("due"))})
    if (event.kind, event.payload.get("cause")) == (_K.PAUSED, "false_mediation") or event.kind in _BY_WORD:
        hold = event.payload.get("hold")
        said = {"reason": str(event.payload.get("reason", "")), "said_by": event.actor}
        return _BY_WORD.get(event.kind, TaskKind.CHECK_SUSPICION), {**said, **({"hold": str(hold)} if hold else {})}
    if event.kind in (_K.DISPOSAL_DECLINED, _K.RELEASED):
        return _left_by_keeping(event, file)
    if event.kind is _K.RECALLED and file.outcome in _SIGNED and file.effective_at is not None:
        return TaskKind.SETTLE_CLOSURE, {
            "signed_at": file.effective_at.isoformat(),
            "closed_at": event.at.isoformat(),
        }
    return None


def _left_by_keeping(event: MatterEvent, file: MatterFile) -> tuple[TaskKind, Mapping[str, str]] | None:
    """After a no, or the end of one hold: another release that waits, or the record whose time is over."""
    said = {"reason": str(event.payload.get("reason", "")), "said_by": event.actor}
    waiting = next((each for each in file.keeping.holds if each.asked_by), None)
    if waiting is not None:
        return TaskKind.APPROVE_RELEASE, {
            "reason": waiting.asked_why,
            "said_by": waiting.asked_by or "",
            "hold": waiting.id,
        }
    over = any(clock == ClockId.RETENTION.value for clock, _ in file.expired)
    open_still = over and file.keeping.archived_on is not None and not file.keeping.holds
    return (TaskKind.DISPOSE_RECORDINGS, said) if open_still and file.keeping.disposed_at is None else None


def settled_by(event: MatterEvent) -> frozenset[TaskKind]:
    """The kinds of tasks of its matter that an event settles."""
    return frozenset(kind for kind, rule in RULES.items() if event.kind in rule.settled_by)
