import json

import pytest
from aiohttp import web

from bench._people import chromium, window
from bench.join import STOPWATCH, Joins, build_report

TEN_JOINS = Joins([100.0] * 9 + [240.0], [600.0, 700.0, 900.0])
PAGE = """<!doctype html><button id="enter-button">enter</button><video id="own" muted autoplay></video>
<video id="other" data-participant="far" style="visibility: hidden" muted autoplay></video>
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
  const other = document.querySelector("#other"); // plays for a while before it is to be seen
  await new Promise((done) => other.requestVideoFrameCallback(() => other.requestVideoFrameCallback(done)));
  window.shown = performance.timeOrigin + performance.now();
  other.style.visibility = "visible";
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


async def test_the_stopwatch_runs_from_the_click_until_somebody_else_is_seen(page):
    await page.wait_for_function("window.ownPainted")
    assert await page.evaluate("Promise.race([window.benchFrame, 'not yet'])") == "not yet"

    before = await page.evaluate("performance.timeOrigin + performance.now()")
    await page.click("#enter-button")
    painted = await page.evaluate("window.benchFrame")
    pressed = await page.evaluate("Number(sessionStorage.getItem('benchPressed'))")
    after = await page.evaluate("performance.timeOrigin + performance.now()")

    assert before <= pressed < await page.evaluate("window.shown") < painted <= after


def test_figures_are_median_and_95th_percentile():
    figures = json.loads(build_report(TEN_JOINS, "Chromium").as_json())["figures"]

    assert figures == {"median_ms": 100.0, "p95_ms": 240.0, "admitted_ms": 700.0}


@pytest.mark.parametrize(
    ("joins", "ok"),
    [([140.0] * 10, True), ([140.1] * 10, False), ([100.0] * 9 + [250.0], True), ([100.0] * 9 + [250.1], False)],
)
def test_half_are_there_within_140_ms_and_nearly_all_within_a_quarter_of_a_second(joins, ok):
    assert build_report(Joins(joins), "Chromium").ok is ok


def test_what_could_not_be_measured_is_null_and_said():
    report = build_report(Joins(), "", ("the product did not start",))

    assert report.figures == {"median_ms": None, "p95_ms": None, "admitted_ms": None}
    assert not report.ok
