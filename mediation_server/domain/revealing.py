"""Who may see personal data of a matter unmasked, and what for (查看完整信息); one pure rule, default no.

Source: 个保法 arts. 6, 51; 在线调解规则 art. 18. The presider, filing staff and the judge who reviews the agreement;
who tries the case, administrators and auditors see masks.
"""

from __future__ import annotations

from enum import StrEnum

from mediation_server.domain.access import Decision, Viewer
from mediation_server.domain.matter import IN_REVIEW, Matter
from mediation_server.domain.people import Role

__all__ = ["RevealPurpose", "may_reveal"]


class RevealPurpose(StrEnum):
    """What the whole value is wanted for; said before it is given."""

    CONTACT = "contact"  # 联系当事人
    VERIFY = "verify"  # 核对身份
    SERVICE = "service"  # 送达文书
    REVIEW = "review"  # 审查协议
    OTHER = "other"  # 其他，写明事由


def may_reveal(viewer: Viewer, matter: Matter) -> Decision:
    """Whether this person may see whole values in this matter; `basis` names the rule."""
    if viewer.role is Role.FILING:
        return Decision(allowed=True, basis="reveal_filing")
    if viewer.role is Role.MEDIATOR and viewer.user_id == matter.mediator_id:
        return Decision(allowed=True, basis="reveal_presider")
    if viewer.role is Role.JUDGE:
        return _judge(viewer, matter)
    return Decision(allowed=False, basis="reveal_no_right")


def _judge(viewer: Viewer, matter: Matter) -> Decision:
    named = viewer.user_id == matter.judge_id
    if named and matter.judge_capacity == "leading":
        return Decision(allowed=True, basis="reveal_presider")
    if viewer.user_id == matter.confirming_judge_id or (named and matter.judge_capacity == "confirming"):
        reviewing = matter.state in IN_REVIEW
        return Decision(reviewing, "reveal_confirming" if reviewing else "not_in_review")
    return Decision(allowed=False, basis="reveal_trial_judge" if named else "reveal_no_right")
