"""The ICE-lite side of one transport: credentials, learnt addresses, the path in use (RFC 8445); knows no socket."""

from __future__ import annotations

from collections import OrderedDict

from mediation_server.media.embedded.limits import MS, SECOND, Limits
from mediation_server.media.embedded.routing import Routing
from mediation_server.media.embedded.stun import Credentials, Request

__all__ = ["Address", "IceLite"]

Address = tuple[str, int]

_REMEMBERED = 512  # transaction ids kept against replay from elsewhere; 20 minutes of consent checks
_SILENT = SECOND  # Firefox nominates no moved path: after this any authenticated check may take over
_SLOW_CHECKS = 3_500 * MS
_CONFIRM = 4 * SECOND  # a path moved by media alone needs a check within this; Chromium sends one every 2.7 s
_SLOW_CONFIRM = 7_500 * MS
_OVERTAKEN = 500 * MS  # what was sent over the former path before the move may arrive so late
_BARRED = 10 * SECOND  # after a move that nothing confirmed, media moves nothing for so long


class IceLite:
    """Authenticated checks alone prove an address. Authentic new media may borrow one, for a few seconds (`follow`)."""

    def __init__(self, limits: Limits, routing: Routing | None = None) -> None:
        """`routing` is told whenever another address is in use."""
        self.generations = [Credentials.fresh()]  # the newest first, at most two
        self._selected: Address | None = None
        self._routing = routing or Routing()
        self._limits = limits
        self._checks_left = limits.checks_per_second
        self._addresses: OrderedDict[Address, int] = OrderedDict()  # -> time of the last check, oldest first
        self._seen: OrderedDict[bytes, Address] = OrderedDict()
        self.heard_at = 0  # time of the last authenticated packet or check, in ns
        self._last_check = 0
        self._longest_pause = 0
        self._given_up: Address | None = None
        self._former: Address | None = None  # the proven path, while media has moved to another
        self._moved_at = 0
        self._barred_until = 0

    @property
    def credentials(self) -> Credentials:
        """Those that the next description carries."""
        return self.generations[0]

    @property
    def selected(self) -> Address | None:
        """The address in use."""
        return self._selected

    @selected.setter
    def selected(self, address: Address | None) -> None:
        if address != self._selected:  # every check of a browser nominates anew
            self._selected = address
            self._routing.changed()

    @property
    def addresses(self) -> tuple[Address, ...]:
        """Every address learnt and not yet forgotten."""
        return tuple(self._addresses)

    @property
    def borrowed(self) -> Address | None:
        """The address in use that media alone has moved to, as long as no check has confirmed it."""
        return self.selected if self._former is not None else None

    @property
    def checks_slowly(self) -> bool:
        """Whether this browser leaves more than 3.5 s between checks (Firefox does)."""
        return self._longest_pause > _SLOW_CHECKS

    def restart(self) -> Credentials:
        """New credentials (RFC 8445 §9); the former ones stay good until the new are nominated."""
        self.generations = [Credentials.fresh(), self.generations[0]]
        return self.generations[0]

    def by_ufrag(self, ufrag: str) -> Credentials | None:
        """The credentials of ours with that user fragment."""
        return next((each for each in self.generations if each.ufrag == ufrag), None)

    def admit(self) -> bool:
        """Whether one more check may be verified (each costs a hash); `refill` once a second."""
        self._checks_left -= 1
        return self._checks_left >= 0

    def refill(self) -> None:
        """Allow checks for another second."""
        self._checks_left = self._limits.checks_per_second

    def check(self, request: Request, credentials: Credentials, address: Address, now: int) -> bool:
        """Take an authenticated check; False if it is the replay of one that came from another address."""
        if self._seen.setdefault(request.transaction, address) != address:
            return False
        if len(self._seen) > _REMEMBERED:
            self._seen.popitem(last=False)
        if self._last_check and self.selected == address:
            self._longest_pause = max(self._longest_pause, min(now - self._last_check, 10 * SECOND))
        self._learn(address, now)
        if self.borrowed == address:
            self._former = None
        if self._takes_over(request, now):
            self._given_up = self.borrowed or self._given_up
            self._former = None
            self.selected = address
        if request.nominates and credentials is self.generations[0]:
            del self.generations[1:]
        if address == self.selected:
            self.heard_at = self._last_check = now
        return True

    def may_follow(self, now: int) -> bool:
        """Whether media from an unproven address may move the path now."""
        return self.selected is not None and self._former is None and now >= self._barred_until

    def follow(self, address: Address, now: int) -> None:
        """Use `address` from now on, because an authentic packet that is no replay came from it.

        Whoever holds a genuine packet back and sends it from elsewhere gets this far as well: without a check from
        there within a few seconds the path goes back, and stays for a while.
        """
        self._former = self.selected
        self.selected = address
        self._moved_at = self.heard_at = now

    def elsewhere(self, address: Address, now: int) -> None:
        """Authentic media came over a proven address that is not in use: whoever was followed is not alone there."""
        if address == self._former and now - self._moved_at > _OVERTAKEN:
            self._go_back(now)

    def expire(self, now: int) -> None:
        """Give up a path that no check has confirmed in time."""
        patience = _SLOW_CONFIRM if self.checks_slowly else _CONFIRM
        if self._former is not None and now - self._moved_at > patience:
            self._go_back(now)

    def abandoned(self) -> Address | None:
        """The address that was followed and given up since this was asked last; no media is taken from it."""
        given_up, self._given_up = self._given_up, None
        return given_up

    def _go_back(self, now: int) -> None:
        self._given_up, former, self._former = self.selected, self._former, None
        self.selected = former
        self._barred_until = now + _BARRED

    def _takes_over(self, request: Request, now: int) -> bool:
        return self.selected is None or request.nominates or now - self.heard_at > _SILENT

    def _learn(self, address: Address, now: int) -> None:
        self._addresses[address] = now
        self._addresses.move_to_end(address)
        while len(self._addresses) > self._limits.addresses_per_transport:
            oldest = next(each for each in self._addresses if each not in {self.selected, address})
            del self._addresses[oldest]
