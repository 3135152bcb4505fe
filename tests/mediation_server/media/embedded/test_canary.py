"""The canary gets its own packets back over a real port, and nobody else gets them."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path

import pytest

from mediation_server.media.embedded import EmbeddedEngine, far_end
from mediation_server.media.embedded.canary import CanaryBird
from mediation_server.media.embedded.dtls import DtlsAssociation
from mediation_server.media.embedded.far_end import Remote
from mediation_server.media.engine import CANARY_ROOM, PublicationStarted, Source
from tests.court_world import eventually
from tests.media.blocking import blocked
from tests.media.peer import ROOM, Peer

HOST = "127.0.0.1"


@pytest.fixture
async def engine():
    made = EmbeddedEngine(HOST, 0, [HOST])
    await made.start()
    yield made
    await made.close()


async def test_its_own_packets_come_back_and_its_room_is_gone(engine):
    bird = CanaryBird(engine)
    for round_ in (1, 2):
        await asyncio.wait_for(bird.sing(), 5)
        load = engine.load()
        assert (load.packets_in >= 3 * round_, load.packets_out >= 3 * round_) == (True, True)
    assert CANARY_ROOM not in engine._rooms
    assert engine._udp._peers == {}


async def test_it_counts_neither_as_a_room_nor_as_transports_while_it_sings(engine):
    seen = []
    await engine.open_room(CANARY_ROOM)
    engine.listen(CANARY_ROOM, seen.append)  # called while its packets flow
    loads = []
    async with asyncio.timeout(5):
        singing = asyncio.create_task(CanaryBird(engine).sing())
        while not singing.done():
            if any(isinstance(each, PublicationStarted) for each in seen):
                loads.append((engine.load().rooms, engine.load().transports, len(engine._rooms)))
            await asyncio.sleep(0)
        await singing
    assert (0, 0, 1) in loads
    assert {(rooms, transports) for rooms, transports, _ in loads} == {(0, 0)}


async def test_people_in_other_rooms_get_none_of_it_and_cannot_reach_in(engine):
    await engine.open_room(ROOM)
    await engine.set_audience(ROOM, {"ada": frozenset({"bob"}), "canary": frozenset({"bob"})})
    ada, bob = Peer(engine, "ada"), Peer(engine, "bob")
    await ada.publish()
    await bob.subscribe(ada.microphone)
    await asyncio.wait_for(CanaryBird(engine).sing(), 5)
    assert bob.down.rtp == []
    assert engine.load().rooms == 1
    await ada.close()
    await bob.close()


async def test_a_blocked_port_ends_the_round_at_the_line_and_leaves_nothing_behind(engine):
    bird = CanaryBird(engine)
    with blocked(engine):
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(bird.sing(), 0.5)
        assert bird.stage == "line"
        assert (CANARY_ROOM in engine._rooms, engine.load().packets_in) == (False, 0)
    await asyncio.wait_for(bird.sing(), 5)


def sockets():
    found = []
    for each in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):
            found.append(each.readlink().name)
    return {each for each in found if each.startswith("socket:")}


@pytest.mark.parametrize("where", ["line", "room"])
async def test_a_round_that_is_cut_short_while_it_tidies_up_leaves_no_socket(engine, monkeypatch, where):
    before, reached = sockets(), asyncio.Event()

    async def for_ever(*_):
        reached.set()
        await asyncio.Event().wait()

    class Held(DtlsAssociation):
        async def close(self):
            await super().close()
            await for_ever()

    monkeypatch.setattr(*((far_end, "DtlsAssociation", Held) if where == "line" else (engine, "close_room", for_ever)))
    singing = asyncio.create_task(CanaryBird(engine).sing())
    await eventually(lambda: engine.load().packets_out >= 1, "its packets to come back")
    singing.cancel()
    await reached.wait()
    singing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await singing
    monkeypatch.undo()
    await engine.close_room(CANARY_ROOM)
    await eventually(lambda: sockets() == before, "its sockets to be closed")


async def test_an_engine_that_takes_packets_and_forwards_none_is_found_out(engine):
    bird = CanaryBird(engine)
    await engine.open_room(CANARY_ROOM)
    await engine.mute(CANARY_ROOM, "canary", Source.MICROPHONE, muted=True)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(bird.sing(), 1)
    assert bird.stage == "media"
    assert engine.load().packets_in > 0


async def test_it_calls_where_it_is_told_to_instead_of_where_browsers_are(engine):
    elsewhere = EmbeddedEngine(HOST, 0, ["192.0.2.1"])
    await elsewhere.start()
    await asyncio.wait_for(CanaryBird(elsewhere, HOST).sing(), 5)
    await elsewhere.close()


def test_a_description_without_a_transport_is_refused():
    with pytest.raises(ConnectionError):
        Remote.of("v=0\r\n")
