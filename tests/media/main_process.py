"""A main process of its own, for tests that stop it: a farm whose port is asked over standard input, line by line."""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import asdict

from mediation_server.media.engine import Publication
from mediation_server.media.farm import FarmEngine
from mediation_server.media.farm.calls import CALLS
from tests.media.conftest import farm_order
from tests.media.peer import ROOM


class Notes:
    """A recorder that notes sequence number, arrival and loss of every packet."""

    def __init__(self) -> None:
        self.packets: list[tuple[str, int, int]] = []
        self.losses: list[int] = []

    def started(self, publication: Publication) -> None:
        """Nothing to note."""

    def packet(self, publication: Publication, packet: bytes, arrival_ns: int) -> None:
        """Note it."""
        self.packets.append((publication.id, int.from_bytes(packet[2:4], "big"), arrival_ns))

    def sender_report(self, publication: Publication, ntp: int, rtp_timestamp: int, arrival_ns: int) -> None:
        """Nothing to note."""

    def lost(self, from_ns: int, to_ns: int, packets: int) -> None:
        """Note it."""
        self.losses.append(packets)

    def stopped(self, publication: Publication, reason: str) -> None:
        """Nothing to note."""


class Desk:
    """What `calls` carry out their work on."""

    def __init__(self, engine: FarmEngine) -> None:
        self.engine = engine
        self.notes = Notes()

    async def answer(self, line: bytes) -> object:
        """The answer to one question."""
        asked = json.loads(line)
        match asked["do"]:
            case "worker":
                return self.engine.worker_of(ROOM)
            case "notes":
                return {"packets": self.notes.packets, "losses": self.notes.losses}
            case "record":
                await self.engine.record(ROOM, self.notes)
                return None
        result = await CALLS[asked["do"]].validate_python(asked["arguments"]).carry_out(self)
        return asdict(result) if result is not None and not isinstance(result, bool) else result


async def main() -> None:
    """Serve until nobody asks any more."""
    engine = FarmEngine([farm_order(tape=int(sys.argv[1]))])
    await engine.start()
    await engine.open_room(ROOM)
    desk, lines = Desk(engine), asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    while line := await lines.readline():
        sys.stdout.write(json.dumps(await desk.answer(line)) + "\n")
        sys.stdout.flush()
    await engine.close()


if __name__ == "__main__":
    asyncio.run(main())
