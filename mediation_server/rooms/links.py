"""`Links`: through which connection each seat of a room is used now; knows nothing of what is said over it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from mediation_server.clock import Clock
from mediation_server.rooms.outlet import Outlet, Silence
from mediation_server.rooms.shapes import Language, MissedCard

__all__ = ["Link", "Links", "is_same_page"]


@dataclass(slots=True)
class Link:
    """The one connection through which a seat is used now; `key` tells devices apart and is never shown."""

    connection: str
    key: str
    language: Language
    page: str = ""  # the page at the other end, the same over its reconnections
    guest: str = ""  # under which a connection for media was prepared at the door; empty: none was
    version: int = 0
    greeted: bool = False  # the answer to `hello` has told how it is in there; until then no view is sent
    shown: Mapping[str, object] | None = None  # what was sent last, so that nothing is said twice
    speaking: list[str] = field(default_factory=list)
    quality: Mapping[str, object] = field(default_factory=lambda: {"levels": {}, "own": None, "voices_only": []})
    missed: list[MissedCard] = field(default_factory=list)
    asked: int = 0  # the card of which they were told last that it is said again
    sync: str | None = None
    captions: bool = False  # whether this page wants to read them


def is_same_page(former: Link | None, link: Link) -> bool:
    """Whether a page comes back over a new connection: its media connections may still be there."""
    return former is not None and bool(link.page) and (former.key, former.page) == (link.key, link.page)


class Links:
    """The links of one room by participant; at most one for a seat."""

    def __init__(self, clock: Clock) -> None:
        self.outlet: Outlet = Silence()
        self.empty_since_ms: int | None = clock.monotonic_ms()
        self._clock = clock
        self._links: dict[str, Link] = {}

    def all(self) -> tuple[tuple[str, Link], ...]:
        """Participants and their links, as they are now."""
        return tuple(self._links.items())

    def find(self, participant: str) -> Link | None:
        """The link of a seat, if it is in use."""
        return self._links.get(participant)

    def of(self, participant: str) -> Link:
        """The link of a seat in use. Raises `KeyError` when it is not."""
        return self._links[participant]

    async def bind(self, participant: str, link: Link) -> None:
        """This connection uses the seat from now on; the one before is told and ended."""
        former = self._links.get(participant)
        self._links[participant] = link
        self.empty_since_ms = None
        if former is not None and former.connection != link.connection:
            await self.emit(former, "taken_over", {})
            await self.outlet.disconnect(former.connection)

    def unbind(self, participant: str) -> Link | None:
        """Nobody uses the seat any more; gives back the link there was."""
        link = self._links.pop(participant, None)
        if not self._links:
            self.empty_since_ms = self._clock.monotonic_ms()
        return link

    async def dismiss(self, participant: str, event: str, payload: Mapping[str, object]) -> None:
        """Say why, then end the connection."""
        link = self.unbind(participant)
        if link is not None:
            await self.emit(link, event, payload)
            await self.outlet.disconnect(link.connection)

    async def emit(self, link: Link, event: str, payload: Mapping[str, object]) -> None:
        """Send one message over one link."""
        await self.outlet.emit(link.connection, event, payload)

    async def tell(self, participant: str, event: str, payload: Mapping[str, object]) -> None:
        """Send one message to one person, if they are connected."""
        link = self._links.get(participant)
        if link is not None:
            await self.emit(link, event, payload)

    async def close(self) -> None:
        """End every connection; idempotent."""
        for participant, link in self.all():
            self.unbind(participant)
            await self.outlet.disconnect(link.connection)
