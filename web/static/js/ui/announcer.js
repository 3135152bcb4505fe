/** Speaks to screen readers in whole sentences, at most one in two seconds. Knows no room. */

const PAUSE_MS = 2000;
const MOST = 5;

export class Announcer {
  #element;
  /** @type {string[]} */
  #waiting = [];
  #timer = 0;

  /** @param {HTMLElement} element a live region nobody sees */
  constructor(element) {
    this.#element = element;
  }

  /** @param {string} sentence */
  say(sentence) {
    this.#waiting = [...this.#waiting, sentence].slice(-MOST);
    if (!this.#timer) this.#next();
  }

  #next() {
    const sentence = this.#waiting.shift();
    this.#timer = 0;
    if (sentence === undefined) return;
    this.#element.textContent = sentence;
    this.#timer = setTimeout(() => this.#next(), PAUSE_MS);
  }
}
