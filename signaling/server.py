"""`make_signaling`: the Socket.IO server; one dispatcher for every event, and nothing of what the events mean."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Coroutine
from functools import partial
from typing import Any

import socketio
from pydantic import ValidationError
from socketio.exceptions import ConnectionRefusedError as NotLetIn

from mediation_server.errors import BadInput, MediationError, Refused, TooMany
from mediation_server.services import attending as seats
from mediation_server.services.context import Context
from mediation_server.services.keeping import keep
from mediation_server.services.knocking import go_away
from signaling import attending, documents, negotiation, presiding
from signaling.acks import Translate, accepted, parsed_refusal, refused
from signaling.call import Call, Handler
from signaling.door import AT_THE_DOOR, let_in, sit_down
from signaling.identity import comes_from_us, language_of
from signaling.messages import MESSAGES, Hello, Message
from signaling.presence import Connection, Presence
from signaling.wire import PlainSocket, StrictJson, StrictPacket, Wire

__all__ = ["HANDLERS", "SignalingServer", "make_signaling"]

_LOG = logging.getLogger(__name__)
_QUIET = logging.getLogger("signaling.library")
_QUIET.setLevel(
    logging.CRITICAL
)  # the library logs a stack trace for every malformed packet: anybody could fill the disk
_BUFFER_BYTES = 128 * 1024
_PING_SECONDS = 5
_STRIKES = 10

HANDLERS: dict[str, Handler] = {
    **attending.HANDLERS,
    **documents.HANDLERS,
    **negotiation.HANDLERS,
    **presiding.HANDLERS,
}


class SignalingServer(socketio.AsyncServer):
    """Socket.IO for the rooms: one browser's events come one after the other, and no browser waits for another."""

    def __init__(self, ctx: Context, origins: frozenset[str], translate: Translate) -> None:
        super().__init__(
            async_mode="aiohttp",
            async_handlers=False,
            transports=["websocket"],
            serializer=StrictPacket,
            json=StrictJson,
            cors_allowed_origins=[],  # looked at in `Wire`, before anything else and also when it is missing
            max_http_buffer_size=_BUFFER_BYTES,
            ping_interval=_PING_SECONDS,
            ping_timeout=_PING_SECONDS,
            http_compression=False,
            logger=_QUIET,
            engineio_logger=_QUIET,
        )
        self.eio._async = {**self.eio._async, "websocket": PlainSocket}  # noqa: SLF001 - the library has no setting for it
        self.eio.allows = partial(_allows, ctx, origins)
        self.presence = Presence(self)
        self._ctx = ctx
        self._translate = translate
        self._parting: set[asyncio.Task[None]] = set()
        self.on("connect", self._came)
        self.on("disconnect", self._went)
        self.on("*", self._said)
        ctx.rooms.set_outlet(self.presence)
        ctx.rooms.set_keeper(partial(keep, ctx))

    async def shutdown(self) -> None:
        """Cut every connection and wait for what they leave behind; idempotent. Close the rooms first."""
        self.presence.close()
        await asyncio.gather(*self._parting, return_exceptions=True)
        await super().shutdown()

    def _engineio_server_class(self) -> type[Wire]:
        return Wire

    async def _came(self, sid: str, environ: dict[str, Any], auth: Any) -> None:
        request = environ["aiohttp.request"]
        socket = self.eio.sockets[self.manager.eio_sid_from_sid(sid, "/")]
        try:
            self.presence.add(await let_in(self._ctx, self.presence, sid, request, auth, socket.queue))
        except Exception as error:  # noqa: BLE001 - the library would call us again after a TypeError
            answer = refused(error, language_of(request, self._ctx.settings.default_language), self._translate)
            raise NotLetIn(answer["message"], {"code": answer["error"], "message": answer["message"]}) from None

    async def _went(self, sid: str, reason: str) -> None:
        connection = self.presence.drop(sid)
        if connection is not None:
            # Not here: the room may be telling this very connection something, inside its turn.
            self._later(self._lost(connection, str(reason)[:40]))
            if connection.guest:
                self._later(go_away(self._ctx, connection.session, connection.guest))

    async def _said(self, event: str, sid: str, *args: Any) -> dict[str, object]:
        connection = self.presence.find(sid)
        if connection is None or connection.is_over:
            return refused(Refused("not_seated"), "zh", self._translate)
        self.presence.watch(connection)
        try:
            return accepted(await self._handled(connection, event, args))
        except Exception as error:  # noqa: BLE001 - bugs are told apart and logged by `refused`
            return refused(error, connection.language, self._translate)

    async def _handled(self, connection: Connection, event: str, args: tuple[Any, ...]) -> Any:
        if not connection.bucket.take():
            connection.strikes += 1
            if connection.strikes > _STRIKES:
                connection.cut()
            raise TooMany
        model = MESSAGES.get(event)
        if model is None:
            raise BadInput("unknown_event")
        try:
            message = model.model_validate(args[0] if len(args) == 1 else [*args] or {})
        except ValidationError as error:
            raise parsed_refusal(error) from None
        if connection.link:
            return await self._said_at_the_door(connection, message)
        if isinstance(message, Hello):
            connection.page = message.page
            return await sit_down(self._ctx, connection, take_over=message.take_over)
        handler = HANDLERS.get(event)
        if handler is None:  # said at the wrong side of the door
            raise Refused("not_seated")
        return await handler(self._call(connection), message)

    async def _said_at_the_door(self, connection: Connection, message: Message) -> Any:
        handler = AT_THE_DOOR.get(type(message))
        if handler is None:
            raise Refused("not_seated")
        return await handler(self._ctx, self.presence, connection, message)

    def _call(self, connection: Connection) -> Call:
        """The room this connection sits in. Raises `Refused("not_seated")` before `hello` and after leaving."""
        room = self._ctx.rooms.find(connection.session)
        link = room.links.find(connection.participant) if room else None
        if room is None or link is None or link.connection != connection.sid:
            raise Refused("not_seated")
        return Call(self._ctx, room, connection.participant)

    async def _lost(self, connection: Connection, reason: str) -> None:
        room = self._ctx.rooms.find(connection.session)
        if room is None:
            return
        try:
            await seats.line_lost(self._ctx, room, connection.participant, connection.sid, reason)
        except MediationError as refusal:
            _LOG.warning("a lost line could not be noted: %s", refusal.code)

    def _later(self, coming: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(coming)
        self._parting.add(task)
        task.add_done_callback(self._parting.discard)


def make_signaling(ctx: Context, *, origins: Collection[str] = (), translate: Translate) -> SignalingServer:
    """The signalling server of these rooms; `attach` it to the application, `shutdown` it after the rooms.

    `origins` are accepted beside the server's own, which is `settings.public_url` or else how the browser addressed us.
    """
    return SignalingServer(ctx, frozenset(origins), translate)


def _allows(ctx: Context, origins: frozenset[str], request: Any) -> bool:
    return comes_from_us(request, ctx.settings.public_url, origins)
