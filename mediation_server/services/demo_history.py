"""How the demo's matters came to where they stand (all invented), told command by command; decides nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from mediation_server.domain.ids import fixed_id
from mediation_server.domain.lifecycle import Actor, Capacity, Command, CommandKind
from mediation_server.domain.lifecycle_guards import PARTY_SIDES
from mediation_server.domain.matter import Matter, MatterParty
from mediation_server.domain.users import User
from mediation_server.errors import Refused
from mediation_server.services.demo_cast import BODY_YUNXI
from mediation_server.services.procedure import act_in, note_refusal, open_in
from mediation_server.store.database import Tx

__all__ = [
    "COURT",
    "Step",
    "applied",
    "as_party",
    "begin",
    "go_on",
    "led_by_court",
    "sent_by_court",
    "signed",
    "taken_by_body",
    "try_in_vain",
]

COURT = Actor("court", Capacity.COURT)
BODY = Actor(BODY_YUNXI, Capacity.ORGANISATION)
_CAPACITIES = {side: capacity for capacity, side in PARTY_SIDES.items()}
_C = CommandKind


class Step(NamedTuple):
    """Somebody's command, and when it was given."""

    at: datetime
    who: Actor
    kind: CommandKind
    payload: dict[str, object]


async def begin(tx: Tx, matter: Matter, parties: Sequence[MatterParty], course: Sequence[Step]) -> None:
    """Write a matter with its first command, then the others in their order."""
    first, *others = course
    command = Command(first.kind, first.payload)
    await open_in(tx, first.who, matter, parties, command, at=first.at)
    await go_on(tx, matter.id, others)


async def try_in_vain(tx: Tx, matter_id: str, step: Step) -> None:
    """A command that is refused: nothing moves, and the attempt stays in the audit log."""
    command = Command(step.kind, step.payload)
    try:
        await act_in(tx, step.who, matter_id, command, at=step.at)
    except Refused as refusal:
        await note_refusal(tx, step.who, matter_id, command, refusal, at=step.at)
        return
    raise AssertionError(f"{step.kind} of {matter_id} was to be refused")


async def go_on(tx: Tx, matter_id: str, course: Iterable[Step]) -> None:
    """The commands of a matter that is there already."""
    for step in course:
        await act_in(tx, step.who, matter_id, Command(step.kind, step.payload), at=step.at)


def sent_by_court(
    matter: Matter, parties: Sequence[MatterParty], mediator: User, filing: User, at: datetime
) -> list[Step]:
    """The court sends it with the applicant's consent; the others are asked by telephone; the mediator accepts."""
    diverted: dict[str, object] = {
        "track": matter.track.value,
        "procedure": matter.procedure,
        "case_no": matter.case_no,
        "confirmable": matter.confirmable,
        "consents": [parties[0].id],
    }
    return [
        Step(at, COURT, _C.COURT_DIVERT, diverted),
        *(_agreed(each, at, Actor(filing.id, Capacity.FILING)) for each in parties[1:]),
        *_taken_up(mediator, Actor(filing.id, Capacity.FILING), at),
    ]


def led_by_court(matter: Matter, parties: Sequence[MatterParty], filing: User, at: datetime) -> list[Step]:
    """The judge leads it: nobody is appointed, it begins when the last party agrees (在线调解规则 art. 24)."""
    diverted: dict[str, object] = {
        "track": matter.track.value,
        "procedure": matter.procedure,
        "case_no": matter.case_no,
        "confirmable": matter.confirmable,
        "consents": [parties[0].id],
    }
    asked = Actor(filing.id, Capacity.FILING)
    return [
        Step(at, COURT, _C.COURT_DIVERT, diverted),
        *(_agreed(each, at + timedelta(hours=2), asked) for each in parties[1:]),
    ]


def taken_by_body(
    parties: Sequence[MatterParty], mediator: User, at: datetime, *, confirmable: bool = True
) -> list[Step]:
    """A party applies to a body itself, which takes the matter and names the mediator."""
    applicant = as_party(parties[0])
    return [
        Step(at, applicant, _C.CREATE, {}),
        Step(at, applicant, _C.SUBMIT, {"receipt": fixed_id(f"receipt {parties[0].matter_id}")}),
        Step(at, BODY, _C.ORG_TAKE, {"confirmable": confirmable}),
        *(_agreed(each, at, as_party(each)) for each in parties),
        *_taken_up(mediator, BODY, at),
    ]


def signed(parties: Iterable[MatterParty], agreement: str, sha256: str, at: datetime) -> list[Step]:
    """Parties sign the agreement that was circulated, six minutes after each other."""
    text: dict[str, object] = {"agreement": agreement, "sha256": sha256, "method": "sms_otp"}
    return [
        Step(at + number * timedelta(minutes=6), as_party(each), _C.SIGN, {**text, "party": each.id})
        for number, each in enumerate(parties)
    ]


def applied(parties: Sequence[MatterParty], court: str, case_no: str, at: datetime) -> list[Step]:
    """All parties apply for confirmation together, and the court accepts it under a number of its own."""
    together: dict[str, object] = {"applicants": [each.id for each in parties], "court": court}
    return [
        Step(at, as_party(parties[0]), _C.APPLY_CONFIRMATION, together),
        Step(at + timedelta(hours=6), COURT, _C.ACCEPT_CONFIRMATION, {"case_no": case_no}),
    ]


def as_party(party: MatterParty) -> Actor:
    """Whoever comes for an organisation may settle: the representative by law, the agent by special authority."""
    return Actor(party.id, _CAPACITIES[party.side], party.id, is_agent=party.attends_as is not None, special=True)


def _agreed(party: MatterParty, at: datetime, who: Actor) -> Step:
    channel = "web" if who.id == party.id else "phone"
    said: dict[str, object] = {"party": party.id, "item": "c1", "text_version": "1", "answer": True}
    return Step(at, who, _C.CONSENT, {**said, "given_by": "self", "channel": channel})


def _taken_up(mediator: User, by: Actor, at: datetime) -> list[Step]:
    return [
        Step(at, by, _C.APPOINT, {"mediator": mediator.id}),
        Step(at, Actor(mediator.id, Capacity.MEDIATOR), _C.ACCEPT, {"relations": []}),
    ]
