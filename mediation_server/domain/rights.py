"""Who may do what (角色权限表): one table for pages and rooms alike; a cell that is not filled in is a no."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from mediation_server.domain.matter import Matter, MatterState, Track
from mediation_server.domain.people import PARTICIPATING, PRESIDING, Permission, Role
from mediation_server.domain.session import SessionKind

__all__ = [
    "RIGHTS",
    "Action",
    "Cell",
    "Claim",
    "Condition",
    "Holder",
    "claim_on",
    "held_in",
    "holder_of",
    "may",
    "permissions_of",
]


class Holder(StrEnum):
    """The columns: in what position somebody holds a right in one matter."""

    PARTY = "party"  # 当事人
    AGENT = "agent"  # 代理人
    MEDIATOR = "mediator"  # 调解员
    ORGANISATION = "organisation"  # 调解组织管理员
    FILING = "filing"  # 立案人员
    TRIAL_JUDGE = "trial_judge"  # 审判法官, 主持调解的法官
    CONFIRMING_JUDGE = "confirming_judge"  # 确认审查法官
    CLERK = "clerk"  # 书记员
    ADMIN = "admin"  # 系统管理员
    AUDITOR = "auditor"  # 审计员


class Action(StrEnum):
    """The rows: what a right is to."""

    SUBMIT_APPLICATION = "submit_application"
    SEE_CONTACT_DATA = "see_contact_data"
    SEE_IDENTITY_NUMBERS = "see_identity_numbers"
    APPOINT_MEDIATOR = "appoint_mediator"
    RUN_SITTING = "run_sitting"
    LET_IN = "let_in"
    OPEN_CAUCUS = "open_caucus"
    EDIT_TRANSCRIPT = "edit_transcript"
    REQUEST_CORRECTION = "request_correction"
    SIGN_AGREEMENT = "sign_agreement"
    ISSUE_RULING = "issue_ruling"
    WATCH_RECORDING = "watch_recording"
    HAND_IN_MATERIALS = "hand_in_materials"
    READ_MATERIALS = "read_materials"
    RELAY_MATERIALS = "relay_materials"
    EXPORT_MATTER = "export_matter"
    MANAGE_ROSTER = "manage_roster"
    READ_AUDIT = "read_audit"
    SEE_KEEPING = "see_keeping"  # how long a record is kept, and what holds it
    ARCHIVE_MATTER = "archive_matter"
    SET_RETENTION = "set_retention"
    HOLD_RECORD = "hold_record"
    PROPOSE_DISPOSAL = "propose_disposal"
    APPROVE_DISPOSAL = "approve_disposal"


class Condition(StrEnum):
    """What must hold besides, where a cell is not a plain yes."""

    OWN_SIDE = "own_side"  # only what belongs to one's own side
    POWER_OF_ATTORNEY = "power_of_attorney"
    SPECIAL_AUTHORITY = "special_authority"  # 特别授权 (民诉法 art. 62)
    JOINT_CHOICE = "joint_choice"  # together with the other side (在线调解规则 art. 10)
    OWN_ORGANISATION = "own_organisation"
    OWN_COURT = "own_court"
    OWN_CASE = "own_case"
    COURT_LED = "court_led"  # the judge leads the mediation
    CHECK = "check"  # the sitting in which the court checks an agreement
    DELEGATED = "delegated"  # by whoever presides
    SEAL = "seal"
    IMPORTED = "imported"  # what the court issued, brought in
    ON_REQUEST = "on_request"  # on application, supervised, without a copy
    WHILE_OPEN = "while_open"  # until the mediation ends
    IN_REVIEW = "in_review"  # while the agreement is examined
    COMPLAINT = "complaint"  # a complaint is open
    WALL = "wall"  # an exception of the recording wall, approved


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: never (no `sets`), or whenever all conditions of one of the sets hold; an empty set always does."""

    sets: tuple[frozenset[Condition], ...] = ()

    def opens(self, held: frozenset[Condition]) -> bool:
        """Whether the conditions that hold are enough."""
        return any(needed <= held for needed in self.sets)


@dataclass(frozen=True, slots=True)
class Claim:
    """In what position somebody asks, and which conditions hold for them now."""

    holder: Holder
    held: frozenset[Condition] = frozenset()


