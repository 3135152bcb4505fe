"""Keys of seats on their way to a browser: a socket sets no cookie, so it gives a ticket that buys it once."""

from __future__ import annotations

from mediation_server.clock import Clock
from mediation_server.domain.tokens import hash_of, new_token
from mediation_server.errors import NotSignedIn

__all__ = ["Claims"]

_LIFE_MS = 60_000
_KEPT = 1_000  # entries that have not fetched their cookie yet; the oldest gives way


class Claims:
    """Tickets of this process. A ticket opens nothing but the cookie, once, within a minute."""

    def __init__(self) -> None:
        self._waiting: dict[str, tuple[str, str, int]] = {}  # hash of the ticket -> participant, key, until

    def issue(self, clock: Clock, participant: str, key: str) -> str:
        """A ticket for the key of this participant's seat."""
        now, ticket = clock.monotonic_ms(), new_token()
        while self._waiting and (len(self._waiting) >= _KEPT or next(iter(self._waiting.values()))[2] < now):
            del self._waiting[next(iter(self._waiting))]
        self._waiting[hash_of(ticket)] = (participant, key, now + _LIFE_MS)
        return ticket

    def redeem(self, clock: Clock, participant: str, ticket: str) -> str:
        """The key. Raises `NotSignedIn("seat_invalid")`: unknown, used, too old and another's alike."""
        holder, key, until = self._waiting.pop(hash_of(ticket), ("", "", 0))
        if holder != participant or until < clock.monotonic_ms():
            raise NotSignedIn("seat_invalid")
        return key
