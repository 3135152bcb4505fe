/**
 * How wide our line upwards is, as the browser believes: wide, narrow, or full, which it is for a moment when it has just
 * become narrow. Knows one sender and no signalling; a browser that says nothing about it has a wide line.
 */

/** @typedef {"wide" | "full" | "narrow"} State */

const LOOK_MS = 250;
/** Bit/s: with less a line has not even room for the voice and the smallest picture; with more there is some to spare. */
const NARROW = 180_000;
const WIDE = 230_000;
/** How long there is no picture, so that what waits in front of the line goes and the voice does not wait behind it. */
const FULL_MS = 1500;
/** How long a line stays narrow at least: longer where it became narrow again soon after it had been wide. */
const HOLD_MS = 5000;
const LONGEST_HOLD_MS = 40_000;
const SOON_MS = 30_000;

/** Events: `change` when `state` does. */
export class Width extends EventTarget {
  /** @type {State} */
  state = "wide";
  /** @type {number | undefined} bit/s that the browser believes in */
  bps;
  #sender;
  #timer;
  #hold = HOLD_MS;
  #since = -SOON_MS;

  /** @param {RTCRtpSender} sender any of the connection */
  constructor(sender) {
    super();
    this.#sender = sender;
    this.#timer = setInterval(() => void this.look(), LOOK_MS);
  }

  close() {
    clearInterval(this.#timer);
  }

  async look() {
    const report = await this.#sender.getStats().catch(() => null); // a connection that was just closed
    if (!report) return;
    for (const { type, availableOutgoingBitrate } of report.values()) {
      if (type === "candidate-pair" && availableOutgoingBitrate) this.bps = availableOutgoingBitrate;
    }
    if (this.bps !== undefined) this.#judge(this.bps, performance.now());
  }

  /** @param {number} bps @param {number} now ms */
  #judge(bps, now) {
    const lasted = now - this.#since;
    if (this.state === "wide" && bps < NARROW) {
      this.#hold = lasted < SOON_MS ? Math.min(2 * this.#hold, LONGEST_HOLD_MS) : HOLD_MS;
      this.#become("full", now);
    } else if (this.state === "full" && lasted >= FULL_MS) {
      this.#become("narrow", now);
    } else if (this.state === "narrow" && lasted >= this.#hold && bps >= WIDE) {
      this.#become("wide", now);
    }
  }

  /** @param {State} state @param {number} now ms */
  #become(state, now) {
    this.state = state;
    this.#since = now;
    this.dispatchEvent(new Event("change"));
  }
}
