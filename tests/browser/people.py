"""People in front of real Chromium windows, each with a picture and a voice of their own."""

import asyncio
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Page, async_playwright

from bench._chromium import FLAGS, PROGRAM
from tests.browser.likeness import Likeness, make_picture, make_voice

# The tests ask every connection of a page what arrived on it, whether the page shows it or not.
WATCH_CONNECTIONS = """
  window.watchedConnections = [];
  window.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(...given) { super(...given); window.watchedConnections.push(this); }
  };
"""


@asynccontextmanager
async def sitting_at_a_browser(likeness: Likeness | None, directory: Path, *, shares: str = "", **options):
    """A window of its own process and profile; options go to the browser context (locale, viewport, …).

    `shares` is the title, in ASCII, of the tab this person picks when the browser asks what to share.
    """
    flags = list(FLAGS)
    if shares:
        flags.remove("--use-fake-ui-for-media-stream")  # it would share an invented screen
        flags.append(f"--auto-select-tab-capture-source-by-title={shares}")
    if likeness:
        picture = make_picture(likeness, directory / f"{likeness.name}.y4m")
        voice = make_voice(likeness, directory / f"{likeness.name}.wav")
        flags += [f"--use-file-for-fake-video-capture={picture}", f"--use-file-for-fake-audio-capture={voice}"]
    options.setdefault("locale", "zh-CN")
    options.setdefault("viewport", {"width": 1280, "height": 800})
    options.setdefault("permissions", ["camera", "microphone"] if likeness else [])
    async with async_playwright() as playwright:
        context = await playwright.chromium.launch_persistent_context(
            str(directory / f"profile-{likeness.name if likeness else 'nobody'}-{id(options)}"),
            executable_path=PROGRAM,
            headless=True,
            args=flags,
            ignore_https_errors=True,
            **options,
        )
        await context.add_init_script(WATCH_CONNECTIONS)
        try:
            yield context.pages[0]
        finally:
            await context.close()


def everything_told(page: Page) -> list[str]:
    """What the server says to the page over its sockets from now on, also what the page does not show."""
    frames: list[str] = []
    page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: frames.append(str(frame))))
    return frames


async def until(page: Page, expression: str, seconds: float = 20) -> None:
    """Wait for a JavaScript condition; Playwright's own way of asking needs `unsafe-eval`, which our pages forbid."""
    async with asyncio.timeout(seconds):
        while not await page.evaluate(expression):
            await page.wait_for_timeout(50)


async def media_packets(page: Page) -> int:
    """RTP packets received so far on all connections of the page, whatever it does with them."""
    return await page.evaluate(
        """async () => {
          let packets = 0;
          for (const connection of window.watchedConnections) {
            if (connection.connectionState === 'closed') continue;
            for (const report of (await connection.getStats()).values()) {
              if (report.type === 'inbound-rtp') packets += report.packetsReceived;
            }
          }
          return packets;
        }"""
    )


async def colour_of(page: Page, selector: str) -> tuple[int, int, int]:
    """The colour in the middle of a playing <video>."""
    return tuple(
        await page.eval_on_selector(
            selector,
            """async video => {
              await new Promise(done => video.requestVideoFrameCallback(done));
              const canvas = Object.assign(document.createElement('canvas'), {width: 16, height: 16});
              const context = canvas.getContext('2d');
              context.drawImage(video, video.videoWidth * .4, video.videoHeight * .5, 32, 32, 0, 0, 16, 16);
              return Array.from(context.getImageData(8, 8, 1, 1).data.slice(0, 3));
            }""",
        )
    )


async def loudness_of(page: Page, selector: str, tones: list[int], seconds: float = 1.5) -> dict[int, float]:
    """Peak level in dB of each tone in what a media element plays, listened to for a while."""
    levels = await page.eval_on_selector(
        selector,
        """async (element, [tones, seconds]) => {
          const context = new AudioContext();
          const analyser = Object.assign(context.createAnalyser(), {fftSize: 4096, smoothingTimeConstant: 0});
          context.createMediaStreamSource(element.srcObject).connect(analyser);
          const bins = new Float32Array(analyser.frequencyBinCount);
          const best = tones.map(() => -200);
          const until = performance.now() + seconds * 1000;
          while (performance.now() < until) {
            await new Promise(done => setTimeout(done, 40));
            analyser.getFloatFrequencyData(bins);
            tones.forEach((tone, index) => {
              const bin = Math.round(tone * analyser.fftSize / context.sampleRate);
              best[index] = Math.max(best[index], ...bins.slice(bin - 1, bin + 2));
            });
          }
          await context.close();
          return best.map(level => Number.isFinite(level) ? level : -200);
        }""",
        [tones, seconds],
    )
    return dict(zip(tones, levels, strict=True))


def looks_like(colour: tuple[int, int, int], likeness: Likeness, tolerance: int = 60) -> bool:
    """Whether a colour is that person's, allowing for the codec."""
    return all(abs(seen - meant) <= tolerance for seen, meant in zip(colour, likeness.rgb, strict=True))
