"""Whether the wall clock keeps pace with the monotonic one: looks once a second and says by how much it has jumped.

Recordings and logs count from the monotonic clock, so a jump (an administrator, a wrong time server, a machine that
slept) moves no offset; but the instants beside them have, and whoever reads them later must know (录音录像规定 art. 4).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

import structlog

from mediation_server.background import background
from mediation_server.clock import Clock

__all__ = ["ClockWatch", "Jumped"]

_PERIOD_S = 1.0
_ENOUGH_MS = 1_000  # a second: what a reader of the court's clock would notice
_WARNS_MS = 60 * 60_000

_log = structlog.get_logger(__name__)

Jumped = Callable[[int], Awaitable[None]]  # ms, negative for back


class ClockWatch:
    """`jumps` and `last_ms` since the start; a slow drift counts once it has come to a second."""

    def __init__(self, clock: Clock, told: Jumped, *, period_s: float = _PERIOD_S) -> None:
        """`told` is called for each jump; what it raises is logged."""
        self.jumps = 0
        self.last_ms: int | None = None
        self._clock, self._told, self._period_s = clock, told, period_s
        self._apart_ms = self._apart()
        self._warns_until_ms = 0

    @property
    def warns(self) -> bool:
        """Whether it has jumped within the last hour."""
        return self._clock.monotonic_ms() < self._warns_until_ms

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Look periodically while the block lasts."""
        async with background(self._run, "clock watch"):
            yield

    async def look(self) -> None:
        """Compare the clocks once."""
        apart = self._apart()
        jump = apart - self._apart_ms
        if abs(jump) < _ENOUGH_MS:
            return
        self._apart_ms, self.last_ms = apart, jump
        self.jumps += 1
        self._warns_until_ms = self._clock.monotonic_ms() + _WARNS_MS
        _log.error("clock_jumped", jump_ms=jump)
        try:
            await self._told(jump)
        except Exception as error:  # noqa: BLE001 - whatever is away: the clock is watched on
            _log.error("clock_jump_not_told", error=type(error).__name__)

    def _apart(self) -> int:
        """How far the wall clock is from the monotonic one, in ms."""
        return round(self._clock.now().timestamp() * 1000) - self._clock.monotonic_ms()

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(self._period_s)
            await self.look()
