/**
 * How long received voices wait before they are played: longer while words are missing, so that what comes late or is sent
 * again is still in time; at once again when the line is good. Knows no DOM and no signalling.
 */

/** @typedef {import("../../../types/room").RemoteTrack} RemoteTrack */
/** @typedef {{packets: number, samples: number, gaps: number}} Counts */
/** @typedef {{before: Counts, step: number, calm: number}} State */

const LOOK_MS = 500;
/** A browser keeps about half of what it is asked for while packets come unevenly. */
const STEPS_MS = [null, 300, 500, 700];
/** The part of a voice that is made up and can be heard, above which it waits longer. */
const GAPS = 0.02;
/** Packets in one look; fewer say nothing, and nothing at all is an outage, for which nobody need wait. */
const TELLING = 10;
/** Looks without a gap after which it waits a step less. */
const CALM_LOOKS = 20;

export class Patience {
  /** @type {WeakMap<RTCRtpReceiver, State>} */
  #states = new WeakMap();
  #tracks;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #timer;

  /** @param {() => RemoteTrack[]} tracks what is received now */
  constructor(tracks) {
    this.#tracks = tracks;
  }

  begin() {
    this.#timer ??= setInterval(() => void this.look(), LOOK_MS);
  }

  close() {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  async look() {
    const voices = this.#tracks().filter(({ source }) => source === "microphone");
    await Promise.all(voices.map(({ receiver }) => this.#listen(receiver)));
  }

  /** @param {RTCRtpReceiver} receiver */
  async #listen(receiver) {
    const now = await countsOf(receiver).catch(() => null); // a connection that was just closed
    if (!now) return;
    const state = this.#states.get(receiver) ?? { before: now, step: 0, calm: 0 };
    this.#states.set(receiver, judged(state, now));
    const wait = STEPS_MS[this.#states.get(receiver)?.step ?? 0] ?? null;
    if (receiver.jitterBufferTarget !== wait) receiver.jitterBufferTarget = wait;
  }
}

/** @param {State} state @param {Counts} now @returns {State} */
function judged({ before, step, calm }, now) {
  const samples = now.samples - before.samples;
  if (now.packets - before.packets < TELLING || samples <= 0) return { before: now, step, calm };
  const gaps = (now.gaps - before.gaps) / samples;
  if (gaps > GAPS) return { before: now, step: Math.min(step + 1, STEPS_MS.length - 1), calm: 0 };
  if (calm + 1 < CALM_LOOKS) return { before: now, step, calm: calm + 1 };
  return { before: now, step: Math.max(step - 1, 0), calm: 0 };
}

/** @param {RTCRtpReceiver} receiver @returns {Promise<Counts | null>} */
async function countsOf(receiver) {
  for (const found of (await receiver.getStats()).values()) {
    if (found.type !== "inbound-rtp") continue;
    const gaps = (found.concealedSamples ?? 0) - (found.silentConcealedSamples ?? 0);
    return { packets: found.packetsReceived ?? 0, samples: found.totalSamplesReceived ?? 0, gaps };
  }
  return null;
}
