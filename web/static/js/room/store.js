/** What the room page knows at this moment, and who wants to be told when it changes. Knows no DOM and no sockets. */
import { dataUse } from "../media/data-use.js";
import { captionsKept } from "./captions.js";

/** @typedef {import("../../../types/room").RoomModel} RoomModel */

/** @returns {RoomModel} before anything is known */
function blank() {
  return {
    link: { state: "connecting", since: Date.now(), attempt: 0 },
    halt: null,
    view: null,
    chat: [],
    unsent: [],
    unread: 0,
    speaking: new Set(),
    quality: {},
    ownQuality: null,
    voicesOnly: [],
    missed: [],
    repeat: null,
    paper: null,
    pointer: null,
    dataUse: dataUse(),
    captions: captionsKept(),
    local: {
      microphone: { on: false, track: null, fault: null },
      camera: { on: false, track: null, fault: null },
      screen: { on: false, track: null, fault: null },
    },
    remote: [],
    silent: false,
    soundBlocked: false,
    mutedBy: null,
    comeBack: false,
    hushed: false,
    sync: null,
    problem: null,
    layout: "grid",
    panel: null,
    clockOffset: 0,
    viewedAt: 0,
  };
}

/** Events: `change`, once for all updates of the same turn, so that a burst of messages paints once. */
export class Store extends EventTarget {
  /** @type {RoomModel} */
  model = blank();
  #due = false;

  /** @param {Partial<RoomModel>} patch */
  update(patch) {
    this.model = { ...this.model, ...patch };
    if (this.#due) return;
    this.#due = true;
    queueMicrotask(() => {
      this.#due = false;
      this.dispatchEvent(new Event("change"));
    });
  }

  /** @returns {number} the server's clock now, in ms */
  now() {
    return Date.now() + this.model.clockOffset;
  }
}
