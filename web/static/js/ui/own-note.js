/** A note to oneself: it stays in this tab, goes with it and with the sitting, and is sent to nobody. */
import { find } from "../find.js";

/** @typedef {import("../../../types/room").RoomView} RoomView */

export class OwnNote {
  #field = find("#own-note", HTMLTextAreaElement);
  #key = "";

  constructor() {
    this.#field.addEventListener("input", () => keepNote(this.#key, this.#field.value));
  }

  /** @param {RoomView} view */
  render(view) {
    const key = keyOf(view);
    if (key === this.#key) return;
    this.#key = key;
    this.#field.value = kept(key);
  }
}

/** @param {RoomView} view the sitting is over: on a borrowed machine nothing stays behind */
export const forgetNote = (view) => keepNote(keyOf(view), "");

/** @param {RoomView} view */
const keyOf = (view) => `note ${view.session.id} ${view.you.participant}`;

/** @param {string} key @returns {string} a browser that keeps nothing for us only loses it at a reload */
function kept(key) {
  try {
    return sessionStorage.getItem(key) ?? "";
  } catch {
    return "";
  }
}

/** @param {string} key @param {string} text */
function keepNote(key, text) {
  try {
    if (text) sessionStorage.setItem(key, text);
    else sessionStorage.removeItem(key);
  } catch {
    // see `kept`
  }
}
