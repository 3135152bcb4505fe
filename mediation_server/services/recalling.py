"""The court takes a matter back (法院召回): sittings cancelled, links dead at once; one under way gets two minutes.

Within those two minutes nothing can be concluded any more: the matter has left. The house ends the sitting then
(`lapsing`), whoever is in it; what was recorded stays.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from mediation_server.domain.lifecycle import THE_SYSTEM, Actor, Capacity, Command, CommandKind
from mediation_server.domain.log import EventKind, instant
from mediation_server.domain.session import SessionEventKind
from mediation_server.errors import Conflict, Gone, Unavailable
from mediation_server.rooms.decision import SYSTEM
from mediation_server.services.acting import act, nothing
from mediation_server.services.auditing import noted
from mediation_server.services.context import Context
from mediation_server.services.posting import deliver
from mediation_server.services.procedure import Acted, act_in
from mediation_server.services.scheduling import CANCELLED, cancelled, close_room
from mediation_server.store import invitations, sessions
from mediation_server.store.database import Tx

__all__ = ["COURT", "LAST_WORDS", "Recalled", "recall_in", "tell_rooms"]

COURT = Actor("court", Capacity.COURT)
LAST_WORDS = timedelta(minutes=2)  # of a sitting that is under way when the court takes its matter back


@dataclass(frozen=True, slots=True)
class Recalled:
    """What a recall came to: sittings that were cancelled, and those that are ended two minutes later."""

    acted: Acted
    cancelled: tuple[str, ...] = ()
    warned: tuple[str, ...] = ()


async def recall_in(ctx: Context, tx: Tx, matter_id: str, reason: str, at: datetime) -> Recalled:
    """Take a matter back inside the caller's transaction, who calls `tell_rooms` after the commit.

    It is closed in the same moment when nothing is left to do: no sitting runs, the court knows everything.
    Raises what `lifecycle.decide` raises.
    """
    acted = await act_in(tx, COURT, matter_id, Command(CommandKind.RECALL, {"reason": reason}), at=at)
    gone: list[str] = []
    warned: list[str] = []
    for each in await sessions.sessions_of(tx, matter_id):
        session = await sessions.locked(tx, each.id)
        if session.may(SessionEventKind.CANCEL):
            await cancelled(ctx, tx, session, COURT.id)
            gone.append(session.id)
        elif session.is_open:
            await noted(ctx, tx, session, EventKind.RECALLED, SYSTEM, until=instant(at + LAST_WORDS))
            for guest in await sessions.participants_of(tx, session.id):
                await invitations.revoke_all_of(tx, [guest.id], at)
            warned.append(session.id)
    if not warned:
        with suppress(Conflict):  # what the court was not told yet goes first; closing follows then
            acted = await act_in(tx, THE_SYSTEM, matter_id, Command(CommandKind.CLOSE), at=at)
    return Recalled(acted, tuple(gone), tuple(warned))


async def tell_rooms(ctx: Context, recalled: Recalled) -> None:
    """Empty the rooms of what was cancelled, and show in the others that they end, and when."""
    for session_id in recalled.cancelled:
        await close_room(ctx, session_id, CANCELLED)
    for session_id in recalled.warned:
        room = ctx.rooms.find(session_id)
        if room is not None:
            with suppress(Gone, Unavailable):  # it ended in this moment
                await act(ctx, room, SYSTEM, nothing)
    await deliver(ctx)  # people in a room come before letters
