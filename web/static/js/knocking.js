/**
 * Finds out when the server can be reached again, sooner than a socket that is being opened into nothing would.
 * Knows no socket.
 */

const DOOR = "/healthz";
const EVERY_MS = 400;
const PATIENCE_MS = 1000;

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
    this.#later(this.#turn);
  }

  stop() {
    this.#turn += 1;
    clearTimeout(this.#timer);
  }

  /** @param {number} turn */
  #later(turn) {
    this.#timer = setTimeout(() => void this.#knock(turn), EVERY_MS);
  }

  /** @param {number} turn */
  async #knock(turn) {
    try {
      await fetch(DOOR, { method: "HEAD", cache: "no-store", signal: AbortSignal.timeout(PATIENCE_MS) });
      if (turn === this.#turn) this.#answered();
    } catch {
      // Nobody there, or not yet.
    }
    if (turn === this.#turn) this.#later(turn);
  }
}
