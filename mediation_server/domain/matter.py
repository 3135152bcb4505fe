"""`Matter`, the dispute being mediated (调解事项), its parties, its outcome and the grounds the law names."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from mediation_server.domain.people import Role, Side
from mediation_server.errors import BadInput

__all__ = [
    "IN_REVIEW",
    "UNASKED",
    "Conclusion",
    "Ground",
    "Matter",
    "MatterOutcome",
    "MatterParty",
    "MatterState",
    "Outcome",
    "Track",
]


class Track(StrEnum):
    """How the matter came to mediation."""

    PREFILING_DELEGATED = "prefiling_delegated"  # 委派调解
    POSTFILING_ENTRUSTED = "postfiling_entrusted"  # 委托调解
    COURT_LED = "court_led"  # 法官主持调解
    ORG_ACCEPTED = "org_accepted"  # 调解组织自行受理


class MatterState(StrEnum):
    """Where the matter stands; `domain.lifecycle_table` says how it gets from one state to another."""

    DRAFT = "draft"  # 草稿
    SUBMITTED = "submitted"  # 待审核
    SUPPLEMENT = "supplement"  # 待补正
    REJECTED = "rejected"  # 不予受理
    CONSENTING = "consenting"  # 征询意愿
    APPOINTING = "appointing"  # 选任调解员
    AWAITING_ACCEPT = "awaiting_accept"  # 待确认接收
    MEDIATING = "mediating"  # 调解中
    PAUSED = "paused"  # 中止
    PROPOSAL_SERVED = "proposal_served"  # 调解方案公示期
    SIGNING = "signing"  # 协议签署中
    CONCLUDED = "concluded"  # 调解终结
    CONFIRMING = "confirming"  # 司法确认审查
    CONFIRMED = "confirmed"  # 已确认
    CONFIRM_REFUSED = "confirm_refused"  # 不予确认
    JUDGMENT_REQUESTED = "judgment_requested"  # 申请出具调解书
    JUDGMENT_ISSUED = "judgment_issued"  # 调解书已制作
    JUDGMENT_EFFECTIVE = "judgment_effective"  # 调解书已生效
    PERFORMING = "performing"  # 履行中
    HANDING_OVER = "handing_over"  # 移交中
    HANDED_OVER = "handed_over"  # 已移交法院
    RECALLED = "recalled"  # 法院召回
    CLOSED = "closed"  # 结案
    ARCHIVED = "archived"  # 已归档


# From here on the judge who reviews an agreement sees the matter; before, it is none of that judge's business.
IN_REVIEW = (MatterState.CONFIRMING, MatterState.JUDGMENT_REQUESTED, MatterState.CONFIRMED)

# Until here only its applicant knows of it: the court tells the other side when it asks it (在线调解规则 art. 15).
UNASKED = (MatterState.DRAFT, MatterState.SUBMITTED, MatterState.SUPPLEMENT, MatterState.REJECTED)


class Outcome(StrEnum):
    """What a sitting came to."""

    AGREED = "agreed"  # 达成协议
    PARTIAL = "partial"  # 部分达成
    CONTINUE = "continue"  # 继续调解
    FAILED = "failed"  # 调解不成


class MatterOutcome(StrEnum):
    """How the mediation of a matter ended, whatever its last sitting came to."""

    AGREED = "agreed"  # 达成协议
    PARTIAL = "partial"  # 部分达成
    FAILED = "failed"  # 调解不成
    WITHDRAWN = "withdrawn"  # 撤回申请
    SETTLED_SELF = "settled_self"  # 自行和解
    TERMINATED = "terminated"  # 终止调解


class Ground(StrEnum):
    """The eight grounds on which a mediation ends (在线调解规则 art. 25)."""

    AGREEMENT = "g1"  # 达成调解协议
    SETTLED_WITHDRAWN = "g2"  # 自行和解, 撤回申请
    UNREACHABLE = "g3"  # 无法联系
    UNWILLING = "g4"  # 明确不愿继续
    WIDE_GAP = "g5"  # 分歧较大
    PERIOD_EXPIRED = "g6"  # 期限届满
    REFUSES_TO_SIGN = "g7"  # 拒绝签署
    OTHER = "g8"  # 其他情形


@dataclass(frozen=True, slots=True)
class MatterParty:
    """Somebody named in a matter; `phone` is shown masked to everybody but staff of the matter."""

    id: str
    matter_id: str
    side: Side
    role: Role
    name: str
    name_en: str
    kind: str  # natural | organisation
    phone: str
    attends_as: str | None = None  # who comes for an organisation (法定代表人 / 负责人)
    attends_as_en: str | None = None
    user_id: str | None = None  # the account that speaks for them, once somebody signed in with `phone`
    id_kind: str | None = None  # a `checks.identities.Document`, or `uscc`
    id_number: str | None = None
    address: str | None = None
    postcode: str | None = None
    email: str | None = None
    legal_rep: str | None = None  # through whom an organisation acts (法定代表人, 负责人)
    legal_rep_en: str | None = None


@dataclass(frozen=True, slots=True)
class Matter:
    """A dispute in mediation; the court's case number is the court's, `ref` is ours."""

    id: str
    ref: str
    track: Track
    state: MatterState
    court: str
    court_en: str
    cause: str
    cause_en: str
    mediator_id: str | None  # who mediates it, or is asked to; nobody before that
    created_at: datetime
    case_no: str | None = None
    procedure: str | None = None  # 普通 | 简易 | 小额
    period_end: date | None = None  # last day of the mediation period, Asia/Shanghai
    judge_id: str | None = None  # who confirms or tries it
    judge_capacity: str | None = None  # confirming | trial | leading
    confirming_judge_id: str | None = None  # who reviews an agreement reached in it, beside who tries it
    claim: str = ""
    claim_en: str = ""
    claim_fen: int | None = None
    outcome: MatterOutcome | None = None
    consent_pending: bool = False  # a mediator was appointed before the other side had answered
    confirmable: bool = True  # whether an agreement in it can be confirmed by a court at all (民诉解释 art. 355)
    submitted_at: datetime | None = None
    next_clock: str | None = None  # which clock runs out next, and on which day
    next_due: date | None = None
    held: bool = False  # 保全中: nothing of its record is disposed of
    safety: bool = False  # 安全模式: the sides never share a room, and nothing of one reaches the other
    version: int = 1

    @property
    def staff(self) -> frozenset[str]:
        """The users whose business this matter is now."""
        reviewing = self.confirming_judge_id if self.state in IN_REVIEW else None
        return frozenset(each for each in (self.mediator_id, self.judge_id, reviewing) if each)


@dataclass(frozen=True, slots=True)
class Conclusion:
    """How the mediator closed a sitting; terms for an agreement, reasons for a failure."""

    id: str
    session_id: str
    matter_id: str
    outcome: Outcome
    ground: Ground | None
    terms: str
    reasons: str
    concluded_at: datetime
    concluded_by: str

    def __post_init__(self) -> None:
        """Guard what the law wants with each outcome. Raises `BadInput` naming the field."""
        if self.outcome in (Outcome.AGREED, Outcome.PARTIAL) and not self.terms.strip():
            raise BadInput("terms_required", field="terms")
        if self.outcome is Outcome.FAILED and self.ground in (None, Ground.AGREEMENT):
            raise BadInput("ground_required", field="ground")
        if self.outcome is Outcome.FAILED and not self.reasons.strip():
            raise BadInput("reasons_required", field="reasons")
