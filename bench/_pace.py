"""When the generator sends what: a fixed pace of equal bursts; pure, knows no clock and no socket."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Pace"]

NS_PER_SECOND = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Pace:
    """So many packets a second, sent `burst` at a time; a video frame leaves a browser as one burst."""

    packets_per_second: int
    burst: int

    def __post_init__(self) -> None:
        """Raise ValueError for a pace that would never send."""
        if self.packets_per_second < 1 or self.burst < 1:
            msg = "a pace needs at least one packet a second and one packet a burst"
            raise ValueError(msg)

    @property
    def interval_ns(self) -> int:
        """Time between the starts of two bursts."""
        return self.burst * NS_PER_SECOND // self.packets_per_second

    def bursts_in(self, seconds: float) -> int:
        """Count the bursts that fit into that time, at least one."""
        return max(1, int(seconds * self.packets_per_second) // self.burst)

    def due_ns(self, index: int, last_sent_ns: int | None) -> int:
        """Tell when burst `index` leaves, in ns after the start, given when the one before it really left.

        A generator that was held up catches up at no more than twice the pace: sending everything it owes at
        once would measure a burst nobody asked for.
        """
        ideal = index * self.interval_ns
        if last_sent_ns is None:
            return ideal
        return max(ideal, last_sent_ns + self.interval_ns // 2)
