"""What the court's messages do to matters (法院来件): a case sent, its procedure changed, taken back, a file taken."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from mediation_server.caseflow.port import Nack
from mediation_server.caseflow.procedure_catalogue import DiversionReceived
from mediation_server.domain.calendar import local_date
from mediation_server.domain.checks.case_numbers import CaseNumber, case_number
from mediation_server.domain.delivery import MessageType
from mediation_server.domain.diversion import cause_of, may_be_confirmed
from mediation_server.domain.ids import new_id
from mediation_server.domain.inbox import CourtMessage
from mediation_server.domain.lifecycle import Command, CommandKind
from mediation_server.domain.matter import Matter, MatterParty, MatterState, Track
from mediation_server.domain.people import Role, Side
from mediation_server.domain.task import TaskKind
from mediation_server.errors import BadInput, Conflict, MediationError
from mediation_server.services.context import Context
from mediation_server.services.procedure import act_in, open_in
from mediation_server.services.recalling import COURT, Recalled, recall_in
from mediation_server.services.tasking import open_task
from mediation_server.store import matters, outbox, roster, users
from mediation_server.store.database import Tx

__all__ = ["Done", "do", "note_clash", "refusal_of"]

_ROLES = MappingProxyType(
    {Side.APPLICANT: Role.APPLICANT, Side.RESPONDENT: Role.RESPONDENT, Side.THIRD: Role.THIRD_PARTY}
)
_OVER = (MatterState.REJECTED, MatterState.RECALLED, MatterState.CLOSED, MatterState.ARCHIVED)
_TAKEN = "case_no_taken"


@dataclass(frozen=True, slots=True)
class Done:
    """What a message did: the version of the matter, and what is to be told to live rooms after the commit."""

    version: int
    recalled: Recalled | None = None


async def do(ctx: Context, tx: Tx, kind: str, matter: Matter | None, payload: Mapping[str, Any]) -> Done:
    """Carry a message out inside the caller's transaction; what moves no matter does nothing.

    Raises what the life cycle raises; then the caller puts back what was written.
    """
    if kind == CourtMessage.CASE_DIVERTED:
        return await _diverted(ctx, tx, payload)
    if matter is None:
        raise BadInput("message_shape", field="matter_ref")
    act = _ACTS.get(CourtMessage(kind))
    return await act(ctx, tx, matter, payload) if act else Done(matter.version)


def refusal_of(error: MediationError) -> Nack:
    """What the court is answered when a message cannot be carried out; never an invitation to try the same again."""
    if error.code == _TAKEN:
        return Nack("E_DUPLICATE_CONFLICT", "该案号已有未结的调解事项,请人工核对", retryable=False)
    if isinstance(error, BadInput):
        return Nack("E_SCHEMA", "报文内容不符", retryable=False)
    return Nack("E_FORBIDDEN_STATE", "调解事项目前的状态不能这样处理", retryable=False)


async def note_clash(tx: Tx, said: Mapping[str, Any], error: MediationError, at: datetime) -> None:
    """A second sending of a case that is here already: filing staff look which of the two is right (K7)."""
    if error.code != _TAKEN:
        return
    number = case_number(said["case_no"], today=local_date(at))
    standing = await matters.by_case_no(tx, said["court"], number.kept)
    for each in standing:
        if each.state not in _OVER:
            facts = {"delegation_no": str(said["delegation_no"])}
            await open_task(tx, each, TaskKind.SETTLE_CLASH, facts, facts["delegation_no"], at)


async def _diverted(ctx: Context, tx: Tx, said: Mapping[str, Any]) -> Done:
    """Open the matter (特邀规定 art. 11), with the answers the court has from its parties, and say what we call it."""
    at = ctx.clock.now()
    number = case_number(said["case_no"], today=local_date(at))
    standing = await matters.by_case_no(tx, said["court"], number.kept)
    if any(each.state not in _OVER for each in standing):
        raise Conflict(_TAKEN, field="case_no")
    matter = await _matter(tx, said, number, at)
    parties = [_party(matter.id, each) for each in said["parties"]]
    command = Command(
        CommandKind.COURT_DIVERT,
        {
            "track": said["track"],
            "procedure": said["procedure"],
            "case_no": number.kept,
            "confirmable": may_be_confirmed(cause_of(matter), {}),
            "consents": [party.id for party, each in zip(parties, said["parties"], strict=True) if each["consents"]],
        },
    )
    acted = await open_in(tx, COURT, matter, parties, command, at=at)
    await _given_to(tx, matter, said["preferred_org"], at)
    received = DiversionReceived(delegation_no=said["delegation_no"], matter_ref=matter.ref, received_at=at)
    await outbox.enqueue(
        tx,
        matter_id=matter.id,
        type=MessageType.DIVERSION_RECEIVED,
        business_key=said["delegation_no"],
        payload=received.model_dump(mode="json"),
        occurred_at=at,
    )
    return Done(acted.matter.version)


async def _given_to(tx: Tx, matter: Matter, name: str | None, at: datetime) -> None:
    """To the body the court prefers, when it is one of this court's roster; else filing staff choose."""
    body = await roster.organisation_named(tx, name) if name else None
    if body is not None and body.active and matter.court in body.courts:
        await roster.give_matter(tx, matter.id, body.id, at)


