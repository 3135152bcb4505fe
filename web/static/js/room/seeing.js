/** Tells the server which signals stand on the mediator's screen, so that their givers learn it. Knows no DOM. */
import { Refused } from "../signaling.js";

/** @typedef {import("../../../types/room").RoomView} RoomView */
/** @typedef {import("../../../types/protocol").ClientEvents["signal_seen"]} Seen */

export class Seeing {
  /** @type {Set<string>} */
  #told = new Set();
  #send;

  /** @param {(seen: Seen) => Promise<void>} send */
  constructor(send) {
    this.#send = send;
  }

  /** @param {RoomView} view what is drawn now; each signal is told once, and again only when that was refused */
  tell(view) {
    for (const seen of unseen(view)) {
      const key = `${seen.participant} ${seen.signal} ${seen.at}`;
      if (this.#told.has(key)) continue;
      this.#told.add(key);
      this.#send(seen).catch((error) => {
        this.#told.delete(key);
        if (!(error instanceof Refused)) throw error;
      });
    }
  }
}

/** @param {RoomView} view @returns {Seen[]} only whoever presides is shown signals of others */
export function unseen(view) {
  if (!view.caucus?.mine) return [];
  return view.people
    .filter((each) => !each.you)
    .flatMap(({ participant, signals }) =>
      signals.filter((each) => !each.seen_at).map(({ signal, at }) => ({ participant, signal, at })),
    );
}
