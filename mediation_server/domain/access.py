"""The recording wall (录音录像查阅): who may watch a recording, for what and why; one pure rule for all."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from mediation_server.domain.matter import Matter, MatterState
from mediation_server.domain.people import Role

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
    """Decide by the recording wall (在线调解规则 18, 23; 特邀规定 2, 22; 民诉解释 146). Default: no."""
    if viewer.role is Role.JUDGE:
        return _judge(viewer, matter, purpose)
    if viewer.role is Role.MEDIATOR and viewer.user_id == matter.mediator_id:
        if purpose is not Purpose.OWN_SESSION:
            return Decision(allowed=False, basis="purpose_not_yours")
        still_open = matter.state in (MatterState.MEDIATING, MatterState.SIGNING)
        return Decision(still_open, "own_session" if still_open else "matter_closed")
    return Decision(allowed=False, basis="no_right")


def _judge(viewer: Viewer, matter: Matter, purpose: Purpose) -> Decision:
    capacity = _capacity_of(viewer, matter)
    if capacity is None:
        return Decision(allowed=False, basis="not_assigned")
    if capacity == "trial":
        return Decision(allowed=False, basis="trial_judge")
    reviewing = {
        Purpose.CONFIRMATION: MatterState.CONFIRMING,
        Purpose.JUDGMENT: MatterState.JUDGMENT_REQUESTED,
    }
    if purpose in reviewing and capacity == "confirming":
        right_state = matter.state is reviewing[purpose]
        return Decision(right_state, purpose.value if right_state else "not_in_review")
    if purpose is Purpose.OWN_SESSION and capacity == "leading":
        still_open = matter.state is MatterState.MEDIATING
        return Decision(still_open, "own_session" if still_open else "matter_closed")
    return Decision(allowed=False, basis="purpose_not_yours")


def _capacity_of(viewer: Viewer, matter: Matter) -> str | None:
    """In which capacity this judge has to do with the matter. Whoever tries it never becomes its confirming judge."""
    if viewer.user_id == matter.judge_id:
        return matter.judge_capacity
    return "confirming" if viewer.user_id == matter.confirming_judge_id else None
