/**
 * Finds out when the server can be reached again, sooner than a socket that is being opened into nothing would.
 * Knows no socket.
 */

const DOOR = "/healthz";
/** A server that was killed is back within seconds: so long the pauses are short, afterwards each is twice the last. */
const SHORT_MS = 250;
const SHORT_PAUSES = 32;
const LONGEST_MS = 4000;
const SPREAD = 0.25; // pages that lost their server in the same instant do not knock in the same instant
const PATIENCE_MS = 1000;
/** How long the socket may take once somebody answered; each time longer, for a server just started or busy is slow. */
const GIVEN_MS = [4000, 8000, 16_000];

export class Knocking {
  #answered;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #turn = 0;
  #pauses = 0;
  #answers = 0;

  /** @param {() => void} answered the server has answered while we were knocking */
  constructor(answered) {
    this.#answered = answered;
  }

  /** @param {boolean} [opening] a socket is being opened, which has its time before anybody knocks */
  start(opening = false) {
    this.stop();
    this.#pauses = this.#answers = 0;
    this.#later(this.#turn, opening ? this.#given() : this.#pause());
  }

  stop() {
    this.#turn += 1;
    clearTimeout(this.#timer);
  }

  #given() {
    this.#answers += 1;
    return GIVEN_MS[Math.min(this.#answers, GIVEN_MS.length) - 1] ?? LONGEST_MS;
  }

  #pause() {
    const doubled = Math.max(0, this.#pauses - SHORT_PAUSES + 1);
    this.#pauses += 1;
    return Math.min(SHORT_MS * 2 ** doubled, LONGEST_MS) * (1 - SPREAD + 2 * SPREAD * Math.random());
  }

  /** @param {number} turn @param {number} ms */
  #later(turn, ms) {
    this.#timer = setTimeout(() => void this.#knock(turn), ms);
  }

  /** @param {number} turn */
  async #knock(turn) {
    let wait = this.#pause();
    try {
      await fetch(DOOR, { method: "HEAD", cache: "no-store", signal: AbortSignal.timeout(PATIENCE_MS) });
      if (turn !== this.#turn) return;
      wait = this.#given();
      this.#answered();
    } catch {
      // Nobody there, or not yet.
    }
    if (turn === this.#turn) this.#later(turn, wait);
  }
}