def _row(line: str) -> Mapping[Holder, Cell]:
    return MappingProxyType(dict(zip(Holder, map(_cell, line.split()), strict=True)))


def _cell(word: str) -> Cell:
    """`no`, `yes`, or conditions: `a+b` both, `a/b` either."""
    if word in ("no", "yes"):
        return Cell((frozenset(),) if word == "yes" else ())
    return Cell(tuple(frozenset(map(Condition, each.split("+"))) for each in word.split("/")))


_LED, _CHECK, _JOINT, _OWN = "court_led", "check", "joint_choice", "own_side"
_WATCH = "own_side+on_request"

# In the order of `Holder`: party, agent, mediator, organisation, filing, trial judge, confirming judge, clerk, admin,
# auditor. Administrators have no right to content at all (录音录像规定 art. 15; 个保法 art. 51).
RIGHTS: Mapping[Action, Mapping[Holder, Cell]] = MappingProxyType(
    {
        Action.SUBMIT_APPLICATION: _row("yes power_of_attorney yes no yes no no yes no no"),
        Action.SEE_CONTACT_DATA: _row("no no yes no yes yes yes yes no no"),
        Action.SEE_IDENTITY_NUMBERS: _row(f"no no yes no yes {_LED} in_review no no no"),
        Action.APPOINT_MEDIATOR: _row(f"{_JOINT} {_JOINT} no own_organisation yes yes no no no no"),
        Action.RUN_SITTING: _row(f"no no yes no no {_LED} {_CHECK} delegated no no"),
        Action.LET_IN: _row(f"no no yes no no {_LED} {_CHECK} yes no no"),
        Action.OPEN_CAUCUS: _row(f"no no yes no no {_LED} no no no no"),
        Action.EDIT_TRANSCRIPT: _row(f"no no yes no no {_LED} {_CHECK} yes no no"),
        Action.REQUEST_CORRECTION: _row("yes yes no no no no no no no no"),
        Action.SIGN_AGREEMENT: _row("yes special_authority yes seal no no no no no no"),
        Action.ISSUE_RULING: _row("no no no no imported yes yes imported no no"),
        Action.WATCH_RECORDING: _row(
            f"{_WATCH} {_WATCH} while_open/on_request no complaint wall/court_led+while_open in_review wall no no"
        ),
        Action.HAND_IN_MATERIALS: _row("yes power_of_attorney yes no yes no no no no no"),
        Action.READ_MATERIALS: _row(f"{_OWN} {_OWN} yes no yes {_LED} in_review no no no"),
        Action.RELAY_MATERIALS: _row(f"no no yes no yes {_LED} no no no no"),
        Action.EXPORT_MATTER: _row(f"{_OWN} {_OWN} yes no yes wall yes yes no no"),
        Action.MANAGE_ROSTER: _row("no no no own_organisation yes no no no yes no"),
        Action.READ_AUDIT: _row("no no no no own_court own_case own_case no yes yes"),
        Action.SEE_KEEPING: _row("no no no no yes own_case own_case yes yes no"),
        Action.ARCHIVE_MATTER: _row("no no no no no no no yes no no"),
        Action.SET_RETENTION: _row("no no no no yes no no yes no no"),
        Action.HOLD_RECORD: _row("no no no no yes own_case own_case no no no"),
        Action.PROPOSE_DISPOSAL: _row("no no no no no no no yes no no"),
        Action.APPROVE_DISPOSAL: _row("no no no no no no no no yes no"),
    }
)


def may(claim: Claim | None, action: Action) -> bool:
    """Whether somebody may do something now; nobody's claim is a no."""
    return claim is not None and RIGHTS[action][claim.holder].opens(claim.held)


