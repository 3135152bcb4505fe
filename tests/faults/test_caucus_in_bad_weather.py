"""Every scenario of a bad line while a caucus is open: nothing of it reaches anybody else, and media comes back."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from bench._relay import Line
from bench._weather import SCENARIOS, Weather, load
from mediation_server.media.embedded import EmbeddedEngine
from tests.journeys.test_media_in_rooms import on_air, said, seated, tuned
from tests.media.peer import HOST, VP8_KEY
from tests.signaling.browsers import eventually, served

NAMES = sorted(path.stem for path in SCENARIOS.glob("*.json"))
WORDS = 12


@pytest.fixture
async def engine():
    made = EmbeddedEngine(HOST, 0, [HOST])
    await made.start()
    yield made
    await made.close()


@pytest.fixture
async def server(tmp_path, engine):
    async with served(tmp_path, engine=engine) as made:
        yield made


@pytest.fixture
async def line(engine):
    made = await Line(f"http://{HOST}:1/", seed=1).open()
    yield made
    await made.close()


async def reroute(peer, line, engine):
    """Both connections of a peer go over the line from now on."""
    for wire in (peer.up, peer.down):
        wire.remote = replace(wire.remote, port=await line.media_port(engine.port))
        await wire.check(nominate=True)


async def speak(peers, words):
    """Say something a few times, whether or not it arrives."""
    for number in range(WORDS):
        for peer in peers:
            peer.camera.key(words + b" %d" % number)
            peer.microphone.send(words)
        await asyncio.sleep(0.02)


@pytest.mark.parametrize("name", NAMES)
async def test_a_caucus_reaches_nobody_else_whatever_the_line_does(server, engine, line, name):
    browsers = await seated(server)
    mediator, zhou, lin = peers = [await on_air(server, each) for each in browsers]
    for peer, browser in zip(peers, browsers, strict=True):
        await tuned(peer, browser, 4)
        await reroute(peer, line, engine)
    recorder = server.world.recorders[0]
    await said(zhou, b"joint", mediator, lin)
    line.weather = load(name, "short").steps[0].weather  # what is sent before the fence may arrive long after it
    await speak((mediator, zhou, lin), b"before")
    assert await browsers[0].ask("open_caucus", {"side": "applicant", "minutes": 5}) == {"ok": True}
    for step in load(name, "short").steps:
        line.weather = step.weather
        if step.move:
            line.move()
        await speak((mediator, zhou), b"secret")
        lin.nack(zhou.camera, *range(1_000, 1_100))
        lin.picture_lost(zhou.camera)
    line.weather = Weather()
    assert await browsers[0].ask("close_caucus") == {"ok": True}
    for browser in browsers:
        assert await browser.ask("devices", {"microphone": True}) == {"ok": True}
    await said(zhou, b"joint again", mediator, lin)
    await eventually(lambda: any(packet.endswith(b"joint again") for packet in recorder.packets))
    received = [packet.payload for packet in lin.down.rtp]
    assert VP8_KEY + b"joint again" in received
    assert [payload for payload in received if b"secret" in payload] == []
    assert [packet for packet in recorder.packets if b"secret" in packet] == []
    for peer in peers:
        await peer.close()


@pytest.mark.parametrize("name", NAMES)
async def test_media_is_back_by_itself_when_the_weather_is_fair_again(server, engine, line, name):
    browsers = await seated(server)
    mediator, zhou, lin = peers = [await on_air(server, each) for each in browsers]
    for peer, browser in zip(peers, browsers, strict=True):
        await tuned(peer, browser, 4)
        await reroute(peer, line, engine)
    for step in load(name, "short").steps:
        line.weather = step.weather
        if step.move:
            line.move()
        await speak(peers, b"through")
    line.weather = Weather()
    await said(zhou, b"all is well", mediator, lin)
    await said(lin, b"here too", mediator, zhou)
    for peer in peers:
        await peer.close()
