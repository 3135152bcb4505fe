"""What receivers get of pictures, counted by layer."""

from __future__ import annotations

import pytest

from mediation_server.media.embedded import EmbeddedEngine
from tests.media.peer import HOST, ROOM, Peer, until


@pytest.fixture
async def engine():
    made = EmbeddedEngine(HOST, 0, [HOST])
    await made.start()
    await made.open_room(ROOM)
    yield made
    await made.close()


async def test_pictures_are_counted_as_they_are_received_and_voices_are_not(engine):
    await engine.set_audience(ROOM, {"ada": frozenset({"bob", "cid"})})
    ada, bob, cid = Peer(engine, "ada"), Peer(engine, "bob"), Peer(engine, "cid")
    await ada.publish()
    for each in (bob, cid):
        await each.subscribe(ada.microphone, ada.camera)
    assert engine.load().layers == {"waiting": 2}
    ada.camera.key()
    await until(lambda: engine.load().layers == {"single": 2})
    await engine.set_layer(ROOM, "bob", ada.camera.publication.id, "off")
    await until(lambda: engine.load().layers == {"single": 1, "off": 1})
    assert engine.load().transports == 3
    for each in (ada, bob, cid):
        await each.close()
