"""Concluding a sitting (调解终结): outcome, events, audit and messages to the court commit together or not at all."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime

from mediation_server.caseflow.catalogue import MediationJudgmentRequested, OutcomeRecorded
from mediation_server.domain.audit import AuditAction, AuditEntry
from mediation_server.domain.delivery import MessageType
from mediation_server.domain.ids import new_id
from mediation_server.domain.lifecycle import Actor, Capacity, Command, CommandKind, may_sit
from mediation_server.domain.log import EventKind, SessionEvent
from mediation_server.domain.matter import Conclusion, Ground, Matter, MatterState, Outcome, Track
from mediation_server.domain.people import Permission
from mediation_server.domain.rights import held_in, permissions_of
from mediation_server.domain.session import Participant, Session, SessionEventKind, SessionKind
from mediation_server.errors import BadInput, Conflict, Refused
from mediation_server.services.procedure import act_in
from mediation_server.services.reporting import report_held
from mediation_server.store import audit, conclusions, events, matters, outbox, sessions
from mediation_server.store.database import Tx

__all__ = ["Closing", "agreement_sha256", "conclude_in"]

_ENDS_BY_AGREEMENT = (Outcome.AGREED, Outcome.PARTIAL)
_FILED = (Track.POSTFILING_ENTRUSTED, Track.COURT_LED)


@dataclass(frozen=True, slots=True)
class Closing:
    """What the presider fills in at the end of a sitting; terms for an agreement, ground and reasons for a failure."""

    outcome: Outcome
    ground: Ground | None = None
    terms: str = ""
    reasons: str = ""
    to_sign: bool = False  # the agreement goes out for signature; else it is recorded as reached (特邀规定 art. 23)


def agreement_sha256(conclusion: Conclusion) -> str:
    """What every signer of these terms signs: SHA-256 in hex of exactly this text."""
    return hashlib.sha256(conclusion.terms.encode()).hexdigest()


async def conclude_in(
    tx: Tx, session_id: str, actor: Participant, closing: Closing, *, at: datetime, offset_ms: int
) -> tuple[Conclusion, list[SessionEvent]]:
    """Conclude inside the caller's transaction; the caller rings `ctx.outbox_filled` after the commit.

    Raises `Refused("not_presider")`, `Conflict("session_state")` unless the sitting is live or suspended,
    `Conflict("matter_state")` when the matter is concluded already, and `BadInput` naming what the form lacks.
    """
    session = await sessions.locked(tx, session_id)
    matter = await matters.locked(tx, session.matter_id)
    permitted = permissions_of(actor.role, held_in(session.kind, matter.track))
    if actor.user_id != session.presider_id or Permission.CONCLUDE not in permitted:
        raise Refused("not_presider")
    ended = replace(session.moved_by(SessionEventKind.END), ended_at=at)
    _may_come_to(closing, session, matter)
    conclusion = _conclusion_of(closing, ended, at)
    await sessions.save(tx, ended)
    await conclusions.add(tx, conclusion)
    after = await _moved(tx, matter, closing, conclusion)
    logged = await _logged(tx, conclusion, actor, offset_ms)
    await audit.add(tx, _audited(conclusion))
    await _tell_court(tx, after, ended, conclusion)
    return conclusion, logged


def _may_come_to(closing: Closing, session: Session, matter: Matter) -> None:
    """Only a mediation comes to an outcome of the matter; a check by the judge or a preparation is simply over."""
    if session.kind is not SessionKind.MEDIATION:
        if closing.outcome is not Outcome.CONTINUE:
            raise BadInput("outcome_of_mediation", field="outcome")
    elif not may_sit(SessionKind.MEDIATION, matter.state, consent_pending=matter.consent_pending):
        raise Conflict("matter_state", state=matter.state.value)


def _conclusion_of(closing: Closing, session: Session, at: datetime) -> Conclusion:
    return Conclusion(
        id=new_id(),
        session_id=session.id,
        matter_id=session.matter_id,
        outcome=closing.outcome,
        ground=_ground_of(closing),
        terms=closing.terms.strip(),
        reasons=closing.reasons.strip(),
        concluded_at=at,
        concluded_by=session.presider_id,
    )


def _ground_of(closing: Closing) -> Ground | None:
    """The ground that belongs to the outcome; only a failure has a choice. Raises `BadInput` otherwise."""
    if closing.outcome is Outcome.FAILED:
        return closing.ground
    fitting = Ground.AGREEMENT if closing.outcome in _ENDS_BY_AGREEMENT else None
    if closing.ground not in (None, fitting):
        raise BadInput("ground_unexpected", field="ground")
    return fitting


async def _moved(tx: Tx, matter: Matter, closing: Closing, conclusion: Conclusion) -> Matter:
    """The matter after its sitting (§3.1): as it was when it is to be continued, else what the table says.

    After filing, an agreement goes on to the judge who reviews it for the 调解书, when the court has named one;
    before filing all parties apply for confirmation together (民诉法205), which no conclusion does for them.
    """
    if closing.outcome is Outcome.CONTINUE:
        after = replace(matter, version=matter.version + 1)
        await matters.save(tx, after)
        return after
    presider = Actor(conclusion.concluded_by, Capacity.MEDIATOR)
    commands = [_command_of(closing, conclusion)]
    concluded = closing.outcome in _ENDS_BY_AGREEMENT and not closing.to_sign
    if concluded and matter.track in _FILED and matter.confirming_judge_id:
        commands.append(Command(CommandKind.REQUEST_JUDGMENT, {"request": conclusion.id}))
    for command in commands:
        matter = (await act_in(tx, presider, matter.id, command, at=conclusion.concluded_at)).matter
    return matter


def _command_of(closing: Closing, conclusion: Conclusion) -> Command:
    """What the outcome of a sitting means for its matter; why it failed stays in the conclusion."""
    if closing.outcome is Outcome.FAILED:
        ground = conclusion.ground.value if conclusion.ground else None
        return Command(CommandKind.FAIL, {"ground": ground, "conclusion": conclusion.id})
    if closing.to_sign:
        sent = {"agreement": conclusion.id, "version": 1, "sha256": agreement_sha256(conclusion)}
        return Command(CommandKind.CIRCULATE, {**sent, "partial": closing.outcome is Outcome.PARTIAL})
    return Command(CommandKind.RECORD_AGREEMENT, {"outcome": closing.outcome.value, "conclusion": conclusion.id})


async def _logged(tx: Tx, conclusion: Conclusion, actor: Participant, offset_ms: int) -> list[SessionEvent]:
    ground = conclusion.ground.value if conclusion.ground else None
    entries = (
        (EventKind.CONCLUDED, {"outcome": conclusion.outcome.value, "ground": ground}),
        (EventKind.ENDED, {"result": conclusion.outcome.value}),
    )
    return [
        await events.append_event(
            tx,
            conclusion.session_id,
            at=conclusion.concluded_at,
            offset_ms=offset_ms,
            actor=actor.id,
            kind=kind,
            payload=payload,
        )
        for kind, payload in entries
    ]


def _audited(conclusion: Conclusion) -> AuditEntry:
    return AuditEntry(
        id=new_id(),
        at=conclusion.concluded_at,
        actor=conclusion.concluded_by,
        action=AuditAction.SESSION_CONCLUDED,
        object=f"session:{conclusion.session_id}",
        allowed=True,
        basis="presider",
        details={"outcome": conclusion.outcome.value, "conclusion": conclusion.id},
    )


async def _tell_court(tx: Tx, matter: Matter, session: Session, conclusion: Conclusion) -> None:
    number = len(await conclusions.conclusions_of(tx, matter.id))
    await report_held(tx, session, conclusion.outcome, conclusion.concluded_at)
    outcome = OutcomeRecorded(
        session_id=session.id,
        conclusion_id=conclusion.id,
        outcome=conclusion.outcome,
        ground=conclusion.ground,
        concluded_at=conclusion.concluded_at,
    )
    told = [(MessageType.OUTCOME_RECORDED, f"{matter.ref}:{number}", outcome.wire())]
    if matter.state is MatterState.JUDGMENT_REQUESTED and conclusion.outcome in _ENDS_BY_AGREEMENT:
        wanted = _judgment_wanted(conclusion)
        told.append((MessageType.MEDIATION_JUDGMENT_REQUESTED, wanted.mj_request_id, wanted.wire()))
    for kind, business_key, payload in told:
        await outbox.enqueue(
            tx,
            matter_id=matter.id,
            session_id=session.id,
            type=kind,
            business_key=business_key,
            payload=payload,
            occurred_at=conclusion.concluded_at,
        )


def _judgment_wanted(conclusion: Conclusion) -> MediationJudgmentRequested:
    """The request for the 调解书; a sitting ends once, so its conclusion's id names the request."""
    return MediationJudgmentRequested(
        mj_request_id=conclusion.id,
        session_id=conclusion.session_id,
        conclusion_id=conclusion.id,
        requested_at=conclusion.concluded_at,
        terms=conclusion.terms,
        partial=conclusion.outcome is Outcome.PARTIAL,
    )
