"""One more seat in a sitting that is there already (增加席位): whoever records it, an agent whose papers have come."""

from __future__ import annotations

from contextlib import suppress

from mediation_server.domain.log import EventKind
from mediation_server.domain.session import Participant, Session
from mediation_server.errors import Gone, Unavailable
from mediation_server.rooms.decision import SYSTEM
from mediation_server.services.acting import act, nothing
from mediation_server.services.auditing import noted
from mediation_server.services.context import Context
from mediation_server.store import sessions
from mediation_server.store.database import Tx

__all__ = ["add_seat", "show_seats"]


async def add_seat(ctx: Context, tx: Tx, session: Session, who: Participant) -> None:
    """Name somebody for a sitting, in the caller's transaction, who calls `show_seats` after it."""
    await sessions.add_participant(tx, who, len(await sessions.participants_of(tx, session.id)))
    said = {"participant": who.id, "role": who.role.value, "side": who.side.value, "name": who.name}
    more = {"name_en": who.name_en, "party": who.party_id, "user": who.user_id, "stands_in": who.stands_in}
    await noted(ctx, tx, session, EventKind.SEAT_ADDED, SYSTEM, **said, **more)


async def show_seats(ctx: Context, session_id: str) -> None:
    """Let the room, if it is open, see who was named for it meanwhile."""
    room = ctx.rooms.find(session_id)
    if room is not None:
        with suppress(Gone, Unavailable):  # it ended in this moment
            await act(ctx, room, SYSTEM, nothing)
