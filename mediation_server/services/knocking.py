"""What somebody at the door prepares: a connection for media, before they enter; nothing of the sitting knows of it."""

from __future__ import annotations

from contextlib import suppress

from mediation_server.errors import MediationError, NotFound, TooMany
from mediation_server.rooms.shapes import OfferMessage
from mediation_server.services.context import Context
from mediation_server.services.opening import room_of
from mediation_server.services.throttle import Limit

__all__ = ["answer", "come_in", "go_away", "prepare"]

_PER_PERSON = Limit(30, 60_000)
_PER_ADDRESS = Limit(600, 60_000)  # a whole court may stand behind one address


async def prepare(ctx: Context, session_id: str, participant: str, guest: str, address: str) -> OfferMessage:
    """An offer for whoever holds this participant's link: a connection, and nothing on it.

    The offer is the same whoever is there, also when nobody is. `guest` names what was prepared, until the seat is
    taken with it or until `go_away`; once more under the same name begins anew. Raises as `room_of`, and `TooMany`.
    """
    limits = ((f"prepare:{participant}", _PER_PERSON), (f"prepare-address:{address}", _PER_ADDRESS))
    if not all(ctx.throttle.admit(ctx.clock, key, limit) for key, limit in limits):
        raise TooMany
    room = await room_of(ctx, session_id)
    return await room.stage.prepare(guest)


async def answer(ctx: Context, session_id: str, guest: str, revision: int, sdp: str) -> None:
    """Take the browser's answer to it. Raises what `MediaEngine.answer` raises."""
    room = ctx.rooms.find(session_id)
    if room is None or not guest:
        raise NotFound("no_subscription")
    await room.stage.engine.answer(room.id, guest, revision, sdp)


async def come_in(ctx: Context, session_id: str, guest: str) -> None:
    """Whoever it was prepared for has pressed Enter: the first picture comes while their seat is written down."""
    room = ctx.rooms.find(session_id)
    if room is not None and guest and not room.closed:
        with suppress(MediationError):  # it comes later then
            await room.stage.engine.expect(room.id, guest)


async def go_away(ctx: Context, session_id: str, guest: str) -> None:
    """Whoever it was prepared for is not at the door any more; idempotent."""
    room = ctx.rooms.find(session_id)
    if room is not None and not room.closed:
        await room.stage.engine.kick(room.id, guest)
