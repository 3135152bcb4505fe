"""The demo as something that is killed and started again, on one port and one data directory; knows no figure."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import signal
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

from bench import _product

__all__ = ["Killable", "killable"]


class Killable:
    """`product` is the process of the moment; raises ProductError where it cannot be had.

    `standby`: a second process stands by, already loaded, and takes over; nobody kills that one.
    """

    def __init__(self, directory: Path, *, standby: bool = False) -> None:
        self.data = directory / "var"
        self._log = directory / "server.log"
        self._standby = standby
        self._process: asyncio.subprocess.Process | None = None
        self._next: asyncio.subprocess.Process | None = None
        self._port = 0
        self.product: _product.Product | None = None

    async def start(self) -> _product.Product:
        """Start it where it was, or see the one that stands by take over; return when it says that it is ready."""
        self._process, self._next = self._next or await self._launched(), None
        self.product = await _product.ready(self._process, self._log)
        self._port = urlsplit(self.product.url).port or 0
        return self.product

    async def attend(self) -> None:
        """Have the next one stand by, if there shall be one: a supervisor does it a while after the last has ended."""
        if self._standby and self._next is None:
            said = self._log.stat().st_size
            self._next = await self._launched()
            await _product.stands_by(self._log, said)

    async def _launched(self) -> asyncio.subprocess.Process:
        return await _product.launched(self.data, self._log, self._port, standby=self._standby)

    async def kill(self) -> float:
        """`kill -9`; the wall clock (s since 1970) of that moment. Returns when the process is gone."""
        assert self._process is not None  # noqa: S101 - started before
        self._process.send_signal(signal.SIGKILL)
        killed_at = time.time()
        await self._process.wait()
        return killed_at

    async def stop(self) -> None:
        """Stop it in order, if it runs."""
        for each in (self._next, self._process):  # in this order, or the next one would take over
            if each is not None:
                await _product.stop(each)


@contextlib.asynccontextmanager
async def killable(*, standby: bool = False) -> AsyncIterator[Killable]:
    """Started, with data of its own that are thrown away afterwards."""
    directory = Path(tempfile.mkdtemp(prefix="bench-killed-"))
    made = Killable(directory, standby=standby)
    try:
        await made.start()
        yield made
    finally:
        await made.stop()
        shutil.rmtree(directory, ignore_errors=True)
