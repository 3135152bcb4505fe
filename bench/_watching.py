"""What a page really plays: usable sound, frames, the longest freeze; and its media laid over a line of the relay.

Sound is judged by the browser itself: samples it had to invent (concealed) are not usable. What it invented only as
the sound behind it came later than before, and was played all the same, is not lost. Frames count when they are
painted. Knows nothing of the product's pages but that they use the web's own calls.
"""

from __future__ import annotations

from dataclasses import dataclass

from playwright.async_api import BrowserContext, Page

from bench._relay import Line

__all__ = ["SCRIPT", "Sound", "begin", "frames", "freeze_s", "lay", "next_frame_s", "sound"]

SCRIPT = """
(() => {
  const bench = { frames: 0, last: 0, longest: 0, samples: 0, concealed: 0, connections: [], waiting: [] };
  Object.assign(bench, { stretched: 0, held: 0, heldBefore: 0 });
  window.bench = bench;
  const rerouted = async (sdp) => {
    const lines = [];
    for (const line of sdp.split("\\r\\n")) {
      const found = /^(a=candidate:\\S+ 1 udp \\d+) \\S+ (\\d+) typ host/.exec(line);
      const candidate = line.startsWith("a=candidate");
      if (candidate && (window.benchTcp ? found : window.benchPort && !found)) continue; // one way only
      const port = found && window.benchPort ? await window.benchPort(Number(found[2])) : 0;
      lines.push(port ? `${found[1]} 127.0.0.1 ${port} typ host` : line);
    }
    return lines.join("\\r\\n");
  };
  const remote = new Set();
  const Native = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Native {
    constructor(...given) {
      super(...given);
      bench.connections.push(this);
      this.addEventListener("track", ({ track }) => remote.add(track.id));
    }
    async setRemoteDescription(description) {
      return super.setRemoteDescription({ type: description.type, sdp: await rerouted(description.sdp) });
    }
  };
  const painted = () => {
    const now = performance.now();
    if (bench.last) bench.longest = Math.max(bench.longest, now - bench.last);
    bench.last = now;
    bench.frames += 1;
    for (const done of bench.waiting.splice(0)) done(now);
  };
  const watch = (video) => video.requestVideoFrameCallback(() => {
    const shown = video.srcObject instanceof MediaStream ? video.srcObject.getVideoTracks() : [];
    if (shown.some(({ id }) => remote.has(id))) painted();
    watch(video);
  });
  const { get, set } = Object.getOwnPropertyDescriptor(HTMLMediaElement.prototype, "srcObject");
  const watched = new WeakSet();
  Object.defineProperty(HTMLMediaElement.prototype, "srcObject", {
    configurable: true,
    get,
    set(stream) {
      set.call(this, stream);
      if (this instanceof HTMLVideoElement && stream && !watched.has(this)) {
        watched.add(this);
        watch(this);
      }
    },
  });
  const known = new Map();
  const listen = async () => {
    for (const [index, connection] of bench.connections.entries()) {
      if (connection.connectionState === "closed") continue;
      for (const each of (await connection.getStats()).values()) {
        if (each.type !== "inbound-rtp" || each.kind !== "audio" || !each.totalSamplesReceived) continue;
        const key = `${index} ${each.ssrc}`;
        const stretched = each.insertedSamplesForDeceleration - each.removedSamplesForAcceleration;
        const now = [each.totalSamplesReceived, each.concealedSamples, stretched];
        now.push(each.jitterBufferDelay, each.jitterBufferEmittedCount);
        const grown = now.map((value, at) => value - (known.get(key) ?? now)[at]);
        bench.samples += grown[0];
        bench.concealed += grown[1];
        bench.stretched += grown[2];
        if (grown[4] > 0) bench.held = 48_000 * (grown[3] / grown[4]);
        known.set(key, now);
      }
    }
    setTimeout(listen, 100);
  };
  listen();
  const nothing = { frames: 0, longest: 0, samples: 0, concealed: 0, stretched: 0 };
  bench.begin = () => Object.assign(bench, nothing, { last: performance.now(), heldBefore: bench.held });
  bench.freeze = () => Math.max(bench.longest, performance.now() - bench.last);
  bench.next = () => {
    const asked = performance.now();
    return new Promise((done) => bench.waiting.push((now) => done(now - asked)));
  };
})();
"""


@dataclass(frozen=True, slots=True)
class Sound:
    """What was played since `begin`, in samples; `held`: so much more than then waits to be played."""

    samples: int
    concealed: int
    stretched: int = 0  # put in so as to play later, less what was left out so as to play sooner
    held: int = 0

    @property
    def usable(self) -> float | None:
        """The share that came from the other side and was not invented; None when nothing was played."""
        return 1 - self.concealed / self.samples if self.samples else None

    @property
    def lost(self) -> int:
        """Samples that were said and never played: what was put in beyond that by which all is played later now."""
        return max(0, self.concealed + self.stretched - self.held)


async def lay(context: BrowserContext, line: Line | None) -> None:
    """Watch every page of a context, and lay their media over a line if there is one."""
    if line is not None:
        await context.expose_function("benchPort", line.media_port)
    await context.add_init_script(SCRIPT)


async def begin(page: Page) -> None:
    """Count from here."""
    await page.evaluate("window.bench.begin()")


async def frames(page: Page) -> int:
    """Frames of others painted since `begin`."""
    return int(await page.evaluate("window.bench.frames"))


async def freeze_s(page: Page) -> float:
    """The longest time without a new frame of another person since `begin`, the present one too."""
    return float(await page.evaluate("window.bench.freeze()")) / 1000


async def next_frame_s(page: Page) -> float:
    """Wait for the next frame of another person; seconds from asking."""
    return float(await page.evaluate("window.bench.next()")) / 1000


async def sound(page: Page) -> Sound:
    """What was played since `begin`."""
    counted = await page.evaluate(
        "(({ samples, concealed, stretched, held, heldBefore }) =>"
        " [samples, concealed, stretched, held - heldBefore])(window.bench)"
    )
    return Sound(*(int(each) for each in counted))
