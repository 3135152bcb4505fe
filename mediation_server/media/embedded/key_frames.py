"""When to ask a publisher for a key frame, and where the last one began; knows no transport."""

from __future__ import annotations

__all__ = ["KeyFrames"]


class KeyFrames:
    """Requests of any number of receivers become at most one per interval, repeated until a key frame comes."""

    __slots__ = ("_asked_at", "_interval", "_timestamp", "start", "wanted")

    def __init__(self, interval: int) -> None:
        self.start = -1  # running number where the last key frame begins
        self.wanted = False
        self._interval = interval
        self._asked_at: int | None = None
        self._timestamp: int | None = None

    def arrived(self, number: int, timestamp: int) -> bool:
        """A packet that may open a key frame came; False when it belongs to the one already known."""
        if timestamp == self._timestamp or number < self.start:
            return False
        self.start, self._timestamp = number, timestamp
        self.wanted = False
        return True

    def due(self, now: int) -> bool:
        """Whether to ask the publisher now, since somebody wants one; a True counts as asked."""
        return self.wanted and self.free(now)

    def free(self, now: int) -> bool:
        """Whether it may be asked now at all; a True counts as asked."""
        if self._asked_at is not None and now - self._asked_at < self._interval:
            return False
        self._asked_at = now
        return True

    def forget(self) -> None:
        """Nothing before now may be replayed."""
        self.start, self._timestamp = -1, None
