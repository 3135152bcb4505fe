"""The clocks of a matter (期限, T01 to T19) as one table: what starts each, how long it runs, what it comes to.

Counting is `clocks`' business and effects are the life cycle's: an expiry here is a word.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple

from mediation_server.domain.calendar import local_date
from mediation_server.domain.matter import MatterOutcome, MatterState, Track
from mediation_server.domain.matter_file import MEDIATION, MatterFile
from mediation_server.domain.matter_log import MatterEvent, MatterEventKind

__all__ = ["CLOCKS", "TRIAL_MONTHS", "ClockId", "ClockRule", "Expiry", "Moment", "Start", "Unit"]


class ClockId(StrEnum):
    """The clocks by their numbers; the number is what the log and the court are told."""

    JOINT_CHOICE = "T01"  # 共同选定调解员
    APPOINTMENT = "T02"  # 法院指定调解员
    ACCEPTANCE = "T03"  # 调解员确认接收
    CONTACT = "T04"  # 联系对方当事人
    PERIOD = "T05"  # 调解期限
    EXTENSION = "T06"  # 延长的调解期限
    APPRAISAL = "T07"  # 鉴定期间
    OBJECTION = "T08"  # 调解方案异议期
    SIGNING = "T09"  # 签署期限
    CONFIRMATION = "T10"  # 申请司法确认
    REVIEW = "T11"  # 司法确认审查
    FILING = "T12"  # 转立案
    FEE = "T13"  # 交纳诉讼费
    REPLACEMENT = "T14"  # 更换调解员的决定
    RULING_OBJECTION = "T15"  # 对确认裁定提出异议
    ENFORCEMENT = "T16"  # 申请执行时效
    SUIT = "T17"  # 保全后起诉
    RETENTION = "T18"  # 录音录像保存
    TRIAL = "T19"  # 审理期限


class Unit(StrEnum):
    """In what a length is counted."""

    DAYS = "days"  # 日
    WORKING_DAYS = "working_days"  # 工作日
    MONTHS = "months"  # 月


class Expiry(StrEnum):
    """What it comes to when a clock runs out."""

    COURT_APPOINTS = "court_appoints"  # 由法院指定
    ESCALATES = "escalates"  # 报请督促
    REAPPOINTS = "reappoints"  # 重新选任
    REMINDS = "reminds"  # 提醒
    ENDS = "ends"  # 终结调解
    WITH_PERIOD = "with_period"  # 随调解期限
    RESUMES = "resumes"  # 期限恢复计算
    DEEMED_AGREED = "deemed_agreed"  # 视为达成协议
    RIGHT_LAPSES = "right_lapses"  # 逾期不再受理
    RECONCILES = "reconciles"  # 与法院核对
    COURT_DECIDES = "court_decides"  # 由法院处理
    WARNS = "warns"  # 警示
    DISPOSES = "disposes"  # 到期处置
    SHOWN_ONLY = "shown_only"  # 仅作提示


class Moment(NamedTuple):
    """One event with the file before and after it."""

    before: MatterFile
    after: MatterFile
    event: MatterEvent


def _always(_: Moment) -> bool:
    return True


def _on_its_day(moment: Moment) -> date:
    return local_date(moment.event.at)


@dataclass(frozen=True, slots=True)
class Start:
    """An event that starts a clock, or starts it anew; `since` is the day that is not counted itself.

    No `length`: the clock's last day follows from the file (a mediation period), or it has none (an appraisal).
    """

    kind: MatterEventKind
    length: int | None
    unit: Unit = Unit.DAYS
    when: Callable[[Moment], bool] = _always
    since: Callable[[Moment], date] = _on_its_day


@dataclass(frozen=True, slots=True)
class ClockRule:
    """One row: `ends` are the events after which nobody waits any more, `fits` the matters that have the clock at all.

    `stops`: it stands still while the matter is paused. `warn`: days before the last one on which people are told.
    """

    id: ClockId
    starts: tuple[Start, ...]
    ends: frozenset[MatterEventKind]
    then: Expiry
    law: str
    stops: bool = False
    fits: Callable[[MatterFile], bool] = lambda _: True
    warn: tuple[int, ...] = ()


_K, _S = MatterEventKind, MatterState
_FILED = (Track.POSTFILING_ENTRUSTED, Track.COURT_LED)
_OF_COURT = (None, Track.PREFILING_DELEGATED, Track.POSTFILING_ENTRUSTED)
_UNDER_WAY = (_S.APPOINTING, _S.AWAITING_ACCEPT, _S.MEDIATING, _S.PAUSED, _S.PROPOSAL_SERVED, _S.SIGNING)
TRIAL_MONTHS = {"普通": 6, "简易": 3, "小额": 2}


def _court_chooses(file: MatterFile) -> bool:
    """Whether a roster of a court is chosen from; a judge who leads needs nobody, a body appoints by its own rules."""
    return file.track in _OF_COURT


def _filed(file: MatterFile) -> bool:
    return file.track in _FILED


def _not_filed(file: MatterFile) -> bool:
    return file.track not in _FILED


def _choosing_together(moment: Moment) -> bool:
    return moment.after.state is _S.APPOINTING and not moment.after.consent_pending


def _choosing_again(moment: Moment) -> bool:
    return moment.after.state is _S.APPOINTING


def _last_consent(moment: Moment) -> date:
    answers = [each.answers.get(MEDIATION) for each in moment.after.parties.values()]
    given = [each.at for each in answers if each is not None and each.yes]
    return local_date(max(given, default=moment.event.at))


def _came_from_court(moment: Moment) -> bool:
    return moment.after.submitted_at is None


def _somebody_pending(moment: Moment) -> bool:
    return moment.after.consent_pending


def _period_begins(moment: Moment) -> bool:
    before, after = moment.before, moment.after
    begun = after.period_start != before.period_start or after.adopted_end != before.adopted_end
    return begun and after.state in _UNDER_WAY


def _period_start(moment: Moment) -> date:
    return local_date(moment.after.period_start or moment.event.at)


def _counts(moment: Moment) -> bool:
    return moment.after.extended_days > moment.before.extended_days


def _for_appraisal(moment: Moment) -> bool:
    return bool(moment.after.stops) and moment.after.stops[-1].cause == "appraisal"


def _confirmable(moment: Moment) -> bool:
    file = moment.after
    agreed = file.outcome is MatterOutcome.AGREED and file.effective_at is not None
    return agreed and file.confirmable and _not_filed(file)


def _effective(moment: Moment) -> date:
    return local_date(moment.after.effective_at or moment.event.at)


def _to_filing(moment: Moment) -> bool:
    return moment.event.payload.get("to") == "filing"


def _with_title(moment: Moment) -> bool:
    """Whether what is performed can be enforced; a mere agreement cannot."""
    return moment.before.state in (_S.CONFIRMED, _S.JUDGMENT_EFFECTIVE)


def _archived(moment: Moment) -> bool:
    return moment.after.keeping.archived_on is not None


def _archived_on(moment: Moment) -> date:
    return moment.after.keeping.archived_on or local_date(moment.event.at)


def _day_of(key: str) -> Callable[[Moment], date]:
    """The day under a key of the payload; the event's own when there is none."""

    def since(moment: Moment) -> date:
        return _day(moment.event.payload.get(key)) or local_date(moment.event.at)

    return since


