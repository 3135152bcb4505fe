import json

import pytest
from aiohttp import web

from bench._people import chromium, window
from bench.join import STOPWATCH, build_report

TEN_JOINS = [200.0] * 9 + [400.0]
PAGE = """<!doctype html><button id="enter-button">enter</button><video id="own" muted autoplay></video>
<video id="other" muted autoplay></video>
<script type="module">
  const own = await navigator.mediaDevices.getUserMedia({ video: true });
  document.querySelector("#own").srcObject = own;
  await new Promise((done) => document.querySelector("#own").requestVideoFrameCallback(done));
  window.ownPainted = true;
  await new Promise((done) => document.querySelector("#enter-button").addEventListener("click", done));
  const [near, far] = [new RTCPeerConnection(), new RTCPeerConnection()];
  near.onicecandidate = ({ candidate }) => far.addIceCandidate(candidate);
  far.onicecandidate = ({ candidate }) => near.addIceCandidate(candidate);
  far.ontrack = ({ track }) => { document.querySelector("#other").srcObject = new MediaStream([track]); };
  near.addTrack(own.getVideoTracks()[0]);
  await near.setLocalDescription();
  await far.setRemoteDescription(near.localDescription);
  await far.setLocalDescription();
  await near.setRemoteDescription(far.localDescription);
</script>"""


@pytest.fixture
async def page():
    app = web.Application()
    app.router.add_get("/", _page)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    async with chromium() as browser, window(browser, STOPWATCH) as opened:
        await opened.goto(f"http://127.0.0.1:{port}/")
        yield opened
    await runner.cleanup()


async def _page(request):
    return web.Response(text=PAGE, content_type="text/html")


async def test_the_stopwatch_runs_from_the_click_to_the_first_frame_of_somebody_else(page):
    await page.wait_for_function("window.ownPainted")
    assert await page.evaluate("Promise.race([window.benchFrame, 'not yet'])") == "not yet"

    before = await page.evaluate("performance.timeOrigin + performance.now()")
    await page.click("#enter-button")
    taken = await page.evaluate("window.benchFrame")
    after = await page.evaluate("performance.timeOrigin + performance.now()")

    assert 0 < taken <= after - before


def test_figures_are_median_and_95th_percentile():
    figures = json.loads(build_report(TEN_JOINS, "Chromium").as_json())["figures"]

    assert figures == {"median_ms": 200.0, "p95_ms": 400.0}


@pytest.mark.parametrize(("ms", "ok"), [(250.0, True), (250.1, False)])
def test_the_target_is_a_quarter_of_a_second(ms, ok):
    assert build_report([ms] * 10, "Chromium").ok is ok


def test_what_could_not_be_measured_is_null_and_said():
    report = build_report([], "", ("the product did not start",))

    assert report.figures == {"median_ms": None, "p95_ms": None}
    assert not report.ok
