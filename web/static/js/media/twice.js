/**
 * Whether our voice is sent twice over: packets that carry the one before once more (RFC 2198) make up for every single
 * loss at once, and need the room of two voices: on a line that has just become narrow they would be the loss. Knows one
 * sender and no signalling.
 */

/** @typedef {import("./width.js").Width} Width */

const LOOK_MS = 500;
/** Looks without any loss after which a narrow line carries the voice once again. */
const CALM_LOOKS = 40;
/** Of so many looks, those with a loss that show that a narrow line loses whatever is sent: it is no queue that is full. */
const LATELY = 8;
const OFTEN = 5;
/** Bit/s that the browser believes in: above it there is room for a second voice, below the other there is none. */
const ROOMY = 600_000;
const NARROW = 250_000;

/** Events: `change` when `needed` does. */
export class Twice extends EventTarget {
  needed = true;
  #sender;
  #width;
  #roomy = true;
  #asked = 0;
  #calm = CALM_LOOKS;
  /** @type {boolean[]} whether sound was asked for again, at each of the last looks */
  #lately = [];
  #timer;

  /** @param {RTCRtpSender} sender of the microphone @param {Width} width of its line */
  constructor(sender, width) {
    super();
    this.#sender = sender;
    this.#width = width;
    width.addEventListener("change", () => this.#begin());
    this.#timer = setInterval(() => void this.#look(), LOOK_MS);
  }

  close() {
    clearInterval(this.#timer);
  }

  async #look() {
    const report = await this.#sender.getStats().catch(() => null); // a connection that was just closed
    if (!report) return;
    for (const found of report.values()) {
      if (found.type === "outbound-rtp") this.#count(found.nackCount ?? 0);
    }
    this.#decide();
  }

  #decide() {
    const { bps, state } = this.#width;
    if (bps !== undefined) this.#roomy = bps >= (this.#roomy ? NARROW : ROOMY);
    const roomy = this.#roomy && state === "wide";
    const needed = state !== "full" && (roomy || this.#calm < CALM_LOOKS);
    if (needed === this.needed) return;
    this.needed = needed;
    this.dispatchEvent(new Event("change"));
  }

  /** What was lost before says nothing about a line that is another one now. */
  #begin() {
    this.#calm = CALM_LOOKS;
    this.#lately = [];
    this.#decide();
  }

  /** @param {number} asked how often the server has asked for sound again so far */
  #count(asked) {
    const loses = asked > this.#asked;
    this.#asked = asked;
    this.#lately = [...this.#lately, loses].slice(-LATELY);
    const often = this.#lately.filter(Boolean).length >= OFTEN;
    this.#calm = (this.#width.state === "wide" ? loses : often) ? 0 : this.#calm + 1;
  }
}
