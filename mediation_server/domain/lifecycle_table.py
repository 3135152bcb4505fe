"""The life cycle of a matter as one table: from which state, on whose word, under which conditions, by which law.

Conditions, guards and effects are named here and written out in `lifecycle_guards` and `lifecycle_effects`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from mediation_server.domain.matter import MatterState
from mediation_server.domain.matter_log import MatterEventKind

__all__ = ["REJECTIONS", "TABLE", "Capacity", "CommandKind", "Transition"]


class Capacity(StrEnum):
    """In what capacity somebody moves a matter; kept with each event of its log."""

    APPLICANT = "applicant"  # 申请人一方
    RESPONDENT = "respondent"  # 被申请人一方
    THIRD = "third"  # 第三人
    MEDIATOR = "mediator"  # 调解员
    ORGANISATION = "organisation"  # 调解组织
    FILING = "filing"  # 立案人员
    JUDGE = "judge"  # 法官
    CLERK = "clerk"  # 书记员, 法官助理
    SYSTEM = "system"  # 期限届满等, 由系统
    COURT = "court"  # 法院办案系统
    ADMIN = "admin"  # 系统管理员


class CommandKind(StrEnum):
    """What can be asked of a matter, as a verb."""

    CREATE = "create"
    SUBMIT = "submit"
    REQUEST_SUPPLEMENT = "request_supplement"
    RESUBMIT = "resubmit"
    REJECT = "reject"
    DIVERT = "divert"
    COURT_DIVERT = "court_divert"
    ORG_TAKE = "org_take"
    CONSENT = "consent"
    ALL_CONSENT = "all_consent"
    REFUSE = "refuse"
    UNREACHABLE = "unreachable"
    CHOOSE_JOINTLY = "choose_jointly"
    APPOINT = "appoint"
    REJECT_APPOINTMENT = "reject_appointment"
    ACCEPT = "accept"
    DECLINE = "decline"
    DISCLOSE = "disclose"
    ACCEPT_DISCLOSED = "accept_disclosed"
    REQUEST_REPLACEMENT = "request_replacement"
    DECIDE_REPLACEMENT = "decide_replacement"
    CONTACT = "contact"
    ASK_EXTENSION = "ask_extension"
    EXTEND = "extend"
    START_APPRAISAL = "start_appraisal"
    SUSPECT_FALSE_MEDIATION = "suspect_false_mediation"
    FORCE_MAJEURE = "force_majeure"
    RESUME = "resume"
    FIND_FALSE_MEDIATION = "find_false_mediation"
    CHANGE_PROCEDURE = "change_procedure"
    SERVE_PROPOSAL = "serve_proposal"
    OBJECT = "object"
    CIRCULATE = "circulate"
    EDIT = "edit"
    SIGN = "sign"
    REFUSE_TO_SIGN = "refuse_to_sign"
    RECORD_AGREEMENT = "record_agreement"
    RECORD_PERFORMANCE = "record_performance"
    WITHDRAW = "withdraw"
    SETTLE_SELF = "settle_self"
    GRANT_WITHDRAWAL = "grant_withdrawal"
    FAIL = "fail"
    RECALL = "recall"
    APPLY_CONFIRMATION = "apply_confirmation"
    ACCEPT_CONFIRMATION = "accept_confirmation"
    WITHDRAW_CONFIRMATION = "withdraw_confirmation"
    CONFIRM = "confirm"
    REFUSE_CONFIRMATION = "refuse_confirmation"
    REMEDIATE = "remediate"
    REQUEST_JUDGMENT = "request_judgment"
    ISSUE_JUDGMENT = "issue_judgment"
    REFUSE_JUDGMENT = "refuse_judgment"
    LAST_RECEIPT = "last_receipt"
    RENEGE = "renege"
    TRACK_PERFORMANCE = "track_performance"
    FULLY_PERFORM = "fully_perform"
    BREACH = "breach"
    HAND_OVER = "hand_over"
    ACKNOWLEDGE_HANDOVER = "acknowledge_handover"
    NOTICE_FEE = "notice_fee"
    PRESERVE = "preserve"
    RELAY_MATERIAL = "relay_material"
    CLOSE = "close"
    ARCHIVE = "archive"
    REQUEST_REOPEN = "request_reopen"
    REOPEN = "reopen"
    SET_RETENTION = "set_retention"
    HOLD = "hold"
    ASK_RELEASE = "ask_release"
    RELEASE = "release"
    PROPOSE_DISPOSAL = "propose_disposal"
    DECLINE_DISPOSAL = "decline_disposal"
    DISPOSE = "dispose"
    EXPIRE = "expire"
    REMIND = "remind"
    GRACE = "grace"


@dataclass(frozen=True, slots=True)
class Transition:
    """One row. `to` are the states it may lead to, none when the matter stays where it is.

    `when` chooses between rows of the same command; `guards` refuse, in order; `effects` are what follows in the same
    transaction; `sets` are fixed parts of the event's payload; `law` is the article, [DR] a decision of this product.
    """

    command: CommandKind
    sources: frozenset[MatterState | None]
    event: MatterEventKind
    to: tuple[MatterState, ...]
    who: frozenset[Capacity]
    law: str
    when: tuple[str, ...] = ()
    guards: tuple[str, ...] = ()
    effects: tuple[str, ...] = ()
    sets: Mapping[str, object] = field(default_factory=dict)


_LETTERS = dict(zip("ARTMOFJCSXD", Capacity, strict=True))
_C, _K, _S = CommandKind, MatterEventKind, MatterState

# Why an application is not accepted (在线调解规则 art. 9; 民诉解释 art. 143; 民诉法 art. 127).
REJECTIONS = (
    "not_court_business",
    "wrong_court",
    "unsuitable_online",
    "special_procedure",
    "personal_status",
    "by_nature",
    "arbitration_agreed",
    "labour_arbitration_first",
    "administrative_dispute",
    "decided_already",
)

_NONE = (None,)
_BEFORE_TEAM = (_S.APPOINTING, _S.AWAITING_ACCEPT)
_AT_WORK = (_S.MEDIATING, _S.PROPOSAL_SERVED, _S.SIGNING)
_PENDING = (*_BEFORE_TEAM, _S.MEDIATING)
_OPEN = (_S.CONSENTING, *_BEFORE_TEAM, _S.MEDIATING, _S.PAUSED, _S.PROPOSAL_SERVED, _S.SIGNING)
_ENDS = (_S.CONCLUDED, _S.HANDING_OVER)
_AFTER = (_S.CONFIRMED, _S.CONFIRM_REFUSED, _S.JUDGMENT_EFFECTIVE)
_LIVING = tuple(each for each in _S if each not in (_S.REJECTED, _S.RECALLED, _S.CLOSED, _S.ARCHIVED))


def _on(  # noqa: PLR0913 - the columns of the table
    command: CommandKind,
    sources: Iterable[MatterState | None],
    event: MatterEventKind,
    to: Iterable[MatterState],
    who: str,
    law: str,
    *,
    when: str = "",
    guards: str = "",
    effects: str = "",
    **sets: object,
) -> Transition:
    capacities = frozenset(_LETTERS[each] for each in who)
    chosen, checks, follows = (tuple(each.split()) for each in (when, guards, effects))
    return Transition(command, frozenset(sources), event, tuple(to), capacities, law, chosen, checks, follows, sets)


# fmt: off
_INTAKE = (
    _on(_C.CREATE, _NONE, _K.CREATED, (_S.DRAFT,), "AMFC", "在线调解规则 8"),
    _on(_C.SUBMIT, (_S.DRAFT,), _K.SUBMITTED, (_S.SUBMITTED,), "AMFC", "时效规定 12; 民诉法 124",
        guards="both_sides_named intake_complete"),
    _on(_C.REQUEST_SUPPLEMENT, (_S.SUBMITTED,), _K.SUPPLEMENT_REQUESTED, (_S.SUPPLEMENT,), "F", "在线诉讼规则 10; [DR]",
        guards="defects_are_new"),
    _on(_C.RESUBMIT, (_S.SUPPLEMENT,), _K.RESUBMITTED, (_S.SUBMITTED,), "AMFC", "在线诉讼规则 10; 时效规定 12",
        guards="intake_complete"),
    _on(_C.REJECT, (_S.SUBMITTED,), _K.REJECTED, (_S.REJECTED,), "F", "在线调解规则 9; 民诉解释 143; 民诉法 127",
        guards="rejection_known"),
    _on(_C.DIVERT, (_S.SUBMITTED,), _K.DIVERTED, (_S.CONSENTING, _S.APPOINTING, _S.MEDIATING), "FJX",
        "在线调解规则 7, 20; 民诉法 125, 136",
        guards="track_allowed track_of_court filed_has_number filed_has_procedure", effects="all_consent_if_so"),
    _on(_C.COURT_DIVERT, _NONE, _K.CREATED, (_S.CONSENTING, _S.APPOINTING, _S.MEDIATING), "X",
        "特邀规定 11; 2025意见 2-6",
        guards="both_sides_named track_allowed track_of_court has_number filed_has_procedure",
        effects="divert consents_that_came all_consent_if_so"),
    _on(_C.ORG_TAKE, (_S.SUBMITTED,), _K.DIVERTED, (_S.CONSENTING, _S.APPOINTING), "O", "人民调解法 17-18; 商事条例",
        guards="track_allowed charter_covers", effects="all_consent_if_so", track="org_accepted", by="organisation"),
)

_CONSENTS = (
    _on(_C.CONSENT, _LIVING, _K.CONSENTED, _OPEN, "ARTMOFJC", "在线调解规则 4, 15, 22; 在线诉讼规则 4",
        guards="party_named own_word", effects="all_consent_if_so"),
    _on(_C.ALL_CONSENT, (_S.CONSENTING,), _K.ALL_CONSENTED, (_S.MEDIATING,), "SJ", "在线调解规则 24(2); 民事调解规定 4",
        when="court_led", guards="all_agree presider_named"),
    _on(_C.ALL_CONSENT, (_S.CONSENTING,), _K.ALL_CONSENTED, (_S.APPOINTING,), "SFJO", "在线调解规则 10, 15",
        when="not_court_led everybody_agrees", consent_pending=False),
    _on(_C.ALL_CONSENT, (_S.CONSENTING,), _K.ALL_CONSENTED, (_S.APPOINTING,), "SF", "在线调解规则 10(1), 15",
        when="prefiling", guards="applicants_agree", consent_pending=True),
    _on(_C.REFUSE, (_S.CONSENTING,), _K.REFUSED, (_S.CONCLUDED, _S.HANDING_OVER), "ARTMF",
        "在线调解规则 15; 人民调解法 17", guards="party_named own_word", effects="end_unwilling hand_over"),
    _on(_C.REFUSE, _PENDING, _K.REFUSED, (_S.CONCLUDED, _S.HANDING_OVER), "RTM", "在线调解规则 15, 25(4)",
        when="consent_pending", guards="party_named own_word", effects="end_unwilling hand_over"),
    _on(_C.UNREACHABLE, (_S.CONSENTING,), _K.UNREACHABLE, (_S.CONCLUDED, _S.HANDING_OVER), "MFO",
        "在线调解规则 15, 25(3)", guards="party_named", effects="end_unreachable hand_over"),
    _on(_C.UNREACHABLE, _PENDING, _K.UNREACHABLE, (_S.CONCLUDED, _S.HANDING_OVER), "M", "在线调解规则 15, 25(3)",
        when="consent_pending", guards="party_named", effects="end_unreachable hand_over"),
)

_MEDIATORS = (
    _on(_C.CHOOSE_JOINTLY, (_S.APPOINTING,), _K.ASSIGNED, (_S.AWAITING_ACCEPT,), "ARTS", "在线调解规则 10; 特邀规定 12",
        guards="chosen_by_all mediator_fit not_recused", by="joint"),
    _on(_C.APPOINT, (_S.APPOINTING,), _K.ASSIGNED, (_S.AWAITING_ACCEPT,), "FJO", "在线调解规则 10-11; 特邀规定 12-13",
        guards="mediator_fit not_recused"),
    _on(_C.REJECT_APPOINTMENT, _BEFORE_TEAM, _K.REFUSED, (_S.CONCLUDED, _S.HANDING_OVER), "ART", "在线调解规则 10(4)",
        guards="party_named own_word", effects="end_unwilling hand_over"),
    _on(_C.ACCEPT, (_S.AWAITING_ACCEPT,), _K.ACCEPTED, (_S.MEDIATING,), "MO", "在线调解规则 12, 13, 24; 特邀规定 27",
        guards="disclosure_given accept_in_time", effects="disclose"),
    _on(_C.DECLINE, (_S.AWAITING_ACCEPT,), _K.DECLINED, (_S.APPOINTING,), "MO", "在线调解规则 12"),
    _on(_C.DISCLOSE, (*_BEFORE_TEAM, *_AT_WORK, _S.PAUSED), _K.DISCLOSED, (), "M", "在线调解规则 13; 特邀规定 15"),
    _on(_C.ACCEPT_DISCLOSED, (*_AT_WORK, _S.PAUSED), _K.DISCLOSURE_ACCEPTED, (), "ART", "在线调解规则 13",
        guards="party_named own_word"),
    _on(_C.REQUEST_REPLACEMENT, (_S.MEDIATING,), _K.REPLACEMENT_REQUESTED, (), "ART", "在线调解规则 14; 特邀规定 15",
        guards="party_named own_word nothing_asked_yet"),
    _on(_C.DECIDE_REPLACEMENT, (_S.MEDIATING,), _K.REPLACEMENT_DECIDED, (_S.APPOINTING, _S.MEDIATING), "OFJ",
        "在线调解规则 14; 特邀规定 15", guards="replacement_asked"),
    _on(_C.CONTACT, _OPEN, _K.CONTACTED, (), "MFOC", "在线调解规则 15", guards="party_named"),
)

_PERIOD = (
    _on(_C.ASK_EXTENSION, (_S.MEDIATING,), _K.EXTENSION_ASKED, (), "ARTM", "在线调解规则 24; 2025意见 3",
        guards="nobody_pending period_running extension_within_cap"),
    _on(_C.EXTEND, (_S.MEDIATING,), _K.EXTENDED, (), "ARTM", "在线调解规则 24; 2025意见 3",
        guards="all_agree_to_extend period_running extension_within_cap days_as_asked"),
    _on(_C.START_APPRAISAL, (_S.MEDIATING,), _K.PAUSED, (_S.PAUSED,), "F", "在线调解规则 26; 鉴定规程 2-6",
        guards="all_named_in_consents period_not_over", cause="appraisal"),
    _on(_C.SUSPECT_FALSE_MEDIATION, (_S.MEDIATING,), _K.PAUSED, (_S.PAUSED,), "M", "特邀规定 18; 在线调解规则 23",
        guards="period_not_over", cause="false_mediation"),
    _on(_C.FORCE_MAJEURE, (_S.MEDIATING,), _K.PAUSED, (_S.PAUSED,), "MF", "民诉法 86; [DR]", guards="period_not_over",
        cause="force_majeure"),
    _on(_C.RESUME, (_S.PAUSED,), _K.RESUMED, (_S.MEDIATING,), "FM", "在线调解规则 26"),
    _on(_C.FIND_FALSE_MEDIATION, (_S.PAUSED,), _K.CONCLUDED, (_S.CONCLUDED,), "JF",
        "特邀规定 18; 民诉法 115-116", guards="suspected reason_given", outcome="terminated", ground="g8"),
    _on(_C.CHANGE_PROCEDURE, (*_BEFORE_TEAM, *_AT_WORK, _S.CONSENTING, _S.PAUSED), _K.PROCEDURE_CHANGED, (), "X",
        "在线调解规则 24; [DR]", guards="filed"),
)

_WORK = (
    _on(_C.SERVE_PROPOSAL, (_S.MEDIATING,), _K.PROPOSAL_SERVED, (_S.PROPOSAL_SERVED,), "M",
        "民事调解规定 6; 特邀规定 17; 多元意见 24", guards="nobody_pending all_agree_to_proposal proposal_explained"),
    _on(_C.OBJECT, (_S.PROPOSAL_SERVED,), _K.OBJECTED, (_S.MEDIATING,), "ART", "多元意见 24", effects="nameless"),
    _on(_C.CIRCULATE, (_S.MEDIATING,), _K.CIRCULATED, (_S.SIGNING,), "M", "特邀规定 23-24; 民诉解释 358(5)",
        guards="nobody_pending terms_clear"),
    _on(_C.EDIT, (_S.SIGNING,), _K.EDITED, (_S.MEDIATING,), "M", "电子签名法 13", guards="newer_version"),
    _on(_C.SIGN, (_S.SIGNING,), _K.SIGNED, (_S.SIGNING, _S.CONCLUDED), "ART", "在线调解规则 19; 民诉解释 147",
        guards="party_named own_word agent_authorised same_text not_signed_yet", effects="conclude_when_all_signed"),
    _on(_C.REFUSE_TO_SIGN, (_S.SIGNING,), _K.SIGNING_REFUSED, (_S.CONCLUDED,), "ART", "在线调解规则 25(7)",
        guards="party_named own_word", effects="end_unsigned"),
    _on(_C.RECORD_AGREEMENT, (_S.MEDIATING, _S.SIGNING), _K.CONCLUDED, (_S.CONCLUDED,), "M",
        "特邀规定 23; 人民调解法 28", guards="nobody_pending agreed_outcome", ground="g1"),
    _on(_C.RECORD_PERFORMANCE, (_S.MEDIATING,), _K.CONCLUDED, (_S.CONCLUDED,), "M", "民诉法 101; 2025意见 4",
        guards="nobody_pending proof_given all_named_as_confirming", outcome="agreed", ground="g1"),
    _on(_C.WITHDRAW, (_S.CONSENTING, *_PENDING, *_AT_WORK), _K.CONCLUDED, (_S.CONCLUDED,), "A",
        "在线调解规则 25(2); 民诉法 62", when="before_filing", guards="party_named own_word agent_authorised",
        outcome="withdrawn", ground="g2"),
    _on(_C.WITHDRAW, (_S.CONSENTING, *_PENDING, *_AT_WORK), _K.WITHDRAWAL_REQUESTED, (), "A",
        "民诉法 62, 148; [DR]", when="filed", guards="party_named own_word agent_authorised", outcome="withdrawn"),
    _on(_C.SETTLE_SELF, (*_PENDING, *_AT_WORK), _K.CONCLUDED, (_S.CONCLUDED,), "AR", "在线调解规则 25(2)",
        when="before_filing", guards="party_named own_word agent_authorised all_named_as_confirming",
        outcome="settled_self", ground="g2"),
    _on(_C.SETTLE_SELF, (*_PENDING, *_AT_WORK), _K.WITHDRAWAL_REQUESTED, (), "AR", "民诉法 53, 148; [DR]",
        when="filed", guards="party_named own_word agent_authorised all_named_as_confirming", outcome="settled_self"),
    _on(_C.GRANT_WITHDRAWAL, (_S.CONSENTING, *_PENDING, *_AT_WORK), _K.CONCLUDED, (_S.CONCLUDED,), "X", "民诉法 148",
        guards="withdrawal_asked", ground="g2"),
    _on(_C.FAIL, (_S.MEDIATING, _S.SIGNING), _K.CONCLUDED, (_S.CONCLUDED,), "M", "在线调解规则 25; 特邀规定 26",
        guards="failure_ground reason_given", outcome="failed"),
    _on(_C.RECALL, (*_OPEN, *_ENDS), _K.RECALLED, (_S.RECALLED,), "X", "民诉法 148, 154; [DR]"),
)

_RESULTS = (
    _on(_C.APPLY_CONFIRMATION, (_S.CONCLUDED,), _K.CONFIRMATION_APPLIED, (_S.CONFIRMING,), "ARTFS",
        "民诉法 205; 民诉解释 351-355",
        guards="agreed not_after_filing confirmable all_named_as_applicants confirmation_in_time"),
    _on(_C.ACCEPT_CONFIRMATION, (_S.CONFIRMING,), _K.CONFIRMATION_ACCEPTED, (), "XFJ", "司法确认规定 4"),
    _on(_C.WITHDRAW_CONFIRMATION, (_S.CONFIRMING,), _K.CONFIRMATION_WITHDRAWN, (_S.CONCLUDED,), "ARTX", "民诉解释 357"),
    _on(_C.CONFIRM, (_S.CONFIRMING,), _K.CONFIRMED, (_S.CONFIRMED,), "XJFC", "民诉法 206; 民诉解释 358"),
    _on(_C.REFUSE_CONFIRMATION, (_S.CONFIRMING,), _K.CONFIRM_REFUSED, (_S.CONFIRM_REFUSED,), "XJFC", "民诉解释 358"),
    _on(_C.REMEDIATE, (_S.CONFIRM_REFUSED,), _K.REMEDIATED, (_S.MEDIATING,), "ARTM", "民诉法 206; 在线调解规则 24",
        guards="all_agree_to_extend"),
    _on(_C.REQUEST_JUDGMENT, (_S.CONCLUDED,), _K.JUDGMENT_REQUESTED, (_S.JUDGMENT_REQUESTED,), "ARTM",
        "民诉法 100; 特邀规定 20", guards="agreed_at_all judgment_possible"),
    _on(_C.ISSUE_JUDGMENT, (_S.JUDGMENT_REQUESTED,), _K.JUDGMENT_ISSUED, (_S.JUDGMENT_ISSUED,), "XJFC", "民诉法 100"),
    _on(_C.REFUSE_JUDGMENT, (_S.JUDGMENT_REQUESTED,), _K.JUDGMENT_REFUSED, (_S.CONCLUDED,), "XJ", "民事调解规定 10"),
    _on(_C.LAST_RECEIPT, (_S.JUDGMENT_ISSUED,), _K.JUDGMENT_EFFECTIVE, (_S.JUDGMENT_EFFECTIVE,), "XC",
        "民诉法 100; 民诉解释 149, 151"),
    _on(_C.RENEGE, (_S.JUDGMENT_ISSUED,), _K.RENEGED, (_S.HANDING_OVER,), "AR", "民诉法 102",
        guards="party_named own_word", effects="hand_over"),
    _on(_C.TRACK_PERFORMANCE, (_S.CONFIRMED, _S.JUDGMENT_EFFECTIVE, _S.CONCLUDED), _K.PERFORMING, (_S.PERFORMING,),
        "SM", "在线调解规则 20; 人民调解法 31", guards="agreed_at_all"),
    _on(_C.FULLY_PERFORM, (_S.PERFORMING,), _K.PERFORMED, (_S.CLOSED,), "A", "在线调解规则 20", effects="close"),
    _on(_C.BREACH, (_S.PERFORMING,), _K.BREACHED, (), "A", "民诉法 206, 247"),
    _on(_C.HAND_OVER, (_S.CONCLUDED, _S.CONFIRM_REFUSED), _K.HANDING_OVER, (_S.HANDING_OVER,), "MS",
        "在线调解规则 21; 特邀规定 21, 26", guards="not_settled court_sent_it"),
    _on(_C.ACKNOWLEDGE_HANDOVER, (_S.HANDING_OVER,), _K.HANDED_OVER, (_S.HANDED_OVER,), "X", "民诉法 126"),
    _on(_C.NOTICE_FEE, _LIVING, _K.FEE_NOTICED, (), "MFC", "收费办法 22; 2025意见 6", guards="filed"),
    _on(_C.PRESERVE, _LIVING, _K.PRESERVED, (), "MFCX", "民诉法 103-104"),
    _on(_C.RELAY_MATERIAL, _LIVING, _K.MATERIAL_RELAYED, (), "MF", "在线调解规则 8, 18; 在线诉讼规则 11-12"),
    _on(_C.CLOSE, (_S.RECALLED, _S.REJECTED, _S.HANDED_OVER, _S.CONCLUDED, *_AFTER), _K.CLOSED, (_S.CLOSED,), "SF",
        "在线诉讼规则 35; [DR]", guards="handed_over_if_due no_sitting_live tasks_done messages_sent"),
    _on(_C.ARCHIVE, (_S.CLOSED,), _K.ARCHIVED, (_S.ARCHIVED,), "CM", "在线诉讼规则 35; 人民调解法 27",
        guards="messages_sent"),
    _on(_C.REQUEST_REOPEN, (_S.CLOSED, _S.ARCHIVED), _K.REOPEN_REQUESTED, (), "FD", "[DR]"),
    _on(_C.REOPEN, (_S.CLOSED, _S.ARCHIVED), _K.REOPENED, (*_LIVING, _S.CLOSED, _S.RECALLED, _S.REJECTED), "FD",
        "[DR]", guards="asked_by_another"),
)

_BEGUN = tuple(each for each in _S if each is not _S.DRAFT)
_KEEPING = (
    _on(_C.SET_RETENTION, (_S.CLOSED, _S.ARCHIVED), _K.RETENTION_SET, (), "CF", "录音录像规定 5; [DR]",
        guards="reason_given not_disposed"),
    _on(_C.HOLD, _BEGUN, _K.HELD, (), "JF", "特邀规定 18, 28; [DR]", guards="reason_given not_disposed"),
    _on(_C.ASK_RELEASE, _BEGUN, _K.RELEASE_ASKED, (), "JF", "[DR]", guards="reason_given hold_known"),
    _on(_C.RELEASE, _BEGUN, _K.RELEASED, (), "JF", "[DR]", guards="reason_given hold_known release_asked_by_another"),
    _on(_C.PROPOSE_DISPOSAL, (_S.ARCHIVED,), _K.DISPOSAL_PROPOSED, (), "C", "录音录像规定 5; [DR]",
        guards="reason_given may_be_disposed"),
    _on(_C.DECLINE_DISPOSAL, (_S.ARCHIVED,), _K.DISPOSAL_DECLINED, (), "D", "[DR]",
        guards="reason_given disposal_proposed"),
    _on(_C.DISPOSE, (_S.ARCHIVED,), _K.DISPOSED, (), "D", "录音录像规定 5; [DR]",
        guards="reason_given may_be_disposed disposal_proposed disposal_proposed_by_another"),
)

_CLOCKS = (
    _on(_C.EXPIRE, (_S.AWAITING_ACCEPT,), _K.CLOCK_EXPIRED, (_S.APPOINTING,), "S", "在线调解规则 12",
        when="clock_accept", guards="not_expired_before accept_overdue", effects="expire_accept"),
    _on(_C.EXPIRE, (*_PENDING, _S.SIGNING), _K.CLOCK_EXPIRED, (_S.CONCLUDED,), "S", "在线调解规则 25(6)",
        when="clock_period", guards="not_expired_before period_over no_sitting_live", effects="end_expired"),
    _on(_C.EXPIRE, (_S.PROPOSAL_SERVED,), _K.CLOCK_EXPIRED, (_S.SIGNING,), "S", "多元意见 24",
        when="clock_objection", guards="not_expired_before objection_over", effects="deem_agreed"),
    _on(_C.EXPIRE, _S, _K.CLOCK_EXPIRED, (), "S", "[DR]", when="clock_only_tells", guards="not_expired_before"),
    _on(_C.REMIND, _S, _K.REMINDED, (), "S", "[DR]", guards="not_reminded_before"),
    _on(_C.GRACE, (_S.MEDIATING, _S.SIGNING), _K.GRACED, (), "S", "[DR]", guards="period_over not_graced_before"),
)
# fmt: on

TABLE: tuple[Transition, ...] = (*_INTAKE, *_CONSENTS, *_MEDIATORS, *_PERIOD, *_WORK, *_RESULTS, *_KEEPING, *_CLOCKS)
