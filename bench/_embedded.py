"""Our embedded engine as a server to be measured: the process of `bench._embedded_server`, driven over pipes."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from typing import IO

from bench._server import ServerError

__all__ = ["Embedded"]

_REPLY_TIMEOUT_S = 10.0
_CLOSE_TIMEOUT_S = 5.0
_LINE_BYTES = 1 << 20


class Embedded:
    """One engine process; its complaints go where ours go."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @classmethod
    async def start(
        cls, address: str, *, compiled: bool = False, budget: bool = True, errors: IO[bytes] | None = None
    ) -> Embedded:
        """Start the engine on `address`, in Python or compiled; it binds a free port of its own."""
        flags = ("--compiled" if compiled else "--no-compiled", "--budget" if budget else "--no-budget")
        command = (sys.executable, "-m", "bench._embedded_server", "--address", address, *flags)
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(
            *command, stdin=pipe, stdout=pipe, stderr=errors, limit=_LINE_BYTES
        )
        return cls(process)

    @property
    def pid(self) -> int:
        """Process id of the engine."""
        return self._process.pid

    async def publish(self, offer: str) -> str:
        """Publish and grant it to every subscriber."""
        return await self._ask({"do": "publish", "sdp": offer})

    async def subscribe(self, subscriber: int) -> str:
        """Subscribe afresh."""
        return await self._ask({"do": "subscribe", "subscriber": subscriber})

    async def answer(self, subscriber: int, sdp: str) -> None:
        """Hand over the answer."""
        await self._ask({"do": "answer", "subscriber": subscriber, "sdp": sdp})

    async def close(self) -> None:
        """End the process: ask by closing its input, insist when it does not listen."""
        if self._process.returncode is not None:
            return
        if self._process.stdin is not None:
            self._process.stdin.close()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._process.wait(), _CLOSE_TIMEOUT_S)
        if self._process.returncode is None:
            self._process.kill()
            await self._process.wait()

    async def _ask(self, request: dict[str, object]) -> str:
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None:
            raise ServerError("the engine has no pipes")
        stdin.write(json.dumps(request).encode("utf-8") + b"\n")
        await stdin.drain()
        line = await asyncio.wait_for(stdout.readline(), _REPLY_TIMEOUT_S)
        if not line:
            raise ServerError("the engine's process ended")
        reply = json.loads(line)
        if "error" in reply:
            raise ServerError(f"the engine refused: {reply['error']}")
        return str(reply.get("sdp", ""))
