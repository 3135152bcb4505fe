"""The door: who may connect, enters by a link, and sits down; identity is looked up here, and nowhere else."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

from aiohttp import web

from mediation_server.domain.consent import ConsentItem
from mediation_server.domain.ids import is_id
from mediation_server.domain.tokens import hash_of, is_token
from mediation_server.errors import BadInput, MediationError, TooMany, Unavailable
from mediation_server.rooms.links import Link
from mediation_server.rooms.room import Room
from mediation_server.services import attending, joining, knocking
from mediation_server.services.context import Context
from mediation_server.services.opening import room_of
from mediation_server.services.relaying import ice_servers
from mediation_server.services.throttle import Limit
from signaling.identity import held_key, identify, language_of
from signaling.limits import MeasuredQueue
from signaling.messages import Enter, Message, Resubscribe, Subscribed
from signaling.presence import MAX_PER_SEAT, Connection, Presence

__all__ = ["AT_THE_DOOR", "let_in", "sit_down"]

Answer = Mapping[str, object] | None

_ON_ITS_HEELS = 1_000  # ms
_PER_SEAT = Limit(120, 60_000)
_PER_ADDRESS = Limit(1_200, 60_000)  # a whole court may stand behind one address


async def let_in(
    ctx: Context, presence: Presence, sid: str, request: web.Request, auth: Any, queue: MeasuredQueue
) -> Connection:
    """A connection that names a seat its cookies open, or a link by which its page may enter.

    Raises `BadInput`, `NotSignedIn`, `NotFound("link_invalid")`, `Gone("session_over")`, `TooMany`.
    """
    if not ctx.throttle.admit(ctx.clock, f"connect:{request.remote}", _PER_ADDRESS):
        raise TooMany
    named = auth if isinstance(auth, dict) and len(auth) == 1 else {}
    link = named.get("link", "")
    if is_token(link):
        participant = await joining.invited(ctx, link)
    elif is_id(named.get("seat")):
        participant, link = (await identify(ctx, request, named["seat"])).participant, ""
    else:
        raise BadInput(field="seat")
    seat = participant.id
    if presence.count_of(seat) >= MAX_PER_SEAT or not ctx.throttle.admit(ctx.clock, f"seat:{seat}", _PER_SEAT):
        raise TooMany
    language = language_of(request, ctx.settings.default_language)
    return Connection(sid, request, seat, participant.session_id, language, queue, link)


async def _enter(ctx: Context, _presence: Presence, connection: Connection, message: Enter) -> Answer:
    """Come in by the link of this connection, as the page's form does; `hello` is the next thing to say.

    The ticket in the answer buys the cookie of the seat, which a socket cannot set. Raises as `joining.enter`.
    """
    link, connection.link = connection.link, ""  # one try at a time
    held = partial(held_key, ctx, connection.request)
    await knocking.come_in(ctx, connection.session, connection.guest)
    consents = {ConsentItem(item): answer for item, answer in message.consents.items()}
    try:
        entry = await joining.enter(ctx, link, consents, message.devices.model_dump(), held)
    except MediationError:
        connection.link = link
        raise
    connection.key, connection.key_from = str(entry.seat_token), ctx.clock.monotonic_ms()
    return {"seat": entry.participant.id, "ticket": ctx.claims.issue(ctx.clock, entry.participant.id, connection.key)}


async def _prepare(ctx: Context, presence: Presence, connection: Connection, _message: Resubscribe) -> Answer:
    """Offer a connection on which nothing flows, for the browser to find its way to us before it is needed."""
    connection.guest = f"door:{connection.sid}"
    address = str(connection.request.remote)
    offer = await knocking.prepare(ctx, connection.session, connection.participant, connection.guest, address)
    await presence.emit(connection.sid, "offer", offer)
    return None


async def _prepared(ctx: Context, _presence: Presence, connection: Connection, message: Subscribed) -> Answer:
    await knocking.answer(ctx, connection.session, connection.guest, message.revision, message.sdp)
    return None


AT_THE_DOOR: Mapping[type[Message], Callable[..., Awaitable[Answer]]] = {
    Enter: _enter,
    Resubscribe: _prepare,
    Subscribed: _prepared,
}


async def sit_down(ctx: Context, connection: Connection, *, take_over: bool) -> dict[str, object]:
    """Take the seat of this connection, whose cookie must still open it; the answer to `hello`."""
    key = await _device(ctx, connection)
    room = await room_of(ctx, connection.session)
    try:
        return await _seated(ctx, room, connection, key, take_over=take_over)
    except Unavailable:  # the room was just put away because nobody was in it
        if not room.closed:
            raise
        return await _seated(ctx, await room_of(ctx, connection.session), connection, key, take_over=take_over)


async def _device(ctx: Context, connection: Connection) -> str:
    """Which device this is; asked anew, but for the `hello` on the heels of entering: that very key was just given."""
    given = connection.key_from
    if given is not None and ctx.clock.monotonic_ms() - given < _ON_ITS_HEELS:
        return hash_of(connection.key)
    return (await identify(ctx, connection.request, connection.participant, connection.key)).key


async def _seated(ctx: Context, room: Room, connection: Connection, key: str, *, take_over: bool) -> dict[str, object]:
    link = Link(connection.sid, key, connection.language, page=connection.page, guest=connection.guest)
    welcome = await attending.take_seat(ctx, room, connection.participant, link, take_over=take_over)
    return {
        "room": welcome.view,
        "chat": welcome.chat,
        "ice_servers": ice_servers(ctx, room, connection.participant),
        "resumed": welcome.resumed,
        "language": connection.language,
    }
