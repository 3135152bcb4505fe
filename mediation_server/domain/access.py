"""The recording wall (录音录像查阅): who may watch a recording, for what and why; one pure rule for all."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from mediation_server.domain.matter import Matter, MatterState
from mediation_server.domain.people import Role
from mediation_server.domain.rights import Action, Claim, Condition, Holder, claim_on, may

__all__ = ["Decision", "Purpose", "Viewer", "may_watch"]


class Purpose(StrEnum):
    """Why somebody wants to watch; stated before the first byte."""

    CONFIRMATION = "confirmation"  # 司法确认·自愿性审查
    JUDGMENT = "judgment"  # 出具调解书审查
    OWN_SESSION = "own_session"  # 本人主持的调解
    TRIAL = "trial"  # 审理 - refused after a failed mediation


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who asks."""

    user_id: str
    role: Role


@dataclass(frozen=True, slots=True)
class Decision:
    """Yes or no with the rule it rests on: `basis` is a stable code with a text in the locale files."""

    allowed: bool
    basis: str


def may_watch(viewer: Viewer, matter: Matter, purpose: Purpose) -> Decision:
    """Decide by the recording wall (在线调解规则 18, 23; 特邀规定 2, 22; 民诉解释 146). Default: no.

    The table of rights opens the door at all; the purpose must be one for which this person may look.
    """
    claim = claim_on(matter, viewer.user_id, viewer.role)
    if claim is None:
        return Decision(allowed=False, basis="not_assigned" if viewer.role is Role.JUDGE else "no_right")
    if claim.holder is Holder.TRIAL_JUDGE and Condition.COURT_LED not in claim.held:
        return Decision(may(claim, Action.WATCH_RECORDING), "trial_judge")
    if claim.holder is Holder.CONFIRMING_JUDGE:
        return _reviewing(claim, matter, purpose)
    if claim.holder not in (Holder.MEDIATOR, Holder.TRIAL_JUDGE):
        return Decision(may(claim, Action.WATCH_RECORDING), "no_right")
    if purpose is not Purpose.OWN_SESSION:
        return Decision(allowed=False, basis="purpose_not_yours")
    allowed = may(claim, Action.WATCH_RECORDING)
    return Decision(allowed, "own_session" if allowed else "matter_closed")


_REVIEWED_FOR = {
    Purpose.CONFIRMATION: MatterState.CONFIRMING,
    Purpose.JUDGMENT: MatterState.JUDGMENT_REQUESTED,
}


def _reviewing(claim: Claim, matter: Matter, purpose: Purpose) -> Decision:
    if purpose not in _REVIEWED_FOR:
        return Decision(allowed=False, basis="purpose_not_yours")
    allowed = may(claim, Action.WATCH_RECORDING) and matter.state is _REVIEWED_FOR[purpose]
    return Decision(allowed, purpose.value if allowed else "not_in_review")