_PARTIES = (Role.APPLICANT, Role.RESPONDENT, Role.THIRD_PARTY)
_HOLDERS = MappingProxyType(
    {
        **dict.fromkeys(_PARTIES, Holder.PARTY),
        Role.AGENT: Holder.AGENT,
        Role.MEDIATOR: Holder.MEDIATOR,
        Role.CLERK: Holder.CLERK,
        Role.FILING: Holder.FILING,
        Role.ADMIN: Holder.ADMIN,
        Role.PARTY: Holder.PARTY,
        Role.ORGANISATION: Holder.ORGANISATION,
        Role.AUDITOR: Holder.AUDITOR,
    }
)
# Accounts that never sit in a room as such: a party sits there in the capacity the matter names.
_OUTSIDE = (Role.FILING, Role.ADMIN, Role.PARTY, Role.ORGANISATION, Role.AUDITOR)
_CHECKS = (SessionKind.CONFIRMATION_CHECK, SessionKind.JUDGMENT_CHECK)
_UNDER_WAY = (MatterState.MEDIATING, MatterState.SIGNING)
_REVIEWED = (MatterState.CONFIRMING, MatterState.JUDGMENT_REQUESTED)


def holder_of(role: Role) -> Holder | None:
    """The column a role stands in where that does not depend on the matter; None for judges, who differ by matter."""
    return _HOLDERS.get(role)


def claim_on(matter: Matter, user_id: str, role: Role) -> Claim | None:
    """In what position a user of the court or a body has to do with a matter now; None for anybody else's.

    Whoever tries the case never becomes the judge who reviews an agreement in it.
    """
    if role is Role.MEDIATOR:
        open_still = matter.state in _UNDER_WAY
        mine = user_id == matter.mediator_id
        return Claim(Holder.MEDIATOR, _if(open_still, Condition.WHILE_OPEN)) if mine else None
    if role is Role.JUDGE:
        return _judges_claim(matter, user_id)
    holder = _HOLDERS.get(role)
    return Claim(holder) if holder in (Holder.CLERK, Holder.FILING, Holder.ADMIN, Holder.AUDITOR) else None


def _judges_claim(matter: Matter, user_id: str) -> Claim | None:
    capacity = matter.judge_capacity if user_id == matter.judge_id else None
    if capacity == "leading":
        led = _if(matter.state is MatterState.MEDIATING, Condition.WHILE_OPEN)
        return Claim(Holder.TRIAL_JUDGE, led | {Condition.COURT_LED, Condition.OWN_CASE})
    if capacity == "trial":
        return Claim(Holder.TRIAL_JUDGE, frozenset({Condition.OWN_CASE}))
    if capacity == "confirming" or user_id == matter.confirming_judge_id:
        reviewing = _if(matter.state in _REVIEWED, Condition.IN_REVIEW, Condition.CHECK)
        return Claim(Holder.CONFIRMING_JUDGE, reviewing | {Condition.OWN_CASE})
    return None


def _if(holds: bool, *conditions: Condition) -> frozenset[Condition]:  # noqa: FBT001 - a condition is a boolean
    return frozenset(conditions) if holds else frozenset()


def held_in(kind: SessionKind, track: Track) -> frozenset[Condition]:
    """What holds for whoever presides over a sitting of this kind in a matter of this track."""
    if kind in _CHECKS:
        return frozenset({Condition.CHECK})
    return _if(track is Track.COURT_LED, Condition.COURT_LED)


def permissions_of(role: Role, held: frozenset[Condition] = frozenset()) -> frozenset[Permission]:
    """What a role may do in a room, by the table; party rights are the same on every side (在线调解规则 art. 18).

    A judge takes part only where they preside: `held` says whether they lead the mediation or check an agreement.
    """
    claim = _in_room(role, held)
    if claim is None:
        return frozenset()
    granted = PARTICIPATING
    if may(claim, Action.RUN_SITTING):
        granted |= PRESIDING - {Permission.CAUCUS}
    if may(claim, Action.LET_IN):
        granted |= {Permission.ADMIT}
    if may(claim, Action.OPEN_CAUCUS):
        granted |= {Permission.CAUCUS}
    return granted


def _in_room(role: Role, held: frozenset[Condition]) -> Claim | None:
    if role is Role.JUDGE:
        holder = Holder.CONFIRMING_JUDGE if Condition.CHECK in held else Holder.TRIAL_JUDGE
        return Claim(holder, held) if held else None
    position = None if role in _OUTSIDE else _HOLDERS.get(role)
    return None if position is None else Claim(position, held)
