"""The transport under the protocol: strict JSON, text only, our origin only, bounded queues; knows no event by name."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Any

import engineio
import socketio.packet
from aiohttp import web
from engineio.async_drivers import aiohttp as driver

from signaling.limits import MeasuredQueue

__all__ = ["MALFORMED", "StrictJson", "StrictPacket", "Wire"]

_LOG = logging.getLogger(__name__)
MALFORMED = "\N{REPLACEMENT CHARACTER}"  # the event name that stands for what could not be read


class StrictJson:
    """JSON as the standard has it (RFC 8259 §4: unique names): no NaN, no name twice, no bottomless nesting."""

    @staticmethod
    def loads(text: str | bytes, **_options: object) -> Any:
        """Parse. Raises `ValueError` for whatever is not strictly JSON."""
        try:
            return json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant)
        except RecursionError:
            raise ValueError("nested too deeply") from None

    @staticmethod
    def dumps(value: object, **_options: object) -> str:
        """Write without white space."""
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


class StrictPacket(socketio.packet.Packet):
    """A Socket.IO packet without anything binary; what cannot be read becomes an event that is refused by its name."""

    uses_binary_events = False
    json = StrictJson

    def __init__(self, *args: Any, encoded_packet: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, encoded_packet=encoded_packet, **kwargs)
        if encoded_packet is not None and not encoded_packet:  # the library does not even look at an empty one
            self._spoil()

    def decode(self, encoded_packet: Any) -> int:
        """Read one packet; never raises, never waits for attachments."""
        try:
            if not isinstance(encoded_packet, str):
                raise ValueError("binary")  # noqa: TRY301, TRY004 - the same refusal as for unreadable text
            super().decode(encoded_packet)
            if self.packet_type == socketio.packet.EVENT:
                _require_event(self.data)
            elif self.packet_type not in _KNOWN:
                raise ValueError("kind")  # noqa: TRY301 - the same refusal
        except (ValueError, TypeError, IndexError, RecursionError):
            self._spoil()
        return 0

    def _spoil(self) -> None:
        self.packet_type, self.data, self.namespace = socketio.packet.EVENT, [MALFORMED], None


_KNOWN = (socketio.packet.CONNECT, socketio.packet.DISCONNECT, socketio.packet.ACK)


class Wire(engineio.AsyncServer):
    """Engine.IO over WebSocket alone. A session id in a URL is refused: nobody can speak on somebody else's socket."""

    allows: Callable[[web.Request], bool]

    async def handle_request(self, *args: Any, **kwargs: Any) -> Any:
        """Serve one handshake and its socket until it ends."""
        request: web.Request = args[0]
        if not self.allows(request):
            return web.json_response({"error": "foreign_origin"}, status=403)
        if "sid" in request.query or request.method != "GET":
            return web.json_response({"error": "bad_input"}, status=400)
        try:
            return await super().handle_request(*args, **kwargs)
        except ValueError:  # not even a frame of the protocol: end this socket, and only this one
            if request.transport is not None:
                request.transport.abort()
            return web.Response(status=400)

    def create_queue(self, *_args: Any, **_kwargs: Any) -> MeasuredQueue:
        """Every queue towards a browser is measured."""
        return MeasuredQueue()


class PlainSocket(driver.WebSocket):
    """The library's WebSocket without compression: no decompression bombs (T57), no secrets beside chosen text."""

    async def __call__(self, environ: dict[str, Any]) -> Any:
        """Serve one socket."""
        self._sock = web.WebSocketResponse(max_msg_size=self.server.max_http_buffer_size, compress=False)
        await self._sock.prepare(environ["aiohttp.request"])
        self.environ = environ
        await self.handler(self)
        return self._sock


def _require_event(data: object) -> None:
    if not isinstance(data, list) or not data or not isinstance(data[0], str):
        raise ValueError("not an event")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name twice")
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(name)
