/**
 * Finds out when the server can be reached again, sooner than a socket that is being opened into nothing would.
 * Knows no socket.
 */

const DOOR = "/healthz";
const EVERY_MS = 400;
const PATIENCE_MS = 1000;
const GIVEN_MS = 4000; // how long the socket may take once somebody answered: a server just started is slow

export class Knocking {
  #answered;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #turn = 0;

  /** @param {() => void} answered the server has answered while we were knocking */
  constructor(answered) {
    this.#answered = answered;
  }

  start() {
    this.stop();
    this.#later(this.#turn, EVERY_MS);
  }

  stop() {
    this.#turn += 1;
    clearTimeout(this.#timer);
  }

  /** @param {number} turn @param {number} ms */
  #later(turn, ms) {
    this.#timer = setTimeout(() => void this.#knock(turn), ms);
  }

  /** @param {number} turn */
  async #knock(turn) {
    let wait = EVERY_MS;
    try {
      await fetch(DOOR, { method: "HEAD", cache: "no-store", signal: AbortSignal.timeout(PATIENCE_MS) });
      wait = GIVEN_MS;
      if (turn === this.#turn) this.#answered();
    } catch {
      // Nobody there, or not yet.
    }
    if (turn === this.#turn) this.#later(turn, wait);
  }
}
