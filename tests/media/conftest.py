"""Engines under test: each one in the contract suite's parameters, on a free loopback port."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from mediation_server.media.embedded import EmbeddedEngine
from mediation_server.media.embedded.certificate import new_certificate
from mediation_server.media.embedded.limits import Limits
from mediation_server.media.engine import EngineEvent, MediaEngine
from mediation_server.media.farm import FarmEngine, FarmLimits, Order
from tests.media.peer import HOST, ROOM, Peer, Sink

ENGINES = {
    "compiled": lambda: EmbeddedEngine(HOST, 0, [HOST]),
    "in_python": lambda: EmbeddedEngine(HOST, 0, [HOST], limits=Limits(compiled=False)),
}
CONTRACT = {**ENGINES, "in_workers": lambda: FarmEngine([farm_order()])}


def farm_order(port=0, **paces):
    """A worker on loopback, by itself on a free port."""
    return Order(HOST, port, (HOST,), new_certificate(), paces=FarmLimits(**paces))


@pytest.fixture(params=sorted(ENGINES))
async def engine(request: pytest.FixtureRequest) -> AsyncIterator[MediaEngine]:
    """A started engine with one room; afterwards no task of it is left."""
    before = asyncio.all_tasks()
    made = CONTRACT[request.param]()
    await made.start()
    await made.open_room(ROOM)
    yield made
    await made.close()
    await asyncio.sleep(0)
    left = [task for task in asyncio.all_tasks() - before - {asyncio.current_task()} if not task.done()]
    assert not left, f"tasks left behind: {left}"


@pytest.fixture
def events(engine: MediaEngine) -> list[EngineEvent]:
    """Everything the engine tells about the room."""
    heard: list[EngineEvent] = []
    engine.listen(ROOM, heard.append)
    return heard


@pytest.fixture
async def peer(engine: MediaEngine) -> AsyncIterator[Callable[[str], Peer]]:
    """Makes members; they leave at the end."""
    made: list[Peer] = []

    def make(name: str) -> Peer:
        made.append(Peer(engine, name))
        return made[-1]

    yield make
    for each in made:
        await each.close()


@pytest.fixture
def sink() -> Sink:
    """A recorder that only remembers."""
    return Sink()
