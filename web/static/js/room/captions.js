/** Captions by a machine: what this person chose, kept on this device, and the last lines there are. Knows no DOM. */
import { Refused } from "../signaling.js";

/** @typedef {import("../../../types/room").Captions} Captions */
/** @typedef {import("../../../types/room").CaptionSize} CaptionSize */
/** @typedef {import("../../../types/room").RoomView} RoomView */
/** @typedef {import("../../../types/protocol").CaptionMessage} CaptionMessage */

const KEPT = "captions";
const KEPT_SIZE = "captions-size";
/** @type {CaptionSize[]} */
const SIZES = ["plain", "large", "largest"];
const MOST_LINES = 3;
const STAYS_MS = 12_000;

/** @returns {Captions} as chosen on this device; off for whoever has not chosen */
export function captionsKept() {
  return {
    on: kept(KEPT) === "on",
    size: SIZES.find((each) => each === kept(KEPT_SIZE)) ?? "plain",
    lines: [],
  };
}

export class CaptionsChoice {
  #store;
  #signaling;
  #place = "";

  #asking = false;

  /** @param {{store: import("./store.js").Store, signaling: import("../signaling.js").Signaling}} parts */
  constructor({ store, signaling }) {
    this.#store = store;
    this.#signaling = signaling;
    signaling.addEventListener("caption", (event) =>
      this.#take(/** @type {CustomEvent<CaptionMessage>} */ (event).detail),
    );
    store.addEventListener("change", () => this.#follow());
    setInterval(() => this.#follow(), 1000);
  }

  /** @param {boolean} on */
  choose(on) {
    keep(KEPT, on ? "on" : "off");
    this.#update({ on, lines: [] });
  }

  /** @param {CaptionSize} size */
  resize(size) {
    keep(KEPT_SIZE, size);
    this.#update({ size });
  }

  #follow() {
    const { view } = this.#store.model;
    if (!view) return;
    this.#clear(view);
    void this.#tell(view);
  }

  /** Tells the server, which forgets it with every connection. @param {RoomView} view */
  async #tell(view) {
    const { link, captions } = this.#store.model;
    if (this.#asking || link.state !== "up" || !view.captions || view.captions.on === captions.on) return;
    this.#asking = true;
    try {
      await this.#signaling.ask("captions", { on: captions.on });
    } catch (error) {
      if (!(error instanceof Refused)) throw error; // told again after the next reconnection
    } finally {
      this.#asking = false;
    }
  }

  /** What was said elsewhere leaves the page with the place, and what was said long ago. @param {RoomView} view */
  #clear(view) {
    const place = `${view.place} ${view.caucus?.since ?? ""} ${view.suspended?.since ?? ""} ${view.safety}`;
    const { lines } = this.#store.model.captions;
    const since = Date.now() - STAYS_MS;
    const left = place === this.#place ? lines.filter((each) => each.at > since) : [];
    this.#place = place;
    if (left.length < lines.length) this.#update({ lines: left });
  }

  /** @param {CaptionMessage} caption */
  #take({ participant, line, text, language }) {
    const { on, lines } = this.#store.model.captions;
    if (!on) return;
    const others = lines.filter((each) => each.line !== line);
    this.#update({
      lines: [...others, { participant, line, text, language, at: Date.now() }].slice(-MOST_LINES),
    });
  }

  /** @param {Partial<Captions>} patch */
  #update(patch) {
    this.#store.update({ captions: { ...this.#store.model.captions, ...patch } });
  }
}

/** @param {string} name */
function kept(name) {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}

/** @param {string} name @param {string} value */
function keep(name, value) {
  try {
    localStorage.setItem(name, value);
  } catch {
    // Private windows refuse to store; the choice then lasts as long as the page.
  }
}
