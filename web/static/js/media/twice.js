/**
 * Whether our voice is sent twice over: packets that carry the one before once more (RFC 2198) make up for every single
 * loss at once, and need the room of two voices. Knows one sender and no signalling.
 */

const LOOK_MS = 500;
/** Looks without any loss after which a narrow line carries the voice once again. */
const CALM_LOOKS = 40;
/** Bit/s that the browser believes in: above it there is room for a second voice, below the other there is none. */
const ROOMY = 600_000;
const NARROW = 250_000;

/** Events: `change` when `needed` does. */
export class Twice extends EventTarget {
  needed = true;
  #sender;
  #roomy = true;
  #asked = 0;
  #calm = CALM_LOOKS;
  #timer;

  /** @param {RTCRtpSender} sender of the microphone */
  constructor(sender) {
    super();
    this.#sender = sender;
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
      if (found.type === "candidate-pair") this.#measure(found.availableOutgoingBitrate);
    }
    const needed = this.#roomy || this.#calm < CALM_LOOKS;
    if (needed === this.needed) return;
    this.needed = needed;
    this.dispatchEvent(new Event("change"));
  }

  /** @param {number} asked how often the server has asked for sound again so far */
  #count(asked) {
    this.#calm = asked > this.#asked ? 0 : this.#calm + 1;
    this.#asked = asked;
  }

  /** @param {number | undefined} bps of the path in use; not every browser says it */
  #measure(bps) {
    if (bps === undefined) return;
    this.#roomy = bps >= (this.#roomy ? NARROW : ROOMY);
  }
}
