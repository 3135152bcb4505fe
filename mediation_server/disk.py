"""Room on the disk of the data directory: how much is left, and a watch that warns before recordings suffer."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import structlog

from mediation_server.background import background
from mediation_server.config import Settings

__all__ = ["MIB", "DiskWatch", "free_bytes", "nearest"]

MIB = 2**20
_PERIOD_S = 60.0
_REMIND_ROUNDS = 60

_log = structlog.get_logger(__name__)


def nearest(directory: Path) -> Path:
    """The directory, or the nearest one above it that exists. Blocks."""
    found = directory.absolute()
    while not found.exists():
        found = found.parent
    return found


def free_bytes(directory: Path) -> int:
    """What is left where the directory lies or will lie. Blocks. Raises `OSError`."""
    return shutil.disk_usage(nearest(directory)).free


class DiskWatch:
    """`is_low` as of the last look; the log says when it begins, every hour while it lasts, and when it ends."""

    def __init__(self, settings: Settings, *, period_s: float = _PERIOD_S) -> None:
        self._directory = settings.data_dir
        self._least = settings.disk_warning_mib * MIB
        self._period_s = period_s
        self._rounds_low = 0

    @property
    def is_low(self) -> bool:
        """Whether less is free than the settings want."""
        return self._rounds_low > 0

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Look now, then periodically in the background while the block lasts."""
        await self.look()
        async with background(self._run, "disk watch"):
            yield

    async def look(self) -> None:
        """Measure once; a disk that cannot be asked counts as low."""
        try:
            free = await asyncio.to_thread(free_bytes, self._directory)
        except OSError:
            free = 0
        if free >= self._least:
            if self.is_low:
                _log.info("disk_space_back", free_mib=free // MIB)
            self._rounds_low = 0
            return
        if self._rounds_low % _REMIND_ROUNDS == 0:
            _log.warning("disk_space_low", free_mib=free // MIB, wanted_mib=self._least // MIB)
        self._rounds_low += 1

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(self._period_s)
            await self.look()
