"""What the court is told of every sitting that took place: who was there, how it ended, what is unrecorded."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from mediation_server.caseflow.catalogue import TECHNICAL, Attendance, HeldResult, MissingStretch, SessionHeld
from mediation_server.domain.delivery import MessageType
from mediation_server.domain.log import EventKind, SessionEvent
from mediation_server.domain.session import Participant, Session
from mediation_server.store import events, outbox, sessions
from mediation_server.store.database import Tx

__all__ = ["TECHNICAL", "report_held"]


async def report_held(tx: Tx, session: Session, result: HeldResult, at: datetime) -> None:
    """Put the message about an ended sitting into the outbox, in the transaction that ends it.

    `result` is the outcome, or `TECHNICAL` for a sitting that the house ended; the caller rings
    `ctx.outbox_filled` after the commit.
    """
    log = await events.events_of(tx, session.id)
    held = SessionHeld(
        session_id=session.id,
        kind=session.kind.value,
        started_at=session.started_at or at,
        ended_at=at,
        result=result,
        attendance=_attendance(await sessions.participants_of(tx, session.id), log),
        gaps=_gaps(log),
    )
    await outbox.enqueue(
        tx,
        matter_id=session.matter_id,
        session_id=session.id,
        type=MessageType.SESSION_HELD,
        business_key=f"{session.id}:ended",
        payload=held.wire(),
        occurred_at=at,
    )


def _attendance(named: Sequence[Participant], log: Iterable[SessionEvent]) -> tuple[Attendance, ...]:
    arrived: dict[object, datetime] = {}
    verified: dict[object, bool] = {}
    for event in log:
        who = event.payload.get("participant")
        if event.kind is EventKind.ARRIVED:
            arrived.setdefault(who, event.at)
        elif event.kind is EventKind.IDENTITY_VERIFIED:
            verified[who] = bool(event.payload.get("verified"))
    return tuple(
        Attendance(
            name=each.name,
            role=each.role,
            side=each.side,
            arrived_at=arrived.get(each.id),
            verified=verified.get(each.id, False),
        )
        for each in named
    )


def _gaps(log: Iterable[SessionEvent]) -> tuple[MissingStretch, ...]:
    """The stretches without recording; of two entries about one stretch the later one knows when it ended."""
    found = {
        (event.payload.get("recording"), event.payload["from_ms"]): MissingStretch.model_validate(
            {name: event.payload.get(name) for name in MissingStretch.model_fields}
        )
        for event in log
        if event.kind is EventKind.RECORDING_GAP
    }
    return tuple(found.values())
