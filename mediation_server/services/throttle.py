"""`Throttle`: how often somebody may try something; a bounded table in memory that knows no kind of attempt."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from mediation_server.clock import Clock

__all__ = ["Limit", "Throttle"]

_CAPACITY = 20_000


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `count` attempts in `window_ms` milliseconds."""

    count: int
    window_ms: int


class Throttle:
    """Counts attempts by key in fixed windows; when the table is full the key touched longest ago is forgotten."""

    def __init__(self, capacity: int = _CAPACITY) -> None:
        self._capacity = capacity
        self._windows: OrderedDict[str, tuple[int, int]] = OrderedDict()  # key: (start of the window, attempts)

    def admit(self, clock: Clock, key: str, limit: Limit) -> bool:
        """Count one attempt; False when it is one too many (it is not counted then)."""
        now = clock.monotonic_ms()
        start, count = self._windows.get(key, (now, 0))
        if now - start >= limit.window_ms:
            start, count = now, 0
        allowed = count < limit.count
        self._windows[key] = (start, count + allowed)
        self._windows.move_to_end(key)
        if len(self._windows) > self._capacity:
            self._windows.popitem(last=False)
        return allowed

    def forgive(self, key: str) -> None:
        """Take one attempt back: it turned out to be a rightful one."""
        known = self._windows.get(key)
        if known:
            self._windows[key] = (known[0], max(0, known[1] - 1))

    def __len__(self) -> int:
        return len(self._windows)
