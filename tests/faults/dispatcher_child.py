"""A dispatcher in a process of its own, to be killed: `python -m tests.faults.dispatcher_child DATABASE COURT`."""

import asyncio
import sys

from mediation_server.caseflow.dispatcher import Dispatcher
from mediation_server.caseflow.http_json import HttpJsonCourt
from mediation_server.clock import SystemClock
from mediation_server.services.syncing import OutboxLedger
from mediation_server.store.database import Database
from tests.court_world import KEY


async def main(database_url: str, court_url: str) -> None:
    database, clock = Database(database_url), SystemClock()
    await database.open()
    court = HttpJsonCourt(court_url, KEY)
    async with Dispatcher(OutboxLedger(database, clock), court, clock, asyncio.Event()).running():
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
