/**
 * Lines of chat on their way: kept until the server has taken them, said again after a break, and never to another
 * room than the one they were written in. Knows no DOM.
 */
import { Refused } from "../signaling.js";

/** @typedef {import("../../../types/room").Unsent} Unsent */
/** @typedef {import("../../../types/room").RoomView} RoomView */
/** @typedef {import("./store.js").Store} Store */

const MOST_UNSENT = 20;
const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";

export class Writing {
  #store;
  #send;
  #giveBack;

  /**
   * @param {{store: Store, send: (line: Unsent) => Promise<void>, giveBack: (text: string) => void}} parts
   * `giveBack`: this text was refused; whoever wrote it has it again
   */
  constructor({ store, send, giveBack }) {
    this.#store = store;
    this.#send = send;
    this.#giveBack = giveBack;
  }

  /** @param {string} text @returns {boolean} whether it is on its way; else there is no room to write in, or too much waits */
  send(text) {
    const { view, unsent } = this.#store.model;
    if (!view || unsent.length >= MOST_UNSENT) return false;
    const line = { line: newLine(), text, caucus: caucusOf(view) };
    this.#store.update({ unsent: [...unsent, line], problem: null });
    void this.#say(line);
    return true;
  }

  /** After each hello: what waited goes out, in its order; what was written for another room is given back. */
  async again() {
    for (const line of this.#store.model.unsent) await this.#say(line);
  }

  /** @param {Unsent} line */
  async #say(line) {
    try {
      await this.#send(line);
      this.#drop(line);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (error.problem.code === "timeout")
        await this.#say(line); // still connected: nobody will welcome us
      else if (error.problem.code !== "offline") this.#refused(line, error.problem);
    }
  }

  /** @param {Unsent} line @param {import("../../../types/room").Problem} problem */
  #refused(line, problem) {
    this.#drop(line);
    this.#store.update({ problem });
    this.#giveBack(line.text);
  }

  /** @param {Unsent} line */
  #drop(line) {
    this.#store.update({ unsent: this.#store.model.unsent.filter((each) => each.line !== line.line) });
  }
}

/** @param {RoomView} view @returns {string | null} */
const caucusOf = (view) => (view.place === "caucus" ? (view.caucus?.since ?? null) : null);

/** @returns {string} an id of the server's form, unguessable */
const newLine = () =>
  Array.from(crypto.getRandomValues(new Uint8Array(26)), (each) => ALPHABET[each % 32]).join("");