def _last_instalment(moment: Moment) -> date:
    """By instalments, enforcement runs from the last day of the last one (民诉法 art. 250)."""
    listed = moment.event.payload.get("instalments")
    days = [_day(each.get("due")) for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
    return max((each for each in days if each), default=local_date(moment.event.at))


def _day(value: object) -> date | None:
    try:
        return datetime.strptime(str(value), "%Y-%m-%d").date()  # noqa: DTZ007 - a day, no instant
    except ValueError:
        return None


_GONE = frozenset({_K.REJECTED, _K.RECALLED, _K.CLOSED})
_OVER = _GONE | {_K.CONCLUDED}
_WD, _M = Unit.WORKING_DAYS, Unit.MONTHS

# fmt: off
CLOCKS: tuple[ClockRule, ...] = (
    ClockRule(ClockId.JOINT_CHOICE,
              (Start(_K.ALL_CONSENTED, 2, _WD, _choosing_together, _last_consent),
               Start(_K.DECLINED, 2, _WD, _choosing_together), Start(_K.ACCEPT_EXPIRED, 2, _WD, _choosing_together),
               Start(_K.REPLACEMENT_DECIDED, 2, _WD, _choosing_together)),
              _OVER | {_K.ASSIGNED}, Expiry.COURT_APPOINTS, "在线调解规则 10", fits=_court_chooses),
    ClockRule(ClockId.APPOINTMENT,
              (Start(_K.SUBMITTED, 3, _WD), Start(_K.RESUBMITTED, 3, _WD), Start(_K.DIVERTED, 3, _WD, _came_from_court),
               Start(_K.DECLINED, 3, _WD), Start(_K.ACCEPT_EXPIRED, 3, _WD),
               Start(_K.REPLACEMENT_DECIDED, 3, _WD, _choosing_again)),
              _OVER | {_K.ASSIGNED, _K.SUPPLEMENT_REQUESTED}, Expiry.ESCALATES, "在线调解规则 10(3)",
              fits=_court_chooses),
    ClockRule(ClockId.ACCEPTANCE, (Start(_K.ASSIGNED, 3, _WD),), _OVER | {_K.ACCEPTED, _K.DECLINED, _K.ACCEPT_EXPIRED},
              Expiry.REAPPOINTS, "在线调解规则 12"),
    ClockRule(ClockId.CONTACT, (Start(_K.ACCEPTED, 3, _WD, _somebody_pending),),
              _OVER | {_K.CONTACTED, _K.ALL_CONSENTED, _K.REFUSED, _K.UNREACHABLE}, Expiry.REMINDS, "在线调解规则 15"),
    ClockRule(ClockId.PERIOD,
              tuple(Start(kind, None, when=_period_begins, since=_period_start)
                    for kind in (_K.ACCEPTED, _K.ALL_CONSENTED, _K.REMEDIATED, _K.ADOPTED)),
              _OVER, Expiry.ENDS, "在线调解规则 24-26; 特邀规定 27", stops=True, warn=(3, 1)),
    ClockRule(ClockId.EXTENSION, (Start(_K.EXTENDED, None, when=_counts),), _OVER, Expiry.WITH_PERIOD,
              "在线调解规则 24; 2025意见 3", stops=True),
    ClockRule(ClockId.APPRAISAL, (Start(_K.PAUSED, None, when=_for_appraisal),), _OVER | {_K.RESUMED}, Expiry.RESUMES,
              "在线调解规则 26"),
    ClockRule(ClockId.OBJECTION, (Start(_K.PROPOSAL_SERVED, 7),), _OVER | {_K.OBJECTED, _K.CIRCULATED},
              Expiry.DEEMED_AGREED, "多元意见 24", warn=(3, 1)),
    ClockRule(ClockId.SIGNING, (Start(_K.CIRCULATED, 3),), _OVER | {_K.EDITED, _K.SIGNING_REFUSED}, Expiry.REMINDS,
              "[DR]", warn=(1,)),
    ClockRule(ClockId.CONFIRMATION,
              (Start(_K.CONCLUDED, 30, when=_confirmable, since=_effective),
               Start(_K.CONFIRMATION_WITHDRAWN, 30, when=_confirmable, since=_effective)),
              _GONE | {_K.CONFIRMATION_APPLIED, _K.JUDGMENT_REQUESTED, _K.PERFORMED}, Expiry.RIGHT_LAPSES, "民诉法 205",
              warn=(7, 3, 1)),
    ClockRule(ClockId.REVIEW, (Start(_K.CONFIRMATION_APPLIED, 3), Start(_K.CONFIRMATION_ACCEPTED, 15)),
              _GONE | {_K.CONFIRMED, _K.CONFIRM_REFUSED, _K.CONFIRMATION_WITHDRAWN}, Expiry.RECONCILES,
              "司法确认规定 4-5; 民诉法 187"),
    ClockRule(ClockId.FILING, (Start(_K.HANDING_OVER, 7, when=_to_filing),), _GONE | {_K.HANDED_OVER},
              Expiry.RECONCILES, "民诉法 126"),
    ClockRule(ClockId.FEE, (Start(_K.FEE_NOTICED, 7),), _GONE | {_K.HANDED_OVER, _K.JUDGMENT_EFFECTIVE},
              Expiry.COURT_DECIDES, "收费办法 22; 2025意见 6", warn=(1,)),
    ClockRule(ClockId.REPLACEMENT, (Start(_K.REPLACEMENT_REQUESTED, 3, _WD),), _OVER | {_K.REPLACEMENT_DECIDED},
              Expiry.ESCALATES, "在线调解规则 14; [DR]"),
    ClockRule(ClockId.RULING_OBJECTION, (Start(_K.CONFIRMED, 15),), frozenset(), Expiry.SHOWN_ONLY, "民诉解释 372"),
    ClockRule(ClockId.ENFORCEMENT,
              (Start(_K.CONFIRMED, 24, _M), Start(_K.JUDGMENT_EFFECTIVE, 24, _M, since=_day_of("effective_on")),
               Start(_K.PERFORMING, 24, _M, _with_title, _last_instalment)),
              frozenset({_K.PERFORMED}), Expiry.RIGHT_LAPSES, "民诉法 250", warn=(30,)),
    ClockRule(ClockId.SUIT, (Start(_K.PRESERVED, 30, since=_day_of("measure_on")),), _GONE | {_K.HANDED_OVER},
              Expiry.WARNS, "民诉法 104", fits=_not_filed, warn=(10, 5, 1)),
    ClockRule(ClockId.RETENTION,
              (Start(_K.ARCHIVED, None, _M), Start(_K.RETENTION_SET, None, _M, _archived, _archived_on)),
              frozenset({_K.REOPENED, _K.DISPOSED}), Expiry.DISPOSES, "录音录像规定 5; [DR]"),
    ClockRule(ClockId.TRIAL, (Start(_K.DIVERTED, None, _M),), _GONE | {_K.JUDGMENT_EFFECTIVE}, Expiry.SHOWN_ONLY,
              "民诉法 152, 164, 168; 在线调解规则 24", fits=_filed),
)
# fmt: on
