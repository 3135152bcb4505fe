"""A real camera in three encodings: the picture changes its size without standing still, and stops when not seen."""

import asyncio

import pytest

from mediation_server.media.engine import DataUse, Source, Watching
from tests.media.peer import ROOM
from tests.media.test_chromium import browser, figure, pages, reaches

__all__ = ["browser", "pages"]

LONGEST_STOP = 1.0  # s between two pictures while the encoding changes, on a machine that has time
TIMES_AS_LONG = 3  # as the longest between two pictures when nothing changes, on one that has none


async def looks(engine, height, data=DataUse.FULL):
    await engine.look(ROOM, "b", Watching({("a", Source.CAMERA): height}, data))


@pytest.fixture
async def watched(engine, pages):
    """Browser a sends three encodings, b receives."""
    a, b = pages
    ids = await a.evaluate("publish('a', 'VP8', 3)")
    await b.evaluate("ids => subscribe('b', ids, true)", ids)
    await looks(engine, 720)
    await reaches(b, "video", "frameWidth", 1280)
    return b


async def longest_until(page, happened):
    """The longest time between two pictures until something is true; frames must go on all the while."""
    loop = asyncio.get_running_loop()
    deadline, frames, moved = loop.time() + 15, 0, loop.time()
    longest = 0.0
    while not await happened():
        assert loop.time() < deadline, "it did not happen in time"
        count = await figure(page, "down", "video", "framesDecoded")
        if count != frames:
            longest, frames, moved = max(longest, loop.time() - moved), count, loop.time()
        await asyncio.sleep(0.02)
    return max(longest, loop.time() - moved)


async def becomes(page, width):
    """Wait until pictures of that width are shown; the longest stop on the way, in seconds."""

    async def shown():
        return await figure(page, "down", "video", "frameWidth") == width

    return await longest_until(page, shown)


async def goes_on(page, pictures=20):
    """The longest stop in so many pictures, in seconds."""
    last = await figure(page, "down", "video", "framesDecoded") + pictures

    async def came():
        return await figure(page, "down", "video", "framesDecoded") >= last

    return await longest_until(page, came)


async def test_the_picture_changes_its_size_without_standing_still(engine, watched):
    calm, stops = await goes_on(watched), []
    for height, width in ((180, 320), (720, 1280), (360, 640), (180, 320), (720, 1280)):
        await looks(engine, height)
        stops.append(await becomes(watched, width))
        calm = max(calm, await goes_on(watched))
    assert max(stops) < max(LONGEST_STOP, TIMES_AS_LONG * calm), (stops, calm)
    assert await figure(watched, "down", "video", "packetsLost") == 0


async def test_a_hidden_tile_stops_its_packets_and_comes_back(engine, watched):
    await looks(engine, 0)
    await settled_video(watched)
    before = await figure(watched, "down", "video", "packetsReceived")
    sound = await figure(watched, "down", "audio", "packetsReceived")
    await reaches(watched, "audio", "packetsReceived", sound + 40)
    assert await figure(watched, "down", "video", "packetsReceived") == before
    frames = await figure(watched, "down", "video", "framesDecoded")
    await looks(engine, 720)
    await reaches(watched, "video", "framesDecoded", frames + 10)


async def test_saving_data_leaves_the_voice_and_small_pictures(engine, watched):
    await looks(engine, 720, DataUse.LOW)
    await becomes(watched, 320)
    await looks(engine, 720, DataUse.AUDIO)
    await settled_video(watched)
    before = await figure(watched, "down", "video", "packetsReceived")
    sound = await figure(watched, "down", "audio", "packetsReceived")
    await reaches(watched, "audio", "packetsReceived", sound + 40)
    assert await figure(watched, "down", "video", "packetsReceived") == before


async def settled_video(page):
    """What was on its way has come."""
    before = -1
    while (count := await figure(page, "down", "video", "packetsReceived")) != before:
        before = count
        await asyncio.sleep(0.3)
