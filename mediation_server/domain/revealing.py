"""Who may see personal data of a matter unmasked, and what for (查看完整信息); by the table of rights, default no.

Source: 个保法 arts. 6, 51; 在线调解规则 art. 18. How to reach a party is for whoever works on its matter; its identity
numbers are for who presides, files, or reviews the agreement. Administrators and auditors see masks.
"""

from __future__ import annotations

from enum import StrEnum

from mediation_server.domain.access import Decision
from mediation_server.domain.masking import Datum
from mediation_server.domain.rights import Action, Claim, Condition, Holder, may

__all__ = ["RevealPurpose", "may_reveal"]


class RevealPurpose(StrEnum):
    """What the whole value is wanted for; said before it is given."""

    CONTACT = "contact"  # 联系当事人
    VERIFY = "verify"  # 核对身份
    SERVICE = "service"  # 送达文书
    REVIEW = "review"  # 审查协议
    OTHER = "other"  # 其他，写明事由


_TO_REACH = (Datum.NAME, Datum.PHONE, Datum.EMAIL, Datum.ADDRESS)
_BASES = {
    Holder.MEDIATOR: "reveal_presider",
    Holder.FILING: "reveal_filing",
    Holder.CLERK: "reveal_clerk",
    Holder.TRIAL_JUDGE: "reveal_judge",
    Holder.CONFIRMING_JUDGE: "reveal_confirming",
}
_REFUSALS = {Holder.TRIAL_JUDGE: "reveal_trial_judge", Holder.CONFIRMING_JUDGE: "not_in_review"}


def may_reveal(claim: Claim | None, datum: Datum) -> Decision:
    """Whether whoever has this position in a matter may see whole values of this kind; `basis` names the rule."""
    action = Action.SEE_CONTACT_DATA if datum in _TO_REACH else Action.SEE_IDENTITY_NUMBERS
    if claim is None or claim.holder not in _BASES:
        return Decision(allowed=False, basis="reveal_no_right")
    if not may(claim, action):
        return Decision(allowed=False, basis=_REFUSALS.get(claim.holder, "reveal_no_right"))
    leads = claim.holder is Holder.TRIAL_JUDGE and Condition.COURT_LED in claim.held
    return Decision(allowed=True, basis="reveal_presider" if leads else _BASES[claim.holder])
