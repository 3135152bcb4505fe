"""Whether media get through: sends the canary round after round and says when two have failed; knows no packet.

A process that answers its web port may still be deaf on its media port: a firewall, a lost route, a stuck event loop.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable

import structlog

from mediation_server.background import background

__all__ = ["MediaWatch"]

_TIMEOUT_S = 2.0  # a round takes 0.1 s on a machine at rest
_RETRY_S = 0.5  # two rounds and both timeouts fit in ten seconds, at the default period of five
_ENOUGH = 2

_log = structlog.get_logger(__name__)


class MediaWatch:
    """`sing` is one round of the canary: it returns when its packets came back, and raises or hangs when not."""

    def __init__(self, sing: Callable[[], Awaitable[None]], *, period_s: float, timeout_s: float = _TIMEOUT_S) -> None:
        self.passed = 0  # rounds, as `failed`
        self.failed = 0
        self.took_s: float | None = None  # the last round that passed
        self._sing = sing
        self._period_s = period_s
        self._timeout_s = timeout_s
        self._in_a_row = 0

    @property
    def is_failing(self) -> bool:
        """Whether the last two rounds have failed."""
        return self._in_a_row >= _ENOUGH

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Send the canary now and again while the block lasts."""
        async with background(self._run, "media watch"):
            yield

    async def look(self) -> None:
        """One round."""
        started = time.monotonic()
        try:
            async with asyncio.timeout(self._timeout_s):
                await self._sing()
        except Exception as error:  # noqa: BLE001 - whatever it is, the media did not get through
            self._fail(type(error).__name__)
            return
        self.took_s = time.monotonic() - started
        self.passed += 1
        if self.is_failing:
            _log.info("media_canary_back", failed_rounds=self._in_a_row)
        self._in_a_row = 0

    def _fail(self, error: str) -> None:
        self.failed += 1
        self._in_a_row += 1
        if self._in_a_row == _ENOUGH:
            _log.error("media_canary_silent", error=error)

    async def _run(self) -> None:
        while True:
            await self.look()
            await asyncio.sleep(_RETRY_S if self._in_a_row else self._period_s)
