"""What lies before somebody who presides over sittings (日程): every open sitting and those of late; only reads."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from mediation_server.domain.matter import Matter, MatterParty, MatterState
from mediation_server.domain.message import OutboxMessage, SyncState
from mediation_server.domain.session import Lapse, Session, SessionState
from mediation_server.domain.users import User
from mediation_server.services.context import Context
from mediation_server.services.inviting import InvitationStatus, statuses_of_all
from mediation_server.services.lapsing import lapses_of
from mediation_server.services.matters import MatterSummary, Work, summaries_of, work_of
from mediation_server.services.syncing import outcome_state
from mediation_server.store import outbox, sittings
from mediation_server.store.database import Tx

__all__ = ["AgendaItem", "day_of"]

_SHOWN = 60  # a day holds a handful of sittings; nobody reads further on a home page


@dataclass(frozen=True, slots=True)
class AgendaItem:
    """One sitting with what its presider wants to know of it; `invitations` only while people may still come in."""

    session: Session
    matter: Matter
    parties: tuple[MatterParty, ...]
    invitations: tuple[InvitationStatus, ...]
    sync: SyncState | None
    lapse: Lapse | None = None  # why the house ended it, without an outcome
    here: Mapping[str, datetime] = field(default_factory=dict)  # who has a line to its room now, and since when
    asked: bool = False  # a party asks for another time or for protection, and has no answer yet


async def day_of(ctx: Context, user: User, since: datetime) -> tuple[list[MatterSummary], list[AgendaItem]]:
    """What somebody works on that is not closed, and the sittings they preside over, what both are made of read once.

    Of sittings those that start at or after `since`, or ask for something: they are still open, have not reached the
    court, or were ended by the house while the matter goes on.
    """
    async with ctx.db.reading() as tx:
        work = await work_of(tx, user)
        return await summaries_of(tx, work, ctx.clock.now()), await _items(ctx, tx, user, work, since)


async def _items(ctx: Context, tx: Tx, user: User, work: Work, since: datetime) -> list[AgendaItem]:
    mine = {each.id: each for each in work.matters}
    held = [each for each in work.sittings if each.presider_id == user.id]
    named = [each.id for each in held]
    sync = await _sync_of(tx, named)
    lapses = await lapses_of(tx, [each for each in held if mine[each.matter_id].state is MatterState.MEDIATING])
    shown = [each for each in held if each.id in lapses or _matters(each, since, sync[each.id])]
    asked = {each.session_id for each in await sittings.asked(tx, named) if each.settled_at is None}
    shown = sorted(shown, key=lambda one: one.starts_at)[:_SHOWN]
    invited = await statuses_of_all(ctx, tx, [each.id for each in shown if each.is_open])
    items = []
    for each in shown:
        links = tuple(invited.get(each.id, ()))
        about = mine[each.matter_id], work.parties[each.matter_id]
        lapse, here = lapses.get(each.id), _here(ctx, each)
        items.append(AgendaItem(each, *about, links, sync[each.id], lapse, here, each.is_open and each.id in asked))
    return items


async def _sync_of(tx: Tx, session_ids: Sequence[str]) -> dict[str, SyncState | None]:
    sent = defaultdict[str, list[OutboxMessage]](list)
    for each in await outbox.messages_of_sessions(tx, session_ids):
        sent[each.session_id or ""].append(each)
    return {key: outcome_state(sent[key]) for key in session_ids}


def _here(ctx: Context, session: Session) -> dict[str, datetime]:
    """Who sits in the live room now, lobby included, and since when; a link that was used once proves nothing."""
    room = ctx.rooms.find(session.id)
    if room is None:
        return {}
    seats = {key: seat for key, seat in room.state.seats.items() if seat.connected and seat.since}
    return {key: datetime.fromisoformat(seat.arrived_at or str(seat.since)) for key, seat in seats.items()}


def _matters(session: Session, since: datetime, sync: SyncState | None) -> bool:
    if session.state is SessionState.CANCELLED:
        return False
    return session.is_open or session.starts_at >= since or sync in (SyncState.PENDING, SyncState.FAILED)
