"""`RoomRegistry`: the sittings that live in this process; knows neither the database nor any socket."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from mediation_server.clock import Clock
from mediation_server.errors import Unavailable
from mediation_server.media.engine import MediaEngine
from mediation_server.rooms.captions_port import Captioning
from mediation_server.rooms.outlet import Outlet, Silence
from mediation_server.rooms.recording_port import RecorderFactory
from mediation_server.rooms.room import Room, RoomRecord

__all__ = ["MAX_ROOMS", "RoomRegistry"]

_LOG = logging.getLogger(__name__)

KEEPING_SECONDS = 1.0
MAX_ROOMS = 500  # live sittings in one process; more than this needs another process, not more memory

Loader = Callable[[], Awaitable[RoomRecord]]
Keeper = Callable[[Room], Awaitable[None]]


class RoomRegistry:
    """Holds each live room once. Rooms are opened from their session log by `services.opening`."""

    def __init__(
        self,
        *,
        engine: MediaEngine,
        recorder_factory: RecorderFactory,
        clock: Clock,
        captioning: Captioning | None = None,
    ) -> None:
        self.engine = engine
        self._recorder_factory = recorder_factory
        self._captioning = captioning
        self._clock = clock
        self._outlet: Outlet = Silence()
        self._keeper: Keeper | None = None
        self._rooms: dict[str, Room] = {}
        self._opening = asyncio.Lock()
        self._round: asyncio.Task[None] | None = None
        self._kept: dict[str, asyncio.Task[None]] = {}
        self._closing = False

    def set_outlet(self, outlet: Outlet) -> None:
        """Say how rooms reach browsers; called once by the signalling adapter, before any room is opened."""
        self._outlet = outlet

    def set_keeper(self, keeper: Keeper) -> None:
        """Say who looks after the rooms' clocks (`services.keeping`); called for each room every `KEEPING_SECONDS`."""
        self._keeper = keeper

    def find(self, session_id: str) -> Room | None:
        """The live room of a sitting, if it is open in this process."""
        return self._rooms.get(session_id)

    def rooms(self) -> tuple[Room, ...]:
        """All live rooms."""
        return tuple(self._rooms.values())

    async def open(self, session_id: str, load: Loader, wake: Keeper) -> Room:
        """The live room; when there is none yet, made from what `load` reads and brought to life by `wake`, once.

        Raises `Unavailable` while the server stops and at `MAX_ROOMS`, and whatever `load` and `wake` raise.
        """
        async with self._opening:
            room = self._rooms.get(session_id)
            if room is not None:
                return room
            if self._closing or len(self._rooms) >= MAX_ROOMS:
                raise Unavailable
            room = Room(
                await load(),
                engine=self.engine,
                recorder_factory=self._recorder_factory,
                clock=self._clock,
                captioning=self._captioning,
            )
            await room.open(self._outlet)
            try:
                await wake(room)
            except BaseException:
                await room.close()
                raise
            self._rooms[session_id] = room
            if self._round is None:
                self._round = asyncio.create_task(self._rounds())
            return room

    async def drop(self, session_id: str, outcome: str = "cancelled") -> None:
        """The sitting is over for a reason outside its room: tell whoever waits, then forget the room; idempotent."""
        room = self._rooms.pop(session_id, None)
        if room is None:
            return
        async with room.turn:
            for _, link in room.links.all():
                await room.links.emit(link, "ended", {"outcome": outcome})
            await room.close()

    async def retire(self, room: Room) -> None:
        """Close a room nobody is connected to and forget it; the next `open` makes it anew from the log."""
        async with room.turn:
            if room.links.all() or self._rooms.get(room.id) is not room:
                return
            await room.close()
            del self._rooms[room.id]

    async def close(self) -> None:
        """Refuse new rooms, then close every room: people, recorder, media; idempotent."""
        self._closing = True
        async with self._opening:
            await _ended([self._round, *self._kept.values()])
            while self._rooms:
                _, room = self._rooms.popitem()
                try:
                    async with room.turn:
                        await room.close()
                except Exception:  # noqa: BLE001 - one broken room must not keep the others from sealing their recordings
                    _LOG.exception("a room did not close")

    async def _rounds(self) -> None:
        while True:
            await asyncio.sleep(KEEPING_SECONDS)
            for room in self.rooms() if self._keeper else ():
                before = self._kept.get(room.id)
                if self._keeper is not None and (before is None or before.done()):
                    self._kept[room.id] = asyncio.create_task(_kept(self._keeper, room))
            for gone in self._kept.keys() - self._rooms.keys():
                del self._kept[gone]


async def _kept(keeper: Keeper, room: Room) -> None:
    try:
        await keeper(room)
    except Exception:  # noqa: BLE001 - the next round tries again; other rooms must not notice
        _LOG.exception("a room could not be looked after")


async def _ended(tasks: list[asyncio.Task[None] | None]) -> None:
    running = [task for task in tasks if task is not None]
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
