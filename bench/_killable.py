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
    """`product` is the process of the moment; raises ProductError where it cannot be had."""

    def __init__(self, directory: Path) -> None:
        self.data = directory / "var"
        self._log = directory / "server.log"
        self._process: asyncio.subprocess.Process | None = None
        self._port = 0
        self.product: _product.Product | None = None

    async def start(self) -> _product.Product:
        """Start it where it was; return when it says that it is ready."""
        self._process = await _product.launched(self.data, self._log, self._port)
        self.product = await _product.ready(self._process, self._log)
        self._port = urlsplit(self.product.url).port or 0
        return self.product

    async def kill(self) -> float:
        """`kill -9`; the wall clock (s since 1970) of that moment. Returns when the process is gone."""
        assert self._process is not None  # noqa: S101 - started before
        self._process.send_signal(signal.SIGKILL)
        killed_at = time.time()
        await self._process.wait()
        return killed_at

    async def stop(self) -> None:
        """Stop it in order, if it runs."""
        if self._process is not None:
            await _product.stop(self._process)


@contextlib.asynccontextmanager
async def killable() -> AsyncIterator[Killable]:
    """Started, with data of its own that are thrown away afterwards."""
    directory = Path(tempfile.mkdtemp(prefix="bench-killed-"))
    made = Killable(directory)
    try:
        await made.start()
        yield made
    finally:
        await made.stop()
        shutil.rmtree(directory, ignore_errors=True)
