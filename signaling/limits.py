"""What one connection may use: a token bucket of events, and a measured queue of what it has not read yet."""

from __future__ import annotations

import asyncio
import time
from typing import Any

__all__ = ["BURST", "EVENTS_PER_SECOND", "MAX_WAITING_BYTES", "MAX_WAITING_PACKETS", "Bucket", "MeasuredQueue"]

EVENTS_PER_SECOND = 30.0
BURST = 60.0
MAX_WAITING_BYTES = 1_000_000
MAX_WAITING_PACKETS = 500


class Bucket:
    """A token bucket; it starts full."""

    def __init__(self, rate: float = EVENTS_PER_SECOND, burst: float = BURST) -> None:
        self._rate, self._burst = rate, burst
        self._tokens, self._at = burst, time.monotonic()

    def take(self, now: float | None = None) -> bool:
        """Take one token; False when there is none."""
        now = time.monotonic() if now is None else now
        self._tokens = min(self._burst, self._tokens + (now - self._at) * self._rate)
        self._at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


class MeasuredQueue(asyncio.Queue[Any]):
    """Packets on their way to one browser; beyond the bounds it takes nothing more and says so.

    The library's own queue has no bound: a browser that never reads would fill the memory (F9).
    """

    def __init__(self) -> None:
        super().__init__()
        self.bytes = 0
        self.overflowed = False

    def put_nowait(self, item: Any) -> None:
        """Take a packet, or None: the end, which always fits."""
        size = _size(item)
        full = self.qsize() >= MAX_WAITING_PACKETS or self.bytes + size > MAX_WAITING_BYTES
        if item is not None and full:
            self.overflowed = True
            return
        self.bytes += size
        super().put_nowait(item)

    def get_nowait(self) -> Any:
        """Give the oldest packet."""
        item = super().get_nowait()
        self.bytes -= _size(item)
        return item


def _size(item: Any) -> int:
    data = getattr(item, "data", None)
    return len(data) if isinstance(data, str | bytes) else 64
