"""A sitting whose media lives in worker processes: caucuses hold across them, and a lost worker costs seconds only."""

from __future__ import annotations

import os
import signal

import pytest

from mediation_server.domain.log import EventKind
from mediation_server.media.farm import FarmEngine, orders_of
from mediation_server.services.keeping import keep
from tests.journeys.test_media_in_rooms import on_air, said, seated, tuned
from tests.media.conftest import farm_order
from tests.signaling.browsers import eventually, served


@pytest.fixture
async def engine():
    made = FarmEngine(orders_of(farm_order(), 2))
    await made.start()
    yield made
    await made.close()


@pytest.fixture
async def server(tmp_path, engine):
    async with served(tmp_path, engine=engine) as made:
        yield made


async def everybody(server, browsers):
    peers = [await on_air(server, each) for each in browsers]
    for peer, browser in zip(peers, browsers, strict=True):
        await tuned(peer, browser, 4)
    return peers


async def left(peers):
    for each in peers:
        await each.close()


async def test_what_is_said_in_a_caucus_reaches_nobody_else(server):
    browsers = await seated(server)
    mediator, zhou, lin = peers = await everybody(server, browsers)
    recorder = server.world.recorders[0]
    await said(zhou, b"joint", mediator, lin)
    await eventually(lambda: any(packet.endswith(b"joint") for packet in recorder.packets))
    assert await browsers[0].ask("open_caucus", {"side": "applicant", "minutes": 5}) == {"ok": True}
    await said(zhou, b"secret of zhou", mediator)
    await said(mediator, b"secret of the mediator", zhou)
    assert await browsers[0].ask("close_caucus") == {"ok": True}
    for browser in browsers:
        assert await browser.ask("devices", {"microphone": True}) == {"ok": True}
    await said(zhou, b"joint again", mediator, lin)
    await eventually(lambda: any(packet.endswith(b"joint again") for packet in recorder.packets))
    everything = b"".join(packet.payload for packet in lin.down.rtp) + b"".join(recorder.packets)
    assert b"secret" not in everything
    await left(peers)


async def test_a_lost_worker_costs_everybody_a_new_connection_and_the_record_says_so(server, engine):
    browsers = await seated(server)
    room, recorder = server.world.room, server.world.recorders[0]
    mediator, zhou, lin = peers = await everybody(server, browsers)
    await said(zhou, b"before", mediator, lin)
    lost = engine.worker_of(room.id)
    offers = [len(browser.told("offer")) for browser in browsers]
    os.kill(lost, signal.SIGKILL)
    await eventually(lambda: all(browser.told("renew") == [{}] for browser in browsers))
    assert engine.worker_of(room.id) != lost
    assert recorder.deeds[-1] == "pause fault"
    again = [await on_air(server, each) for each in browsers]
    assert recorder.deeds[-1] == "resume"
    for peer, browser, before in zip(again, browsers, offers, strict=True):
        await eventually(lambda browser=browser, before=before: len(browser.told("offer")) > before)
        await tuned(peer, browser, 4)
    await said(again[1], b"after", again[0], again[2])
    await eventually(lambda: any(packet.endswith(b"after") for packet in recorder.packets))
    await keep(server.world.ctx, room)
    logged = [(each.kind, each.payload) for each in await server.world.log()]
    [loss] = [payload for kind, payload in logged if kind is EventKind.MEDIA_LOST]
    [back] = [payload for kind, payload in logged if kind is EventKind.MEDIA_BACK]
    assert loss["reason"] == "crashed"
    assert loss["at_ms"] <= back["at_ms"]
    assert not room.outage.pending()
    await left(peers)
    await left(again)


async def test_a_caucus_is_still_one_when_its_worker_is_lost(server, engine):
    browsers = await seated(server)
    mediator, zhou, lin = peers = await everybody(server, browsers)
    recorder = server.world.recorders[0]
    assert await browsers[0].ask("open_caucus", {"side": "applicant", "minutes": 5}) == {"ok": True}
    await said(zhou, b"secret", mediator)
    os.kill(engine.worker_of(server.world.room.id), signal.SIGKILL)
    await eventually(lambda: all(browser.told("renew") for browser in browsers))
    assert recorder.deeds[-1] == "pause caucus"
    again = [await on_air(server, each) for each in browsers[:2]]
    for peer, browser in zip(again, browsers, strict=False):
        await tuned(peer, browser, 2)
    await said(again[1], b"secret again", again[0])
    seen = b"".join(packet.payload for packet in lin.down.rtp)
    assert b"secret" not in seen + b"".join(recorder.packets)
    assert "resume" not in recorder.deeds
    await left(peers)
    await left(again)
