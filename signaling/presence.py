"""`Presence`: the open connections of this process and how to speak to them; knows no room and no event by name."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from mediation_server.rooms.shapes import Language
from signaling.limits import Bucket, MeasuredQueue

__all__ = ["LINGER_SECONDS", "MAX_PER_SEAT", "Connection", "Presence"]

_LOG = logging.getLogger(__name__)
MAX_PER_SEAT = 8  # connections of one seat at a time, most of them dying
LINGER_SECONDS = 2.0  # a browser that was told to go closes by itself; after this it is cut


@dataclass(slots=True)
class Connection:
    """One socket that passed the door; who may do what is asked anew with each event."""

    sid: str
    request: web.Request
    participant: str
    session: str
    language: Language
    queue: MeasuredQueue
    link: str = ""  # of somebody who waits at the door: it may enter, and nothing else
    guest: str = ""  # names the connection for media that was prepared at the door
    key: str = ""  # of a seat that was taken over this connection; its cookie is on its way
    key_from: int | None = None  # when it was given, monotonic ms
    bucket: Bucket = field(default_factory=Bucket)
    strikes: int = 0
    is_over: bool = False
    page: str = ""  # the page that said `hello`, as it names itself while it is open

    def cut(self) -> None:
        """End it without another word; frames of it that arrived already are not looked at any more."""
        self.is_over = True
        if self.request.transport is not None:
            self.request.transport.abort()


class Presence:
    """The `Outlet` of the rooms."""

    def __init__(self, server: Any) -> None:
        self._server = server
        self._open: dict[str, Connection] = {}
        self._cutting: set[asyncio.TimerHandle] = set()

    def add(self, connection: Connection) -> None:
        """A connection passed the door."""
        self._open[connection.sid] = connection

    def find(self, sid: str) -> Connection | None:
        """An open connection."""
        return self._open.get(sid)

    def drop(self, sid: str) -> Connection | None:
        """A connection is gone."""
        return self._open.pop(sid, None)

    def count_of(self, participant: str) -> int:
        """How many connections a seat has now."""
        return sum(each.participant == participant for each in self._open.values())

    async def emit(self, connection: str, event: str, payload: Mapping[str, object]) -> None:
        """Queue one message; a browser that does not read is cut when too much waits for it."""
        found = self._open.get(connection)
        if found is None:
            return
        try:
            await self._server.emit(event, payload, to=connection)
        except Exception:  # noqa: BLE001 - one broken connection must not break the room
            _LOG.exception("a message could not be queued")
        self.watch(found)

    def watch(self, connection: Connection) -> None:
        """Cut whoever lets too much wait."""
        if connection.queue.overflowed:
            _LOG.warning("a connection that does not read was cut")
            connection.cut()

    async def disconnect(self, connection: str) -> None:
        """Say goodbye, and make sure of it."""
        found = self._open.get(connection)
        if found is None:
            return
        handle = asyncio.get_running_loop().call_later(LINGER_SECONDS, found.cut)
        self._cutting.add(handle)
        self._cutting = {each for each in self._cutting if each.when() > asyncio.get_running_loop().time()}
        try:
            await self._server.disconnect(connection)
        except Exception:  # noqa: BLE001 - it is cut in any case
            _LOG.exception("a connection could not be ended politely")

    def close(self) -> None:
        """Cut everybody: the server stops."""
        for handle in self._cutting:
            handle.cancel()
        for connection in tuple(self._open.values()):
            connection.cut()
