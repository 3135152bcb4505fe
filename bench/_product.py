"""The product as a newcomer starts it: `mediation-server demo` in a process and a data directory of its own."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

__all__ = ["Product", "ProductError", "launched", "ready", "running", "stands_by", "stop"]

_START_TIMEOUT_S = 120.0  # the first start makes the demo's recording
_STOP_TIMEOUT_S = 15.0
_LOOK_S = 0.1
_NOTHING: Mapping[str, str] = MappingProxyType({})


class ProductError(RuntimeError):
    """The product did not start."""


@dataclass(frozen=True, slots=True)
class Product:
    """Where it is, the link of each role, and its process."""

    url: str
    roles: Mapping[str, str]
    pid: int


@contextlib.asynccontextmanager
async def running(data: Path | None = None, more: Mapping[str, str] = _NOTHING) -> AsyncIterator[Product]:
    """Start the demo on a free port, stop it afterwards; data of its own are thrown away. Raises ProductError.

    `more` is added to its environment.
    """
    directory = Path(tempfile.mkdtemp(prefix="bench-product-"))
    log = directory / "server.log"
    process = await launched(data or directory / "var", log, more=more)
    try:
        yield await ready(process, log)
    finally:
        await stop(process)
        shutil.rmtree(directory, ignore_errors=True)


async def launched(
    data: Path, log: Path, port: int = 0, more: Mapping[str, str] = _NOTHING, *, standby: bool = False
) -> asyncio.subprocess.Process:
    """The demo's process, just started; what it complains of goes to the end of `log`.

    `standby`: it waits for the end of whoever was launched so before it.
    """
    with log.open("ab") as errors:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "mediation_server", "demo", "--json", "--port", str(port)),
            *(("--standby",) if standby else ()),
            env={**os.environ, "MEDIATION_DATA_DIR": str(data), **more},
            stdout=asyncio.subprocess.PIPE,
            stderr=errors,
        )


async def ready(process: asyncio.subprocess.Process, log: Path) -> Product:
    """Wait until it says where it is. Raises ProductError."""
    line = b""
    if process.stdout is not None:
        with contextlib.suppress(TimeoutError):
            line = await asyncio.wait_for(process.stdout.readline(), _START_TIMEOUT_S)
    if not line:
        raise ProductError(f"the product did not start: {_last_line(log)}")
    ready = json.loads(line)
    return Product(ready["url"], ready["roles"], process.pid)


async def stands_by(log: Path, from_byte: int) -> None:
    """Wait until a process says after `from_byte` of its log that it stands by. Raises `TimeoutError`."""
    async with asyncio.timeout(_START_TIMEOUT_S):
        while b"standing_by" not in (await asyncio.to_thread(log.read_bytes))[from_byte:]:  # noqa: ASYNC110 - a file
            await asyncio.sleep(_LOOK_S)


def _last_line(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return lines[-1] if lines else "no word from it"


async def stop(process: asyncio.subprocess.Process) -> None:
    """Stop it in order; by force when that takes too long."""
    if process.returncode is None:
        process.terminate()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), _STOP_TIMEOUT_S)
    if process.returncode is None:
        process.kill()
        await process.wait()
