"""One process that serves: started, told of in the terminal, and closed in order when a signal comes."""

from __future__ import annotations

import asyncio
import json
import signal
import sys

from rich.console import Console

from mediation_server.app import Running, start
from mediation_server.clock import SystemClock
from mediation_server.config import Settings
from mediation_server.heap import settle_heap
from mediation_server.welcome import Shown, print_welcome

__all__ = ["run"]


async def run(settings: Settings, shown: Shown) -> None:
    """Serve until SIGINT or SIGTERM. Raises as `start`, before anything is told."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    running = await start(settings, SystemClock())
    settle_heap()
    try:
        _tell(running, shown)
        await stop.wait()
    finally:
        await running.close()
        sys.stdout.flush()


def _tell(running: Running, shown: Shown) -> None:
    if shown is Shown.AS_JSON:
        print(json.dumps({"url": running.url, "roles": running.roles}), flush=True)  # noqa: T201 - for scripts
    elif shown is Shown.WELCOME:
        print_welcome(Console(), running.url, running.roles, running.passwords)
