"""The recording wall (录音录像查阅): who may watch a recording, for what and why; one pure rule for all."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from mediation_server.domain.matter import Matter, MatterState
from mediation_server.domain.people import Role
from mediation_server.domain.rights import Action, Claim, Condition, Holder, claim_on, may
from mediation_server.domain.viewing_request import RequestState, ViewingRequest

__all__ = ["NOTHING", "Decision", "Facts", "Purpose", "Viewer", "may_watch"]


class Purpose(StrEnum):
    """Why somebody wants to watch; stated before the first byte."""

    CONFIRMATION = "confirmation"  # 司法确认·自愿性审查
    JUDGMENT = "judgment"  # 出具调解书审查
    OWN_SESSION = "own_session"  # 本人主持的调解
    TRIAL = "trial"  # 审理 - refused after a failed mediation, unless every party has said yes
    SUPERVISED = "supervised"  # 当事人申请查阅, at the court, a clerk beside them


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who asks."""

    user_id: str
    role: Role
    court: str | None = None  # whose clerk somebody is


@dataclass(frozen=True, slots=True)
class Facts:
    """What the wall must know besides the matter: of this recording, now."""

    all_consent: bool = False  # every party allows that its concessions are used (c11, 在线调解规则 art. 18)
    request: ViewingRequest | None = None  # the party's application that somebody wants to serve


NOTHING = Facts()


@dataclass(frozen=True, slots=True)
class Decision:
    """Yes or no with the rule it rests on: `basis` is a stable code with a text in the locale files."""

    allowed: bool
    basis: str


def may_watch(viewer: Viewer, matter: Matter, purpose: Purpose, facts: Facts = NOTHING) -> Decision:
    """Decide by the recording wall (在线调解规则 18, 23; 特邀规定 2, 22; 民诉解释 146; 录音录像规定 10). Default: no.

    The table of rights opens the door at all; the purpose must be one for which this person may look.
    """
    if purpose is Purpose.SUPERVISED:
        return _supervising(viewer, matter, facts)
    claim = claim_on(matter, viewer.user_id, viewer.role)
    if claim is None:
        return Decision(allowed=False, basis="not_assigned" if viewer.role is Role.JUDGE else "no_right")
    if claim.holder is Holder.TRIAL_JUDGE and Condition.COURT_LED not in claim.held:
        return _trying(claim, purpose, facts)
    if claim.holder is Holder.CONFIRMING_JUDGE:
        return _reviewing(claim, matter, purpose)
    return _presiding(claim, purpose)


def _presiding(claim: Claim, purpose: Purpose) -> Decision:
    """Whoever holds or held the sitting themselves; everybody else ends here, with the table's answer."""
    allowed = may(claim, Action.WATCH_RECORDING)
    if claim.holder not in (Holder.MEDIATOR, Holder.TRIAL_JUDGE):
        return Decision(allowed, "no_right")
    if purpose is not Purpose.OWN_SESSION:
        return Decision(allowed=False, basis="purpose_not_yours")
    return Decision(allowed, "own_session" if allowed else "matter_closed")


def _supervising(viewer: Viewer, matter: Matter, facts: Facts) -> Decision:
    """A clerk of the court shows a party what it applied for; the right is the party's, the clerk is beside it."""
    if viewer.role is not Role.CLERK or viewer.court != matter.court:
        return Decision(allowed=False, basis="no_right")
    asked = facts.request
    granted = asked is not None and asked.state is RequestState.GRANTED
    held = frozenset({Condition.OWN_SIDE, Condition.ON_REQUEST}) if granted else frozenset({Condition.OWN_SIDE})
    allowed = may(Claim(Holder.PARTY, held), Action.WATCH_RECORDING)
    return Decision(allowed, "supervised" if allowed else "request_not_granted")


def _trying(claim: Claim, purpose: Purpose, facts: Facts) -> Decision:
    """Whoever tries the case after a mediation that failed: only for that, and only when every party allows it."""
    if not (facts.all_consent and purpose is Purpose.TRIAL):
        return Decision(may(claim, Action.WATCH_RECORDING), "trial_judge")
    opened = Claim(claim.holder, claim.held | {Condition.WALL})
    return Decision(may(opened, Action.WATCH_RECORDING), "all_consent")


_REVIEWED_FOR = {
    Purpose.CONFIRMATION: MatterState.CONFIRMING,
    Purpose.JUDGMENT: MatterState.JUDGMENT_REQUESTED,
}


def _reviewing(claim: Claim, matter: Matter, purpose: Purpose) -> Decision:
    if purpose not in _REVIEWED_FOR:
        return Decision(allowed=False, basis="purpose_not_yours")
    allowed = may(claim, Action.WATCH_RECORDING) and matter.state is _REVIEWED_FOR[purpose]
    return Decision(allowed, purpose.value if allowed else "not_in_review")
