/** Tells the server what this browser could receive, and takes what it says of missed speech. Knows no DOM. */
import { Hearing } from "../media/hearing.js";
import { Refused } from "../signaling.js";

/** @typedef {import("../../../types/protocol").MissedMessage} MissedMessage */
/** @typedef {import("../../../types/protocol").RepeatMessage} RepeatMessage */
/** @typedef {import("./looking.js").Gaze} Gaze */

const REPEAT_SHOWN_MS = 20_000;

/** Whether everybody hears everybody: the page's end of the fair-hearing meter. */
export class Telling {
  #signaling;
  #store;
  #hearing;
  #timer = 0;

  /** @param {{signaling: import("../signaling.js").Signaling, gaze: Gaze, store: import("./store.js").Store}} parts */
  constructor({ signaling, gaze, store }) {
    this.#signaling = signaling;
    this.#store = store;
    const seen = () => gaze.tiles.filter((each) => each.height > 0 && each.source === "camera");
    this.#hearing = new Hearing({
      tracks: () => store.model.remote,
      wanted: () => new Set(store.model.dataUse === "audio" ? [] : seen().map((each) => each.participant)),
      blocked: () => store.model.soundBlocked,
    });
    this.#hearing.addEventListener("change", (event) => {
      void this.#tell(/** @type {CustomEvent} */ (event).detail);
    });
    signaling.addEventListener("lost", () => store.update({ missed: [], repeat: null })); // told anew after it
    signaling.addEventListener("missed", (event) => {
      const { cards } = /** @type {MissedMessage} */ (/** @type {CustomEvent} */ (event).detail);
      store.update({ missed: cards });
    });
    signaling.addEventListener("repeat", (event) => this.#asked(/** @type {CustomEvent} */ (event).detail));
  }

  /** After each hello. */
  again() {
    this.#hearing.again();
    this.#hearing.begin();
  }

  close() {
    this.#hearing.close();
  }

  /** @param {import("../../../types/protocol").Sound[]} people */
  async #tell(people) {
    const { link, view } = this.#store.model;
    if (link.state !== "up" || !view) return this.#hearing.again();
    try {
      await this.#signaling.ask("heard", { people });
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.#hearing.again(); // said again with the next look
    }
  }

  /** @param {RepeatMessage} repeat */
  #asked(repeat) {
    clearTimeout(this.#timer);
    this.#store.update({ repeat });
    this.#timer = setTimeout(() => this.#store.update({ repeat: null }), REPEAT_SHOWN_MS);
  }
}
