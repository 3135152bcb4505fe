"""What must reach the court: committed with the fact itself, delivered after, in order within each matter."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update

from mediation_server.domain.message import OutboxMessage, new_message_id
from mediation_server.errors import NotFound
from mediation_server.store.database import Tx
from mediation_server.store.mapping import Mapper
from mediation_server.store.tables import matters, outbox

__all__ = [
    "Draft",
    "Waiting",
    "due",
    "enqueue",
    "enqueue_all",
    "heads",
    "hurry",
    "message",
    "messages_of",
    "messages_of_session",
    "messages_of_sessions",
    "reissue",
    "resend",
    "save",
    "waiting",
]

_messages = Mapper(OutboxMessage, outbox, key="message_id")


@dataclass(frozen=True, slots=True)
class Draft:
    """A message before it has its place in the queue."""

    matter_id: str
    type: str
    business_key: str
    payload: Mapping[str, object]
    occurred_at: datetime
    session_id: str | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many messages the court has not answered, since when the oldest waits, and how many were given up."""

    messages: int
    since: datetime | None
    dead: int


async def waiting(tx: Tx) -> Waiting:
    """What is still on its way, those given up counted apart."""
    alive = (outbox.c.delivered_at.is_(None), outbox.c.dead.is_(False))
    on_its_way = (await tx.execute(select(func.count(), func.min(outbox.c.occurred_at)).where(*alive))).one()
    dead = await tx.scalar(select(func.count()).select_from(outbox).where(outbox.c.dead.is_(True)))
    return Waiting(on_its_way[0], on_its_way[1], dead or 0)


async def enqueue(  # noqa: PLR0913 - the fields of a message
    tx: Tx,
    *,
    matter_id: str,
    type: str,  # noqa: A002 - the envelope's own word
    business_key: str,
    payload: Mapping[str, object],
    occurred_at: datetime,
    session_id: str | None = None,
) -> OutboxMessage:
    """Queue a message behind the others of its matter; the same type and business key again give what exists."""
    draft = Draft(matter_id, type, business_key, payload, occurred_at, session_id)
    return (await enqueue_all(tx, [draft]))[0]


async def enqueue_all(tx: Tx, drafts: Sequence[Draft]) -> list[OutboxMessage]:
    """The same for several, of one matter in this order."""
    named = sorted({each.matter_id for each in drafts})
    await tx.execute(select(matters.c.id).where(matters.c.id.in_(named)).order_by(matters.c.id).with_for_update())
    keys = sorted({each.business_key for each in drafts})
    same = (outbox.c.matter_id.in_(named), outbox.c.business_key.in_(keys))
    known = {_key_of(each): each for each in await _messages.all(tx, _messages.selecting().where(*same))}
    ends = select(outbox.c.matter_id, func.max(outbox.c.seq)).where(outbox.c.matter_id.in_(named))
    last = {row[0]: row[1] for row in (await tx.execute(ends.group_by(outbox.c.matter_id))).all()}
    found, new = [], []
    for each in drafts:
        message = known.get(_key_of(each))
        if message is None:
            last[each.matter_id] = last.get(each.matter_id, 0) + 1
            message = known[_key_of(each)] = _queued(each, last[each.matter_id])
            new.append(message)
        found.append(message)
    await _messages.add_all(tx, new)
    return found


def _key_of(value: Draft | OutboxMessage) -> tuple[str, str, str]:
    return (value.matter_id, value.type, value.business_key)


def _queued(draft: Draft, seq: int) -> OutboxMessage:
    return OutboxMessage(
        message_id=new_message_id(draft.occurred_at),
        matter_id=draft.matter_id,
        session_id=draft.session_id,
        seq=seq,
        type=draft.type,
        business_key=draft.business_key,
        payload=dict(draft.payload),
        occurred_at=draft.occurred_at,
        attempts=0,
        next_attempt_at=draft.occurred_at,
    )


