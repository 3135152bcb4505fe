"""What a judge's browser makes of sealed files: it plays them, knows their length and jumps by byte ranges."""

import asyncio
import contextlib
import itertools

import pytest
from aiohttp import web
from playwright.async_api import async_playwright

from bench._chromium import FLAGS, PROGRAM
from mediation_server.media.engine import Source
from recordings.playback import media_type
from tests.recordings.kit import a_publication, h264_stream, opus_stream, vp8_stream

PROBE = """async ([url, media, at]) => {
  const player = document.createElement(media);
  player.muted = true; player.preload = "auto"; player.src = url;
  document.body.append(player);
  const once = (name) => new Promise((resolve, reject) => {
    player.addEventListener(name, resolve, { once: true });
    player.addEventListener("error", () => reject(new Error(player.error.message)), { once: true });
  });
  await once("loadedmetadata");
  const seeked = once("seeked");
  player.currentTime = at;
  await seeked;
  while (player.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) await new Promise((r) => setTimeout(r, 20));
  const landed = player.currentTime;
  let painted = null;
  if (media === "video") {
    const canvas = document.createElement("canvas");
    canvas.width = player.videoWidth; canvas.height = player.videoHeight;
    const brush = canvas.getContext("2d");
    brush.drawImage(player, 0, 0);
    painted = [...brush.getImageData(4, 4, 1, 1).data];
  }
  await player.play();
  const until = performance.now() + 25000;
  while (player.currentTime < landed + 0.4 && performance.now() < until) await new Promise((r) => setTimeout(r, 20));
  return { duration: player.duration, landed, painted, now: player.currentTime };
}"""


@pytest.fixture
async def page():
    async with async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=PROGRAM, args=FLAGS)
        yield await browser.new_page()
        await browser.close()


PIECE = 16 << 10


@contextlib.asynccontextmanager
async def served(directory, codec):
    """The files by HTTP over a thin line: each answer is a piece of the range asked for. Yields what was asked."""
    starts = []

    async def file(request):
        data = (directory / request.match_info["name"]).read_bytes()
        start = request.http_range.start or 0
        starts.append(start)
        await asyncio.sleep(0.1)
        piece = data[start : start + PIECE]
        head = {"Content-Range": f"bytes {start}-{start + len(piece) - 1}/{len(data)}", "Accept-Ranges": "bytes"}
        return web.Response(body=piece, status=206, headers=head, content_type=media_type(codec))

    async def blank(_):
        return web.Response(text="<!doctype html><link rel=icon href=data:,><body>", content_type="text/html")

    app = web.Application()
    app.router.add_get("/{name}", file)
    app.router.add_get("/", blank)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/", starts
    await runner.cleanup()


@pytest.mark.parametrize(("codec", "stream"), [("vp8", vp8_stream), ("h264", h264_stream)])
async def test_chromium_jumps_in_a_sealed_picture(sitting, page, codec, stream):
    face = a_publication(source=Source.CAMERA, codec=codec)
    sitting.recorder.started(face)
    await sitting.play(0, [(face, stream(600, width=320, height=192))])
    manifest = await sitting.sealed()
    async with served(sitting.directory, codec) as (url, starts):
        await page.goto(url)
        there = await page.evaluate(PROBE, [url + manifest.segments[0].file, "video", 15.5])
        start = await page.evaluate(PROBE, [url + manifest.segments[0].file, "video", 0])
    assert there["duration"] == pytest.approx(20.0, abs=0.1)
    assert there["landed"] == pytest.approx(15.5, abs=0.01)
    assert there["now"] > there["landed"] + 0.3
    assert there["painted"] != start["painted"]
    assert any(later > earlier + 2 * PIECE for earlier, later in itertools.pairwise(starts))


async def test_chromium_jumps_in_a_sealed_voice(sitting, page):
    voice = a_publication()
    sitting.recorder.started(voice)
    await sitting.play(0, [(voice, opus_stream(1000))])
    manifest = await sitting.sealed()
    async with served(sitting.directory, "opus") as (url, _):
        await page.goto(url)
        heard = await page.evaluate(PROBE, [url + manifest.segments[0].file, "audio", 12.25])
    assert heard["duration"] == pytest.approx(20.0, abs=0.1)
    assert heard["landed"] == pytest.approx(12.25, abs=0.01)
    assert heard["now"] > 12.5
