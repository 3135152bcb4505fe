"""Whether the master keys can be had: looks once a minute and says what is wrong, before a sitting or a restart does.

Keys in use stay in memory, so that a file that goes away is felt by new matters and at the next start only; whoever
operates the installation ought to know earlier.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import structlog

from mediation_server.at_rest.matter_keys import KeyStore
from mediation_server.background import background

__all__ = ["KeyWatch"]

_PERIOD_S = 60.0
_REMIND_ROUNDS = 60

_log = structlog.get_logger(__name__)


class KeyWatch:
    """`trouble` is a stable code as of the last look, empty while all is well; the log says when it begins and ends."""

    def __init__(self, keys: KeyStore, *, period_s: float = _PERIOD_S) -> None:
        self.trouble = ""
        self._keys, self._period_s, self._rounds = keys, period_s, 0

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Look now, then periodically in the background while the block lasts."""
        await self.look()
        async with background(self._run, "key watch"):
            yield

    async def look(self) -> None:
        """Read what lies there once; a disk that cannot be asked counts as unreadable."""
        try:
            found = await asyncio.to_thread(self._keys.trouble) or ""
        except OSError:
            found = "master_key_unreadable"
        self._rounds = self._rounds + 1 if found == self.trouble else 0
        if found and self._rounds % _REMIND_ROUNDS == 0:
            _log.error("master_key_trouble", code=found, directory=str(self._keys.master.directory))
        elif self.trouble and not found:
            _log.info("master_key_back", directory=str(self._keys.master.directory))
        self.trouble = found

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(self._period_s)
            await self.look()
