"""kill -9 while a process writes session events: what it had acknowledged is there, and the chain holds."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from mediation_server.domain.log import first_break
from mediation_server.store import events
from mediation_server.store.database import Database
from tests.mediation_server.store.people import SESSION

ROOT = Path(__file__).parents[2]
WRITER = """
import asyncio, sys
from mediation_server.domain.log import EventKind
from mediation_server.store import events
from mediation_server.store.database import Database
from tests.mediation_server.store.people import NOW, SESSION, populate

async def main(url):
    db = Database(url)
    await db.open()
    async with db.transaction() as tx:
        await populate(tx)
    number = 0
    while True:
        async with db.transaction() as tx:
            event = await events.append_event(
                tx, SESSION.id, at=NOW, offset_ms=number, actor="w", kind=EventKind.SPOKE, payload={"number": number}
            )
        print(event.seq, event.hash, flush=True)
        number += 1

asyncio.run(main(sys.argv[1]))
"""


def killed_after(acknowledged: int, url: str) -> list[list[str]]:
    """Start the writer, kill it after so many acknowledgements; all it gave, as number and hash."""
    with subprocess.Popen([sys.executable, "-c", WRITER, url], cwd=ROOT, stdout=subprocess.PIPE, text=True) as writer:
        told = [writer.stdout.readline().split() for _ in range(acknowledged)]
        writer.kill()
        told += [line.split() for line in writer.stdout if line.endswith("\n")]
    assert writer.returncode == -signal.SIGKILL
    return told


@pytest.mark.parametrize("acknowledged", [1, 7, 60])
async def test_every_acknowledged_event_is_there_after_kill_9_and_the_chain_holds(tmp_path, acknowledged):
    url = f"sqlite+aiosqlite:///{tmp_path}/mediation.db"
    told = await asyncio.to_thread(killed_after, acknowledged, url)
    database = Database(url)
    await database.open()
    async with database.transaction() as tx:
        log = await events.events_of(tx, SESSION.id)
    await database.close()
    kept = {str(event.seq): event.hash for event in log}
    assert {seq: kept.get(seq) for seq, _ in told} == dict(told)
    assert first_break(log) is None
    assert len(told) <= len(log) <= len(told) + 1
