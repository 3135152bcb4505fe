"""`Stall`: one place in the farm, with its own ports: holds a worker, gets another when it dies; knows no room."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from mediation_server.errors import MediationError
from mediation_server.media.engine import EngineEvent
from mediation_server.media.farm.hand import Hand
from mediation_server.media.farm.order import Order
from mediation_server.media.farm.tape_reader import Seats

__all__ = ["Stall"]

_LOG = logging.getLogger(__name__)


class Stall:
    """`lost` is called when its worker has died, `ready` when there is a new one."""

    def __init__(
        self,
        order: Order,
        seats: Seats,
        heard: Callable[[Hand, EngineEvent], None],
        lost: Callable[[Hand], None],
        ready: Callable[[], None],
    ) -> None:
        self.hand: Hand | None = None
        self._order = order
        self._seats = seats
        self._heard = heard
        self._lost = lost
        self._ready = ready
        self._closed = False
        self._keeping: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Start the first worker. Raises `Unavailable`."""
        self._closed = False
        await self._start()
        self._keeping = asyncio.create_task(self._keep())

    async def close(self) -> None:
        """End the worker in good order and get no other; idempotent."""
        self._closed = True
        if self.hand is not None:
            await self.hand.close()
            self.hand = None
        if self._keeping is not None:
            self._keeping.cancel()
            await asyncio.gather(self._keeping, return_exceptions=True)
            self._keeping = None

    async def _start(self) -> None:
        hand = Hand(self._order, self._seats, self._heard)
        try:
            await hand.start()
        except asyncio.CancelledError:
            hand.kill("ended")
            raise
        self.hand = hand

    async def _keep(self) -> None:
        """Watch over one worker after the other."""
        loop, paces = asyncio.get_running_loop(), self._order.paces
        pause = paces.respawn_s
        while self.hand is not None:
            hand, since = self.hand, loop.time()
            await hand.dead()
            if self._closed:
                return
            self.hand = None
            _LOG.error("a media worker died: %s", hand.reason)
            self._lost(hand)
            pause = paces.respawn_s if loop.time() - since > paces.respawn_most_s else pause
            while self.hand is None:
                await asyncio.sleep(pause)
                pause = min(2 * pause, paces.respawn_most_s)
                await self._again()

    async def _again(self) -> None:
        try:
            await self._start()
        except MediationError as refusal:
            _LOG.error("a media worker could not be started: %s", refusal.code)
            return
        self._ready()
