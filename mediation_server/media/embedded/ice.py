"""The ICE-lite side of one transport: credentials, learnt addresses, the path in use (RFC 8445); knows no socket."""

from __future__ import annotations

from collections import OrderedDict

from mediation_server.media.embedded.limits import MS, SECOND, Limits
from mediation_server.media.embedded.stun import Credentials, Request

__all__ = ["Address", "IceLite"]

Address = tuple[str, int]

_REMEMBERED = 512  # transaction ids kept against replay from elsewhere; 20 minutes of consent checks
_SILENT = SECOND  # Firefox nominates no moved path: after this any authenticated check may take over
_SLOW_CHECKS = 3_500 * MS


class IceLite:
    """Only authenticated checks change anything here; nothing is ever learnt from RTP or DTLS."""

    def __init__(self, limits: Limits) -> None:
        self.generations = [Credentials.fresh()]  # the newest first, at most two
        self.selected: Address | None = None
        self._limits = limits
        self._checks_left = limits.checks_per_second
        self._addresses: OrderedDict[Address, int] = OrderedDict()  # -> time of the last check, oldest first
        self._seen: OrderedDict[bytes, Address] = OrderedDict()
        self.heard_at = 0  # time of the last authenticated packet or check, in ns
        self._last_check = 0
        self._longest_pause = 0

    @property
    def credentials(self) -> Credentials:
        """Those that the next description carries."""
        return self.generations[0]

    @property
    def addresses(self) -> tuple[Address, ...]:
        """Every address learnt and not yet forgotten."""
        return tuple(self._addresses)

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
        if self._takes_over(request, now):
            self.selected = address
        if request.nominates and credentials is self.generations[0]:
            del self.generations[1:]
        if address == self.selected:
            self.heard_at = self._last_check = now
        return True

    def _takes_over(self, request: Request, now: int) -> bool:
        return self.selected is None or request.nominates or now - self.heard_at > _SILENT

    def _learn(self, address: Address, now: int) -> None:
        self._addresses[address] = now
        self._addresses.move_to_end(address)
        while len(self._addresses) > self._limits.addresses_per_transport:
            oldest = next(each for each in self._addresses if each not in {self.selected, address})
            del self._addresses[oldest]
