"""`Call`: one event of one seated person, as every handler gets it; and how a handler looks."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from mediation_server.rooms.room import Room
from mediation_server.services.context import Context

__all__ = ["Answer", "Call", "Handler"]

Answer = Mapping[str, object] | None


@dataclass(frozen=True, slots=True)
class Call:
    """Who says it, in which room; taken from the connection, never from the message."""

    ctx: Context
    room: Room
    participant: str


Handler = Callable[[Call, Any], Awaitable[Answer]]  # the message is of the model registered under the same name
