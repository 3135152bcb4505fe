"""The door: who may connect, and how a connection sits down; identity is looked up here, twice, and nowhere else."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from mediation_server.domain.ids import is_id
from mediation_server.errors import BadInput, TooMany, Unavailable
from mediation_server.rooms.links import Link
from mediation_server.rooms.room import Room
from mediation_server.services import attending
from mediation_server.services.context import Context
from mediation_server.services.opening import room_of
from mediation_server.services.relaying import ice_servers
from mediation_server.services.throttle import Limit
from signaling.identity import Identity, identify, language_of
from signaling.limits import MeasuredQueue
from signaling.presence import MAX_PER_SEAT, Connection, Presence

__all__ = ["let_in", "sit_down"]

_PER_SEAT = Limit(120, 60_000)
_PER_ADDRESS = Limit(1_200, 60_000)  # a whole court may stand behind one address


async def let_in(
    ctx: Context, presence: Presence, sid: str, request: web.Request, auth: Any, queue: MeasuredQueue
) -> Connection:
    """A connection that names a seat its cookies open. Raises `BadInput`, `NotSignedIn`, `TooMany`."""
    if not ctx.throttle.admit(ctx.clock, f"connect:{request.remote}", _PER_ADDRESS):
        raise TooMany
    if not isinstance(auth, dict) or set(auth) != {"seat"} or not is_id(auth["seat"]):
        raise BadInput(field="seat")
    seat: str = auth["seat"]
    identity = await identify(ctx, request, seat)
    if presence.count_of(seat) >= MAX_PER_SEAT or not ctx.throttle.admit(ctx.clock, f"seat:{seat}", _PER_SEAT):
        raise TooMany
    language = language_of(request, ctx.settings.default_language)
    return Connection(sid, request, seat, identity.participant.session_id, language, queue)


async def sit_down(ctx: Context, connection: Connection, *, take_over: bool) -> dict[str, object]:
    """Take the seat of this connection, whose cookie must still open it; the answer to `hello`."""
    identity = await identify(ctx, connection.request, connection.participant)
    room = await room_of(ctx, connection.session)
    try:
        return await _seated(ctx, room, connection, identity, take_over=take_over)
    except Unavailable:  # the room was just put away because nobody was in it
        if not room.closed:
            raise
        return await _seated(ctx, await room_of(ctx, connection.session), connection, identity, take_over=take_over)


async def _seated(
    ctx: Context, room: Room, connection: Connection, identity: Identity, *, take_over: bool
) -> dict[str, object]:
    link = Link(connection.sid, identity.key, connection.language, page=connection.page)
    welcome = await attending.take_seat(ctx, room, connection.participant, link, take_over=take_over)
    return {
        "room": welcome.view,
        "chat": welcome.chat,
        "ice_servers": ice_servers(ctx, room, connection.participant),
        "resumed": welcome.resumed,
        "language": connection.language,
    }
