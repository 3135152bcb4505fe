"""What the court sends (收件): kept once, in order per matter, carried out with it, answered the same each time.

A case that is sent to mediation has no number of ours yet: its message carries the court's own number of the sending
as `matter_ref`, in an order of its own. We answer with `DiversionReceived`, which says what the matter is called here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from mediation_server.caseflow.answers import answer_stored, stored
from mediation_server.caseflow.court_catalogue import checked_from_court
from mediation_server.caseflow.envelope import Envelope
from mediation_server.caseflow.port import Ack, Answer, Nack, Pending
from mediation_server.domain.inbox import CourtMessage, Incoming, Reception, reception_of
from mediation_server.domain.matter import Matter
from mediation_server.domain.message import InboxMessage
from mediation_server.domain.task import TaskKind
from mediation_server.errors import BadInput, MediationError
from mediation_server.services.context import Context
from mediation_server.services.court_acts import Done, do, note_clash, refusal_of
from mediation_server.services.recalling import tell_rooms
from mediation_server.services.tasking import open_once
from mediation_server.store import inbox, matters, outbox
from mediation_server.store.database import Tx

__all__ = ["answers_arrived", "receive"]

_LATEST = timedelta(hours=24)  # what claims to have happened later than this is wrong
_UNKNOWN = Nack("E_UNKNOWN_CASE", "没有这个调解事项", retryable=False)
_CONFLICT = Nack("E_DUPLICATE_CONFLICT", "同一报文标识对应不同内容,请人工核对", retryable=False)
_SHAPE = Nack("E_SCHEMA", "报文格式不符", retryable=False)


@dataclass(frozen=True, slots=True)
class _Taken:
    """A message that was looked at: what is kept of it, how it is answered, what it did."""

    payload: dict[str, Any]
    answer: Ack | Nack
    done: Done | None = None


async def receive(ctx: Context, envelope: Envelope) -> Answer:
    """The answer to an envelope whose signature was checked; what is answered in its turn is kept with its answer.

    A message ahead of its turn is not kept: the answer names the first one that is missing, and the court sends again.
    What a message does to its matter commits with the message, or neither does.
    """
    async with ctx.db.transaction() as tx:
        answer, done = await _received(ctx, tx, envelope)
    if done is not None:
        ctx.outbox_filled.set()
        if done.recalled is not None:
            await tell_rooms(ctx, done.recalled)
    return answer


async def answers_arrived(ctx: Context, message_ids: list[str]) -> None:
    """The court's answers to these messages lie ready: the dispatcher fetches them now, not at its next attempt."""
    async with ctx.db.transaction() as tx:
        await outbox.due(tx, message_ids, ctx.clock.now())
    ctx.outbox_filled.set()


async def _received(ctx: Context, tx: Tx, envelope: Envelope) -> tuple[Answer, Done | None]:
    incoming = envelope.identity
    matter = await matters.by_ref(tx, incoming.matter_ref)
    if matter is None and envelope.type != CourtMessage.CASE_DIVERTED:
        return _UNKNOWN, None
    known = await inbox.by_id(tx, incoming.message_id)
    applied = await inbox.applied(tx, incoming.matter_ref, incoming.type, incoming.business_key)
    last = await inbox.last_seq(tx, incoming.matter_ref)
    reception = reception_of(incoming, same_id=_identity(known), same_business=_identity(applied), last_seq=last)
    if reception is Reception.REPEAT and known:
        return answer_stored(known.answer), None
    if reception is Reception.PARK:
        return Pending(resend_from=last + 1), None
    if reception is Reception.CONFLICT and matter is not None:
        said = {"message": envelope.type}
        await open_once(tx, matter, TaskKind.COURT_CONTRADICTS, said, incoming.payload_sha256, ctx.clock.now())
    taken = _Taken({}, _CONFLICT)
    if reception is Reception.SAME_BUSINESS and applied:
        taken = _Taken({}, answer_stored(applied.answer))
    elif reception is Reception.APPLY:
        taken = await _applied(ctx, tx, envelope, matter)
    if incoming.seq == last + 1 and not known:  # also what is refused has had its turn
        await inbox.add(tx, _message(ctx, envelope, taken))
    return taken.answer, taken.done


async def _applied(ctx: Context, tx: Tx, envelope: Envelope, matter: Matter | None) -> _Taken:
    """Carry a message out; of what we do not understand only the hash is kept, of what is refused the words too."""
    if envelope.occurred_at - ctx.clock.now() > _LATEST:
        return _Taken({}, _SHAPE)
    try:
        payload = checked_from_court(envelope.type, envelope.payload)
    except BadInput:
        return _Taken({}, _SHAPE)
    if payload.get("delegation_no", envelope.matter_ref) != envelope.matter_ref:
        return _Taken({}, _SHAPE)
    try:
        async with tx.begin_nested():  # what a refused message wrote is put back, the message itself is kept
            done = await do(ctx, tx, envelope.type, matter, payload)
    except MediationError as refusal:
        await note_clash(tx, payload, refusal, ctx.clock.now())
        return _Taken(payload, refusal_of(refusal))
    return _Taken(payload, Ack(done.version), done)


def _message(ctx: Context, envelope: Envelope, taken: _Taken) -> InboxMessage:
    incoming = envelope.identity
    return InboxMessage(
        message_id=incoming.message_id,
        matter_ref=incoming.matter_ref,
        seq=incoming.seq,
        type=incoming.type,
        business_key=incoming.business_key,
        payload_sha256=incoming.payload_sha256,
        payload=taken.payload,
        answer=stored(taken.answer),
        occurred_at=envelope.occurred_at,
        received_at=ctx.clock.now(),
    )


def _identity(message: InboxMessage | None) -> Incoming | None:
    if message is None:
        return None
    return Incoming(
        message.message_id,
        message.matter_ref,
        message.seq,
        message.type,
        message.business_key,
        message.payload_sha256,
    )
