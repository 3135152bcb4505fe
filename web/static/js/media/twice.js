/**
 * Whether our voice gets through as it is, or must be sent twice over: packets that carry the one before once more
 * (RFC 2198) need twice the room and make up for every single loss at once. Knows one sender and no signalling.
 */

const LOOK_MS = 500;
/** Looks without any loss after which once is enough again. */
const CALM_LOOKS = 40;

/** Events: `change` when `needed` does. */
export class Twice extends EventTarget {
  needed = false;
  #sender;
  #asked = 0;
  #calm = 0;
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
    for (const found of report?.values() ?? []) {
      if (found.type === "outbound-rtp") this.#judge(found.nackCount ?? 0);
    }
  }

  /** @param {number} asked how often the server has asked for sound again so far */
  #judge(asked) {
    const losing = asked > this.#asked;
    this.#asked = asked;
    this.#calm = losing ? 0 : this.#calm + 1;
    if (losing === this.needed || (!losing && this.#calm < CALM_LOOKS)) return;
    this.needed = losing;
    this.dispatchEvent(new Event("change"));
  }
}
