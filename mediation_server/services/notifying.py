"""The port to SMS and mail, and the demo's mock of it, which keeps in the database what it sent."""

from __future__ import annotations

from typing import Protocol

from mediation_server.domain.notice import Notice
from mediation_server.store import notices
from mediation_server.store.database import Database

__all__ = ["MockNotifier", "Notifier", "Silent", "sent_lately"]

_KEPT = 500


class Notifier(Protocol):
    """Sends messages to people. A failure to send is the notifier's to log and retry; no use case waits for it."""

    async def send(self, notice: Notice) -> None:
        """Hand one message over; its body may hold a link and must not be logged or kept readable in production."""
        ...


class Silent:
    """Sends nothing: until a gateway is configured the mediator passes links on, or shows their QR code."""

    async def send(self, notice: Notice) -> None:
        """Do nothing."""


class MockNotifier:
    """The demo's gateway: what would have been sent can be read at /demo/outbox. Never in production."""

    def __init__(self, db: Database, kept: int = _KEPT) -> None:
        self._db = db
        self._kept = kept

    async def send(self, notice: Notice) -> None:
        """Keep the message; of the old ones the newest few hundred remain."""
        async with self._db.transaction() as tx:
            await notices.add(tx, notice)
            await notices.keep_newest(tx, self._kept)


async def sent_lately(db: Database, limit: int = 100) -> list[Notice]:
    """What the mock sent, newest first."""
    async with db.reading() as tx:
        return await notices.latest(tx, limit)
