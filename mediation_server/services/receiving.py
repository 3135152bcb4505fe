"""What the court sends (收件): kept once, in order per matter, answered the same each time; moves no matter yet."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from mediation_server.caseflow.answers import answer_stored, stored
from mediation_server.caseflow.court_catalogue import checked_from_court
from mediation_server.caseflow.envelope import Envelope
from mediation_server.caseflow.port import Ack, Answer, Nack, Pending
from mediation_server.domain.inbox import Incoming, Reception, reception_of
from mediation_server.domain.matter import Matter
from mediation_server.domain.message import InboxMessage
from mediation_server.errors import BadInput
from mediation_server.services.context import Context
from mediation_server.store import inbox, matters, outbox

__all__ = ["answers_arrived", "receive"]

_LATEST = timedelta(hours=24)  # what claims to have happened later than this is wrong
_UNKNOWN = Nack("E_UNKNOWN_CASE", "没有这个调解事项", retryable=False)
_CONFLICT = Nack("E_DUPLICATE_CONFLICT", "同一报文标识对应不同内容,请人工核对", retryable=False)
_SHAPE = Nack("E_SCHEMA", "报文格式不符", retryable=False)


async def receive(ctx: Context, envelope: Envelope) -> Answer:
    """The answer to an envelope whose signature was checked; what is answered in its turn is kept with its answer.

    A message ahead of its turn is not kept: the answer names the first one that is missing, and the court sends again.
    """
    incoming = envelope.identity
    async with ctx.db.transaction() as tx:
        matter = await matters.by_ref(tx, incoming.matter_ref)
        if matter is None:
            return _UNKNOWN
        known = await inbox.by_id(tx, incoming.message_id)
        applied = await inbox.applied(tx, incoming.matter_ref, incoming.type, incoming.business_key)
        last = await inbox.last_seq(tx, incoming.matter_ref)
        reception = reception_of(incoming, same_id=_identity(known), same_business=_identity(applied), last_seq=last)
        if reception is Reception.REPEAT and known:
            return answer_stored(known.answer)
        if reception is Reception.PARK:
            return Pending(resend_from=last + 1)
        message = _message(ctx, envelope, matter, reception, applied)
        if incoming.seq == last + 1 and not known:  # also what is refused has had its turn
            await inbox.add(tx, message)
        return answer_stored(message.answer)


async def answers_arrived(ctx: Context, message_ids: list[str]) -> None:
    """The court's answers to these messages lie ready: the dispatcher fetches them now, not at its next attempt."""
    async with ctx.db.transaction() as tx:
        await outbox.due(tx, message_ids, ctx.clock.now())
    ctx.outbox_filled.set()


def _message(
    ctx: Context, envelope: Envelope, matter: Matter, reception: Reception, applied: InboxMessage | None
) -> InboxMessage:
    """The message with its answer; of what we do not understand only the hash is kept."""
    payload: dict[str, Any] = {}
    answer: Ack | Nack = _CONFLICT
    if reception is Reception.SAME_BUSINESS and applied:
        answer = answer_stored(applied.answer)
    elif reception is Reception.APPLY:
        payload, answer = _applied(ctx, envelope, matter)
    incoming = envelope.identity
    return InboxMessage(
        message_id=incoming.message_id,
        matter_ref=incoming.matter_ref,
        seq=incoming.seq,
        type=incoming.type,
        business_key=incoming.business_key,
        payload_sha256=incoming.payload_sha256,
        payload=payload,
        answer=stored(answer),
        occurred_at=envelope.occurred_at,
        received_at=ctx.clock.now(),
    )


def _applied(ctx: Context, envelope: Envelope, matter: Matter) -> tuple[dict[str, Any], Ack | Nack]:
    if envelope.occurred_at - ctx.clock.now() > _LATEST:
        return {}, _SHAPE
    try:
        return checked_from_court(envelope.type, envelope.payload), Ack(matter.version)
    except BadInput:
        return {}, _SHAPE


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
