"""`Finisher`: has what a live recording has closed finished ahead, in processes of low priority, one for all rooms."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys

import structlog

from mediation_server.errors import MediationError
from recordings.chest import Chest

__all__ = ["Finisher"]

_log = structlog.get_logger(__name__)

_LONGEST_S = 600.0  # an hour of five-minute files takes a fraction of it
_SETTLED_S = 2.0  # what was closed stands in the journal by then, its slices in the evidence


class Finisher:
    """Of one recording; what it has not done when it is stopped, the seal does."""

    def __init__(self, chest: Chest, one_at_a_time: asyncio.Lock) -> None:
        self._chest, self._one_at_a_time = chest, one_at_a_time
        self._loop = asyncio.get_running_loop()
        self._closed, self._idle = asyncio.Event(), asyncio.Event()
        self._idle.set()
        self._task = self._loop.create_task(self._work())

    def closed(self) -> None:
        """A file was closed; called in the muxer thread."""
        with contextlib.suppress(RuntimeError):  # the loop is over: nobody waits any more
            self._loop.call_soon_threadsafe(self._wake)

    async def caught_up(self) -> None:
        """Wait until everything that was closed is finished, or cannot be now."""
        await self._idle.wait()

    async def stop(self) -> None:
        """End, and whatever is being made with it. Idempotent."""
        self._task.cancel()
        await asyncio.wait([self._task])
        self._idle.set()  # nothing more comes

    def _wake(self) -> None:
        self._idle.clear()
        self._closed.set()

    async def _work(self) -> None:
        while True:
            if not self._closed.is_set():
                self._idle.set()
            await self._closed.wait()
            self._closed.clear()
            await asyncio.sleep(_SETTLED_S)
            async with self._one_at_a_time:
                try:
                    await self._ahead()
                except (MediationError, OSError) as error:
                    _log.warning("finished_ahead_not", recording=self._chest.directory.name, error=repr(error))

    async def _ahead(self) -> None:
        opens = (await asyncio.to_thread(self._chest.held)).told()
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "recordings.finishing",
            stdin=asyncio.subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(each for each in sys.path if each)},
        )  # fmt: skip
        order = {"directory": str(self._chest.directory.absolute()), "opens": opens}
        try:
            async with asyncio.timeout(_LONGEST_S):
                await process.communicate(json.dumps(order).encode())
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode:
            _log.warning("finished_ahead_not", recording=self._chest.directory.name, status=process.returncode)
