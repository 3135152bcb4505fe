"""`Outlet`: how a room speaks to a browser; it knows connections by an opaque id and nothing of sockets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

__all__ = ["Outlet", "Silence"]


class Outlet(Protocol):
    """What the rooms need of the signalling adapter. No call may block, and none may raise."""

    async def emit(self, connection: str, event: str, payload: Mapping[str, object]) -> None:
        """Hand one message over for delivery; a connection that is gone or does not read swallows it."""
        ...

    async def disconnect(self, connection: str) -> None:
        """End a connection after what was emitted to it before; idempotent."""
        ...


class Silence:
    """An outlet for rooms nobody listens to: before the signalling server exists, and in tools."""

    async def emit(self, connection: str, event: str, payload: Mapping[str, object]) -> None:
        """Say nothing."""

    async def disconnect(self, connection: str) -> None:
        """Nobody is connected."""
