"""A person whose media is another implementation of WebRTC, in its own process; knows no engine and no signalling."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from tests.court_world import eventually

PROGRAM = Path(__file__).parent / "werift" / "person.mjs"
PATIENCE_S = 20
_LINE = 1 << 26


@dataclass(frozen=True)
class Arrived:
    """An RTP packet as the other implementation read it."""

    payload_type: int
    sequence: int
    timestamp: int
    marker: bool
    payload: bytes


class Person:
    """Asks its process one thing after the other, or several at once."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._numbers = count()
        self._waiting: dict[int, asyncio.Future[dict]] = {}
        self._reading = asyncio.create_task(self._read())

    async def ask(self, does: str, **details: object) -> dict:
        """Have something done and get the answer."""
        number = next(self._numbers)
        answer = self._waiting[number] = asyncio.get_running_loop().create_future()
        self._process.stdin.write(json.dumps({"id": number, "does": does, **details}).encode() + b"\n")
        found = await asyncio.wait_for(answer, PATIENCE_S)
        assert "error" not in found, found["error"]
        return found

    async def send(self, source: str, stream: Sequence[tuple[int, bytes]]) -> None:
        """Send RTP packets, each with its ms, as they come in time; numbers are made anew on the way."""
        packets = [(ms, base64.b64encode(packet).decode()) for ms, packet in stream]
        await self.ask("send", source=source, packets=packets)

    async def received(self, mid: str) -> list[Arrived]:
        """What has come in one m-section so far."""
        packets = (await self.ask("received", mid=mid))["packets"]
        return [Arrived(*head, base64.b64decode(payload)) for *head, payload in packets]

    async def connected(self, way: str) -> None:
        """Wait until a connection, `up` or `down`, is."""

        async def is_connected() -> bool:
            return (await self.ask("state"))[way] == "connected"

        await eventually(is_connected, f"{way} to be connected")

    async def close(self) -> None:
        """Hang up."""
        self._process.stdin.close()
        await asyncio.wait_for(self._process.wait(), PATIENCE_S)
        await self._reading

    async def _read(self) -> None:
        async for line in self._process.stdout:
            answer = json.loads(line)
            self._waiting.pop(answer.pop("id")).set_result(answer)


@asynccontextmanager
async def person(*, rtx: bool = True) -> AsyncIterator[Person]:
    """Somebody at the other implementation; `rtx`: lost pictures come again in a stream of their own."""
    process = await asyncio.create_subprocess_exec(
        "node",
        str(PROGRAM),
        *(["--rtx"] if rtx else []),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=_LINE,
    )
    made = Person(process)
    try:
        yield made
    finally:
        await made.close()
