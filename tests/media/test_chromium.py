"""Two real Chromium contexts against the embedded engine: both ways, both codecs, every kind of renegotiation."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from playwright.async_api import Browser, Page, async_playwright

from bench._chromium import FLAGS, PROGRAM
from mediation_server.media.engine import PublicationEnded, Source
from tests.media.peer import ROOM, until

PAGE = (Path(__file__).parent / "page.html").read_text(encoding="utf-8")


def application(engine):
    """The three requests of the port over HTTP."""

    async def publish(request):
        body = json.loads(await request.text())
        sources = {mid: Source(source) for mid, source in body["sources"].items()}
        answer = await engine.publish(ROOM, body["member"], body["sdp"], sources)
        return web.json_response({"sdp": answer.sdp, "ids": [each.id for each in answer.publications]})

    async def subscribe(request):
        body = json.loads(await request.text())
        offer = await engine.subscribe(ROOM, body["member"], body["publications"], fresh=body["fresh"])
        return web.json_response({"sdp": offer.sdp, "revision": offer.revision, "mids": dict(offer.mids)})

    async def answer(request):
        body = json.loads(await request.text())
        await engine.answer(ROOM, body["member"], body["revision"], body["sdp"])
        return web.json_response({})

    async def page(_):
        return web.Response(text=PAGE, content_type="text/html")

    made = web.Application()
    made.add_routes([web.get("/", page), web.post("/publish", publish)])
    made.add_routes([web.post("/subscribe", subscribe), web.post("/answer", answer)])
    return made


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=PROGRAM, headless=True, args=FLAGS)
        yield chromium
        await chromium.close()


@pytest.fixture
async def pages(engine, browser) -> AsyncIterator[tuple[Page, Page]]:
    runner = web.AppRunner(application(engine), access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    found = []
    for _ in "ab":
        context = await browser.new_context()
        found.append(await context.new_page())
        await found[-1].goto(f"http://127.0.0.1:{runner.addresses[0][1]}/")
    await engine.set_audience(ROOM, {"a": frozenset({"b"}), "b": frozenset({"a"})})
    yield found[0], found[1]
    for page in found:
        await page.context.close()
    await runner.cleanup()


async def figure(page, connection, kind, name, stream="inbound-rtp"):
    """One number from the browser's own statistics, summed over streams."""
    found = await page.evaluate(f"figures(window.{connection}, '{stream}', '{kind}')")
    return sum(each.get(name, 0) for each in found)


async def reaches(page, kind, name, least, *, connection="down", stream="inbound-rtp"):
    """Wait until a figure is as large as that."""
    deadline = asyncio.get_running_loop().time() + 15
    while (value := await figure(page, connection, kind, name, stream)) < least:
        assert asyncio.get_running_loop().time() < deadline, f"{kind} {name} is {value}, not {least}"
        await asyncio.sleep(0.05)


async def packets_of(page):
    """Everything received so far."""
    return sum([await figure(page, "down", kind, "packetsReceived") for kind in ("video", "audio")])


async def settled(page):
    """The count of packets once what was on its way has come and nothing follows for 300 ms."""
    before = -1
    while (count := await packets_of(page)) != before:
        before = count
        await asyncio.sleep(0.3)
    return count


@pytest.mark.parametrize("codec", ["VP8", "H264"])
async def test_two_browsers_see_and_hear_each_other_in_720p(engine, pages, codec):
    a, b = pages
    from_a = await a.evaluate(f"publish('a', '{codec}')")
    from_b = await b.evaluate(f"publish('b', '{codec}')")
    await a.evaluate("ids => subscribe('a', ids, true)", from_b)
    await b.evaluate("ids => subscribe('b', ids, true)", from_a)
    for page in pages:
        await reaches(page, "video", "framesDecoded", 20)
        await reaches(page, "video", "frameWidth", 1280)
        await reaches(page, "audio", "totalSamplesReceived", 48_000)
        await reaches(page, "audio", "totalAudioEnergy", 0.001)
        await reaches(page, "video", "targetBitrate", 1_000_000, connection="up", stream="outbound-rtp")
        assert await figure(page, "down", "video", "packetsLost") == 0
    codecs = {each.info.codec for each in engine._rooms[ROOM].publications.values()}
    assert codecs == {"opus", codec.lower()}


async def test_a_caucus_cuts_a_browser_off_and_lets_it_back_in(engine, pages):
    a, b = pages
    ids = await a.evaluate("publish('a', 'VP8')")
    await b.evaluate("ids => subscribe('b', ids, true)", ids)
    await reaches(b, "video", "framesDecoded", 5)
    await engine.set_audience(ROOM, {})
    packets = await settled(b)
    sent = engine.load().packets_in
    await until(lambda: engine.load().packets_in > sent + 50)
    assert await packets_of(b) == packets
    frames = await figure(b, "down", "video", "framesDecoded")
    await engine.set_audience(ROOM, {"a": frozenset({"b"})})
    await reaches(b, "video", "framesDecoded", frames + 5)
    assert await figure(b, "down", "video", "packetsLost") == 0


async def test_a_browser_restarts_ice_and_media_goes_on(engine, pages):
    a, b = pages
    ids = await a.evaluate("publish('a', 'VP8')")
    await b.evaluate("ids => subscribe('b', ids, true)", ids)
    await reaches(b, "video", "framesDecoded", 5)
    assert await a.evaluate("negotiate('a', true)") == ids
    frames = await figure(b, "down", "video", "framesDecoded")
    await reaches(b, "video", "framesDecoded", frames + 20)
    assert engine.load().transports == 2


async def test_m_sections_are_used_again_for_a_track_that_comes_back(engine, events, pages):
    a, b = pages
    first = await a.evaluate("publish('a', 'VP8')")
    assert await b.evaluate("ids => subscribe('b', ids, true)", first) == {"0": first[0], "1": first[1]}
    await reaches(b, "video", "framesDecoded", 5)
    await a.evaluate("up.getTransceivers()[1].direction = 'inactive'; negotiate('a')")
    await until(lambda: any(isinstance(each, PublicationEnded) for each in events))
    assert await b.evaluate("ids => subscribe('b', ids, false)", first[:1]) == {"0": first[0]}
    second = await a.evaluate("up.getTransceivers()[1].direction = 'sendonly'; negotiate('a')")
    assert second[0] == first[0]
    assert second[1] != first[1]
    assert await b.evaluate("ids => subscribe('b', ids, false)", second) == {"0": second[0], "1": second[1]}
    frames = await figure(b, "down", "video", "framesDecoded")
    await reaches(b, "video", "framesDecoded", max(frames, 1) + 5)


async def test_a_reloaded_browser_is_back_in_the_picture(engine, pages):
    a, b = pages
    ids = await a.evaluate("publish('a', 'VP8')")
    await b.evaluate("ids => subscribe('b', ids, true)", ids)
    await reaches(b, "video", "framesDecoded", 5)
    await b.reload()
    await b.evaluate("ids => subscribe('b', ids, true)", ids)
    await reaches(b, "video", "framesDecoded", 5)
    assert engine.load().transports == 2
