"""The life cycle of a matter (调解事项流程): what a command leads to, or why not; pure, by `lifecycle_table`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from mediation_server.domain.lifecycle_effects import EFFECTS, MAKERS, SYSTEM, Draft, by
from mediation_server.domain.lifecycle_guards import (
    CONDITIONS,
    GUARDS,
    PARTY_SIDES,
    Actor,
    Case,
    Command,
    Facts,
)
from mediation_server.domain.lifecycle_table import TABLE, Capacity, CommandKind, Transition
from mediation_server.domain.matter import MatterState
from mediation_server.domain.matter_file import MatterFile
from mediation_server.domain.matter_folds import folded
from mediation_server.domain.matter_log import MatterEvent
from mediation_server.domain.matter_payloads import checked
from mediation_server.domain.session import SessionKind
from mediation_server.errors import Conflict, Refused

__all__ = [
    "SYSTEM",
    "THE_SYSTEM",
    "Actor",
    "Capacity",
    "Command",
    "CommandKind",
    "Draft",
    "Facts",
    "decide",
    "foreseen",
    "law_of",
    "may_sit",
    "possible",
]

THE_SYSTEM = Actor(SYSTEM, Capacity.SYSTEM)

_WITHOUT_TEAM = (None, MatterState.DRAFT, MatterState.SUBMITTED, MatterState.SUPPLEMENT, MatterState.CONSENTING)
_SITTINGS = {
    SessionKind.MEDIATION: (MatterState.MEDIATING, MatterState.PROPOSAL_SERVED, MatterState.SIGNING),
    SessionKind.PREP: (MatterState.MEDIATING, MatterState.PROPOSAL_SERVED),
    SessionKind.ASYNC: (MatterState.MEDIATING, MatterState.PROPOSAL_SERVED),
    SessionKind.CONFIRMATION_CHECK: (MatterState.CONFIRMING,),
    SessionKind.JUDGMENT_CHECK: (MatterState.JUDGMENT_REQUESTED,),
}

_OF_ALL = (SessionKind.MEDIATION, SessionKind.ASYNC)


def decide(
    file: MatterFile, command: Command, who: Actor, now: datetime, facts: Facts | None = None
) -> tuple[Draft, ...]:
    """The events a command leads to, the first its own, then what follows from it in the same moment.

    Raises `Conflict("matter_state")` for a command that this state does not know, `Refused("not_your_part")` for one
    that is another's to give, `BadInput` for a payload of another shape, or what the first guard that fails says.
    """
    case = Case(file, command, who, now, facts or Facts())
    row = _row(case)
    for name in row.guards:
        if not GUARDS[name].holds(case):
            raise GUARDS[name].refusal()
    maker = MAKERS.get(command.kind)
    payload = {**command.payload, **(maker(case) if maker else {}), **row.sets}
    drafts: tuple[Draft, ...] = (by(who, row.event, payload),)
    for name in row.effects:
        drafts = EFFECTS[name](case, drafts, foreseen(file, _whole(drafts), now))
    return _whole(drafts)


def law_of(file: MatterFile, command: Command, who: Actor, now: datetime, facts: Facts | None = None) -> str:
    """The article a command rests on. Raises like `decide` for one that this state does not know."""
    return _row(Case(file, command, who, now, facts or Facts())).law


def foreseen(file: MatterFile, drafts: Iterable[Draft], now: datetime) -> MatterFile:
    """The file as it will be after these drafts."""
    events = (
        MatterEvent(file.matter_id, file.version + n, now, each.actor, each.role, each.kind, each.payload, "", "")
        for n, each in enumerate(drafts, start=1)
    )
    return folded(file, events)


def possible(file: MatterFile, who: Actor, now: datetime, facts: Facts | None = None) -> frozenset[CommandKind]:
    """What this person can be offered now; whether all that a form then says will do is decided by `decide`."""
    kinds = {row.command for row in TABLE if file.state in row.sources and who.capacity in row.who}
    return frozenset(each for each in kinds if _offered(Case(file, Command(each), who, now, facts or Facts())))


def may_sit(kind: SessionKind, state: MatterState | None, *, consent_pending: bool) -> bool:
    """Whether a sitting of this kind may be held; never together before every side has agreed (在线调解规则 15)."""
    return state in _SITTINGS[kind] and (kind not in _OF_ALL or not consent_pending)


def _whole(drafts: tuple[Draft, ...]) -> tuple[Draft, ...]:
    return tuple(Draft(each.kind, checked(each.kind, each.payload), each.actor, each.role) for each in drafts)


def _offered(case: Case) -> bool:
    try:
        _row(case)
    except (Conflict, Refused):
        return False
    return True


def _row(case: Case) -> Transition:
    known = [row for row in TABLE if row.command is case.command.kind and case.file.state in row.sources]
    fitting = [row for row in known if all(CONDITIONS[name](case) for name in row.when)]
    if not fitting:
        state = case.file.state
        raise Conflict("matter_state", state=state.value if state else "", command=case.command.kind.value)
    mine = [row for row in fitting if case.who.capacity in row.who]
    if not mine or not _is_of_it(case):
        raise Refused("not_your_part")
    return mine[0]


def _is_of_it(case: Case) -> bool:
    """Whether whoever asks is the party, or of the team, that their capacity claims."""
    file, who = case.file, case.who
    if who.capacity in PARTY_SIDES:
        party = file.parties.get(who.party or "")
        return (party is not None and party.side is PARTY_SIDES[who.capacity]) or file.state in (
            None,
            MatterState.DRAFT,
        )
    if who.capacity is Capacity.MEDIATOR:
        team = file.candidate or file.team
        return team.includes(who.id) if team else file.state in _WITHOUT_TEAM
    return True
