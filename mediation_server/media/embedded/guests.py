"""Connections of one room that are prepared for people who have not entered: no member, no event, nothing flows."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from mediation_server.errors import TooMany
from mediation_server.media.embedded.downlink import Downlink
from mediation_server.media.embedded.spares import spares_of
from mediation_server.media.embedded.transport import Services
from mediation_server.media.engine import TransportState

__all__ = ["Guests"]


class Guests:
    """By the name that whoever prepares has for each. `spawn` keeps what is closing until it has closed."""

    def __init__(self, services: Services, spawn: Callable[[asyncio.Future[None]], None]) -> None:
        self._services = services
        self._spawn = spawn
        self._downlinks: dict[str, Downlink] = {}

    def __len__(self) -> int:
        return len(self._downlinks)

    def find(self, guest: str) -> Downlink | None:
        """What was prepared for a guest."""
        return self._downlinks.get(guest)

    def prepare(self, guest: str) -> Downlink:
        """A connection in place of the guest's former one. Raises `TooMany` beyond the bound of the room."""
        self.drop(guest)
        if len(self._downlinks) >= self._services.limits.guests:
            raise TooMany

        def changed(state: TransportState) -> None:
            if state is TransportState.CLOSED and self._downlinks.get(guest) is downlink:
                self.drop(guest)

        downlink = self._downlinks[guest] = Downlink(self._services, changed)
        downlink.spares = spares_of()
        return downlink

    def take(self, guest: str) -> Downlink | None:
        """Hand over what was prepared; None, and it is gone, when it is not connected."""
        downlink = self._downlinks.get(guest)
        if downlink is None or downlink.transport.state is not TransportState.CONNECTED:
            self.drop(guest)
            return None
        return self._downlinks.pop(guest)

    def drop(self, guest: str) -> None:
        """Close what was prepared; nothing when there is none."""
        downlink = self._downlinks.pop(guest, None)
        if downlink is not None:
            self._spawn(asyncio.ensure_future(downlink.close()))

    def second(self, now: int) -> None:
        """Once a second: budgets, and an end to what nobody has used."""
        for guest, downlink in tuple(self._downlinks.items()):
            downlink.second(now)
            if now - downlink.born > self._services.limits.guest_life:
                self.drop(guest)

    def close(self) -> None:
        """Close everything."""
        for guest in tuple(self._downlinks):
            self.drop(guest)
