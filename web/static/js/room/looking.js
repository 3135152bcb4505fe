/** Tells the server what this person looks at and how much data it may take. Knows no DOM. */
import { dataUse, keepDataUse } from "../media/data-use.js";
import { Refused } from "../signaling.js";

/** @typedef {import("../../../types/protocol").DataUse} DataUse */
/** @typedef {import("../../../types/protocol").Tile} Tile */
/** @typedef {EventTarget & {tiles: Tile[]}} Gaze */

export class Looking {
  #signaling;
  #gaze;
  #store;

  /** @param {{signaling: import("../signaling.js").Signaling, gaze: Gaze, store: import("./store.js").Store}} parts */
  constructor({ signaling, gaze, store }) {
    this.#signaling = signaling;
    this.#gaze = gaze;
    this.#store = store;
    gaze.addEventListener("change", () => void this.#tell());
  }

  /** @param {DataUse} use chosen in the settings */
  use(use) {
    keepDataUse(use);
    this.#store.update({ dataUse: use });
    return this.#tell();
  }

  /** @returns {Tile[]} those on the screen, and at height 0 whatever else comes */
  #tiles() {
    const tiles = this.#gaze.tiles;
    const rest = this.#store.model.remote.flatMap(({ participant, source }) => {
      const seen = tiles.some((each) => each.participant === participant && each.source === source);
      return source === "microphone" || seen ? [] : [{ participant, source, height: 0 }];
    });
    return [...tiles, ...rest];
  }

  async #tell() {
    const { link, view } = this.#store.model;
    if (link.state !== "up" || !view) return;
    try {
      await this.#signaling.ask("looking", { tiles: this.#tiles(), data: dataUse() });
    } catch (error) {
      if (!(error instanceof Refused)) throw error; // told again after the next reconnection
    }
  }
}
