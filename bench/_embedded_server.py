"""The embedded engine in a process of its own, told what to do over standard input; knows no load and no figure.

One JSON object a line: `{"do": "publish" | "subscribe" | "answer", ...}`; one line back, `{"error"}` if refused.
"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Annotated, Any

import typer

from mediation_server.errors import MediationError
from mediation_server.media.embedded import EmbeddedEngine
from mediation_server.media.embedded.limits import Limits
from mediation_server.media.engine import Source

_ROOM = "bench"
_PUBLISHER = "publisher"
_MEMBERS = 64
_LINE_BYTES = 1 << 20


class _Desk:
    """Carries out what the benchmark asks, one request at a time."""

    def __init__(self, engine: EmbeddedEngine) -> None:
        self._engine = engine
        self._publication = ""
        self._revisions: dict[str, int] = {}

    async def carry_out(self, request: dict[str, Any]) -> dict[str, str]:
        member = f"subscriber-{request.get('subscriber')}"
        match request["do"]:
            case "publish":
                return {"sdp": await self._publish(request["sdp"])}
            case "subscribe":
                offer = await self._engine.subscribe(_ROOM, member, [self._publication], fresh=True)
                self._revisions[member] = offer.revision
                return {"sdp": offer.sdp}
            case "answer":
                await self._engine.answer(_ROOM, member, self._revisions[member], request["sdp"])
                return {}
        return {"error": "unknown request"}

    async def _publish(self, sdp: str) -> str:
        answer = await self._engine.publish(_ROOM, _PUBLISHER, sdp, {"0": Source.CAMERA})
        self._publication = answer.publications[0].id
        watching = frozenset(f"subscriber-{number}" for number in range(_MEMBERS))
        await self._engine.set_audience(_ROOM, {_PUBLISHER: watching})
        return answer.sdp


# A camera never sends as much as one publisher of bench.capacity does.
_NO_BUDGET = {"packets_per_second": 1_000_000_000, "packet_burst": 1_000_000_000}


async def serve(address: str, *, compiled: bool, budget: bool) -> None:
    """Serve requests until standard input ends."""
    limits = Limits(compiled=compiled) if budget else Limits(compiled=compiled, **_NO_BUDGET)
    engine = EmbeddedEngine(host=address, port=0, advertised=[address], limits=limits)
    await engine.start()
    await engine.open_room(_ROOM)
    desk = _Desk(engine)
    reader = asyncio.StreamReader(limit=_LINE_BYTES)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    try:
        while line := await reader.readline():
            try:
                reply = await desk.carry_out(json.loads(line))
            except MediationError as error:
                reply = {"error": error.code}
            sys.stdout.write(json.dumps(reply) + "\n")
            sys.stdout.flush()
    finally:
        await engine.close()


def main(
    *,
    address: Annotated[str, typer.Option(help="Address the media port is bound to.")] = "127.0.0.1",
    compiled: Annotated[bool, typer.Option(help="Take the compiled media path where it was built.")] = True,
    budget: Annotated[bool, typer.Option(help="Keep the bound on what one publisher may send.")] = True,
) -> None:
    """Run the engine for a benchmark."""
    asyncio.run(serve(address, compiled=compiled, budget=budget))


if __name__ == "__main__":
    typer.run(main)