async def _matter(tx: Tx, said: Mapping[str, Any], number: CaseNumber, at: datetime) -> Matter:
    track = Track(said["track"])
    judges = {each.name: each.id for each in await users.at_court(tx, said["court"], Role.JUDGE)}
    judge = judges.get(said["judge"] or "")
    capacity = "leading" if track is Track.COURT_LED else "trial"
    return Matter(
        id=new_id(),
        ref=await matters.next_ref(tx, number.court[1:] or "00", local_date(at).year),
        track=track,
        state=MatterState.DRAFT,
        court=said["court"],
        court_en=said["court_en"],
        cause=said["cause"],
        cause_en=said["cause_en"],
        mediator_id=None,
        created_at=at,
        case_no=number.kept,
        procedure=said["procedure"],
        judge_id=judge,
        judge_capacity=capacity if judge else None,
        claim=said["claim"],
        claim_fen=said["claim_fen"],
    )


def _party(matter_id: str, said: Mapping[str, Any]) -> MatterParty:
    side = Side(said["side"])
    plain = {key: said[key] for key in ("name", "name_en", "kind", "phone")}
    more = {key: said[key] for key in ("id_kind", "id_number", "address", "email", "legal_rep")}
    return MatterParty(id=new_id(), matter_id=matter_id, side=side, role=_ROLES[side], **plain, **more)


async def _procedure_changed(ctx: Context, tx: Tx, matter: Matter, said: Mapping[str, Any]) -> Done:
    """The period is counted anew from its start, and never ends before the next working day (K4)."""
    command = Command(CommandKind.CHANGE_PROCEDURE, {"procedure": said["new"]})
    acted = await act_in(tx, COURT, matter.id, command, at=ctx.clock.now())
    return Done(acted.matter.version)


async def _taken_back(ctx: Context, tx: Tx, matter: Matter, said: Mapping[str, Any]) -> Done:
    reason = str(said.get("manner_name") or said.get("reason") or "")
    recalled = await recall_in(ctx, tx, matter.id, reason, ctx.clock.now())
    return Done(recalled.acted.matter.version, recalled)


async def _handed_over(ctx: Context, tx: Tx, matter: Matter, said: Mapping[str, Any]) -> Done:
    """The court has the file: registered under a number, or back in the trial."""
    at, case_no = ctx.clock.now(), said.get("case_no")
    number = case_number(case_no, today=local_date(at)).kept if case_no else None
    command = Command(CommandKind.ACKNOWLEDGE_HANDOVER, {"case_no": number})
    acted = await act_in(tx, COURT, matter.id, command, at=at)
    return Done(acted.matter.version)


_Act = Callable[[Context, Tx, Matter, Mapping[str, Any]], Awaitable[Done]]
_ACTS: Mapping[CourtMessage, _Act] = MappingProxyType(
    {
        CourtMessage.PROCEDURE_CHANGED: _procedure_changed,
        CourtMessage.DIVERSION_RECALLED: _taken_back,
        CourtMessage.CASE_CLOSED: _taken_back,
        CourtMessage.FILING_ACCEPTED: _handed_over,
        CourtMessage.TRIAL_RESUMED: _handed_over,
    }
)
