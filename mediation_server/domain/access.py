"""The recording wall (录音录像查阅): who may watch a recording, for what and why; one pure rule for all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType

from mediation_server.domain.matter import Matter, MatterState
from mediation_server.domain.people import Role
from mediation_server.domain.rights import Action, Claim, Condition, Holder, claim_on, may
from mediation_server.domain.viewing_approval import ExceptionGround, ViewingApproval
from mediation_server.domain.viewing_request import RequestState, ViewingRequest

__all__ = ["NOTHING", "PURPOSE_OF", "Decision", "Facts", "Purpose", "Viewer", "grounds_for", "may_watch"]


class Purpose(StrEnum):
    """Why somebody wants to watch; stated before the first byte."""

    CONFIRMATION = "confirmation"  # 司法确认·自愿性审查
    JUDGMENT = "judgment"  # 出具调解书审查
    OWN_SESSION = "own_session"  # 本人主持的调解
    TRIAL = "trial"  # 审理 - refused after a failed mediation, unless every party has said yes or the law wants it
    SUPERVISED = "supervised"  # 当事人申请查阅, at the court, a clerk beside them
    COMPLAINT = "complaint"  # 投诉调查 - of the sitting complained of, while the complaint is open
    LETTER = "letter"  # 上级法院、检察机关来函 - at the court, a clerk beside whoever brought the letter


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
    approval: ViewingApproval | None = None  # the exception for this recording that somebody goes by
    today: date = date.max  # at the court; an approval has a last day, which is over where nobody says what day it is


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
    if purpose in _STAFF:
        return _excepted(viewer, matter, purpose, facts)
    claim = claim_on(matter, viewer.user_id, viewer.role)
    if claim is None:
        return Decision(allowed=False, basis="not_assigned" if viewer.role is Role.JUDGE else "no_right")
    if claim.holder is Holder.TRIAL_JUDGE and Condition.COURT_LED not in claim.held:
        return _trying(claim, viewer.user_id, purpose, facts)
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


def _trying(claim: Claim, user_id: str, purpose: Purpose, facts: Facts) -> Decision:
    """Whoever tries the case after a failed mediation: for that alone, if all parties allow it or the law wants it."""
    opened = Claim(claim.holder, claim.held | {Condition.WALL})
    if purpose is not Purpose.TRIAL:
        return Decision(may(claim, Action.WATCH_RECORDING), "trial_judge")
    if facts.all_consent:
        return Decision(may(opened, Action.WATCH_RECORDING), "all_consent")
    if facts.approval is not None:
        return _approved(opened, user_id, ExceptionGround.LAW, facts)
    return Decision(may(claim, Action.WATCH_RECORDING), "trial_judge")


# --- exceptions somebody approved ---------------------------------------------------------------------------

PURPOSE_OF = MappingProxyType(
    {
        ExceptionGround.LAW: Purpose.TRIAL,
        ExceptionGround.COMPLAINT: Purpose.COMPLAINT,
        ExceptionGround.LETTER: Purpose.LETTER,
    }
)
# Who of a court goes by which ground, and what holds for them once it is approved.
_STAFF = MappingProxyType(
    {
        Purpose.COMPLAINT: (Role.FILING, Claim(Holder.FILING, frozenset({Condition.COMPLAINT}))),
        Purpose.LETTER: (Role.CLERK, Claim(Holder.CLERK, frozenset({Condition.WALL}))),
    }
)


def grounds_for(viewer: Viewer, matter: Matter) -> tuple[ExceptionGround, ...]:
    """On which grounds somebody may ask for an exception in a matter; for most people there is none."""
    if viewer.role is Role.JUDGE:
        claim = claim_on(matter, viewer.user_id, viewer.role)
        tries = claim is not None and claim.holder is Holder.TRIAL_JUDGE and Condition.COURT_LED not in claim.held
        return (ExceptionGround.LAW,) if tries else ()
    here = viewer.court is not None and viewer.court == matter.court
    return tuple(
        ground
        for ground, purpose in PURPOSE_OF.items()
        if here and purpose in _STAFF and _STAFF[purpose][0] is viewer.role
    )


def _excepted(viewer: Viewer, matter: Matter, purpose: Purpose, facts: Facts) -> Decision:
    """Staff of the court who go by a complaint or a letter."""
    role, claim = _STAFF[purpose]
    if viewer.role is not role or viewer.court != matter.court:
        return Decision(allowed=False, basis="no_right")
    ground = next(each for each, leads_to in PURPOSE_OF.items() if leads_to is purpose)
    return _approved(claim, viewer.user_id, ground, facts)


def _approved(claim: Claim, user_id: str, ground: ExceptionGround, facts: Facts) -> Decision:
    asked = facts.approval
    if asked is None or not asked.opens_to(user_id, ground, facts.today):
        return Decision(allowed=False, basis="approval_not_standing")
    return Decision(may(claim, Action.WATCH_RECORDING), f"approved_{ground.value}")


_REVIEWED_FOR = {
    Purpose.CONFIRMATION: MatterState.CONFIRMING,
    Purpose.JUDGMENT: MatterState.JUDGMENT_REQUESTED,
}


def _reviewing(claim: Claim, matter: Matter, purpose: Purpose) -> Decision:
    if purpose not in _REVIEWED_FOR:
        return Decision(allowed=False, basis="purpose_not_yours")
    allowed = may(claim, Action.WATCH_RECORDING) and matter.state is _REVIEWED_FOR[purpose]
    return Decision(allowed, purpose.value if allowed else "not_in_review")