async def heads(tx: Tx, *, busy: Collection[str], limit: int) -> list[OutboxMessage]:
    """The first undelivered message of each matter but the `busy` ones, soonest attempt first; a dead one blocks."""
    first = (
        select(outbox.c.matter_id, func.min(outbox.c.seq).label("seq"))
        .where(outbox.c.delivered_at.is_(None), outbox.c.matter_id.not_in(sorted(busy)))
        .group_by(outbox.c.matter_id)
        .subquery()
    )
    query = (
        _messages.selecting()
        .join(first, (first.c.matter_id == outbox.c.matter_id) & (first.c.seq == outbox.c.seq))
        .where(outbox.c.dead.is_(False))
        .order_by(outbox.c.next_attempt_at, outbox.c.message_id)
        .limit(limit)
    )
    return await _messages.all(tx, query)


async def save(tx: Tx, value: OutboxMessage) -> None:
    """Write what came of an attempt."""
    await _messages.save(tx, value)


async def resend(tx: Tx, matter_id: str, *, from_seq: int, before_seq: int, at: datetime) -> None:
    """Make the messages from one number up to, not including, another wait for delivery again."""
    again = (outbox.c.matter_id == matter_id, outbox.c.seq >= from_seq, outbox.c.seq < before_seq)
    values = {"delivered_at": None, "dead": False, "attempts": 0, "next_attempt_at": at}
    await tx.execute(update(outbox).where(*again).values(**values))


async def hurry(tx: Tx, at: datetime) -> None:
    """Whatever the court has not answered, given up or not, is due at `at`, its attempts counted anew."""
    waiting = outbox.c.delivered_at.is_(None)
    await tx.execute(update(outbox).where(waiting).values(attempts=0, next_attempt_at=at, dead=False))


async def due(tx: Tx, message_ids: Iterable[str], at: datetime) -> None:
    """Of these messages, those still on their way are tried at `at` instead of later."""
    named = (outbox.c.message_id.in_(sorted(set(message_ids))), outbox.c.delivered_at.is_(None))
    await tx.execute(update(outbox).where(*named).values(next_attempt_at=at))


async def reissue(tx: Tx, value: OutboxMessage, at: datetime) -> None:
    """Send anew what the court refused for good: the same fact in a new message behind the others of its matter.

    The court keeps its answer under the old id and has used up the old place, so neither can be used again.
    """
    await tx.execute(select(matters.c.id).where(matters.c.id == value.matter_id).with_for_update())
    last = await tx.scalar(select(func.max(outbox.c.seq)).where(outbox.c.matter_id == value.matter_id))
    await tx.execute(
        update(outbox)
        .where(outbox.c.message_id == value.message_id)
        .values(
            message_id=new_message_id(at),
            seq=(last or 0) + 1,
            attempts=0,
            next_attempt_at=at,
            delivered_at=None,
            last_error=None,
            dead=False,
        )
    )


async def message(tx: Tx, message_id: str) -> OutboxMessage:
    """The message with this id. Raises `NotFound`."""
    found = await _messages.by_key(tx, message_id)
    if found is None:
        raise NotFound
    return found


async def messages_of(tx: Tx, matter_id: str) -> list[OutboxMessage]:
    """Every message of a matter, in order."""
    return await _messages.all(tx, _messages.selecting().where(outbox.c.matter_id == matter_id).order_by(outbox.c.seq))


async def messages_of_session(tx: Tx, session_id: str) -> list[OutboxMessage]:
    """Every message about one sitting, in order."""
    return await messages_of_sessions(tx, [session_id])


async def messages_of_sessions(tx: Tx, session_ids: Iterable[str]) -> list[OutboxMessage]:
    """Every message about several sittings, in order within each matter."""
    named = outbox.c.session_id.in_(sorted(set(session_ids)))
    return await _messages.all(tx, _messages.selecting().where(named).order_by(outbox.c.matter_id, outbox.c.seq))
