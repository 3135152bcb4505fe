/** Keys: M, V, R, C, ? and F6; they can be switched off, and never steal a letter from somebody who writes. */
import { findAll } from "../find.js";
import { part } from "./parts.js";

const KEPT = "shortcuts";
/** @type {Record<string, string>} */
const KEYS = { m: "microphone", v: "camera", r: "hand", c: "chat", "?": "settings" };
const WRITES = "input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]";

/** @param {(act: string) => void} press @param {() => boolean} inRoom keys mean something only there */
export function listenToKeys(press, inRoom) {
  const use = part("use-shortcuts", HTMLInputElement);
  use.checked = wanted();
  use.addEventListener("change", () => keepWish(use.checked));
  document.addEventListener("keydown", (event) => {
    if (event.key === "F6" && inRoom()) return cycle(event);
    const act = KEYS[event.key.toLowerCase()];
    if (!act || !use.checked || !inRoom() || isBusy(event)) return;
    event.preventDefault();
    press(act);
  });
}

/** @param {KeyboardEvent} event */
function isBusy(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return true;
  const target = event.target instanceof Element ? event.target : null;
  return Boolean(target?.matches(WRITES) || document.querySelector("dialog[open]"));
}

/** @param {KeyboardEvent} event to the next region: stage, controls, panel; with shift the other way */
function cycle(event) {
  const regions = findAll("[data-region]", HTMLElement).filter((each) => each.offsetParent !== null);
  const at = regions.findIndex((each) => each.contains(document.activeElement));
  const step = event.shiftKey ? regions.length - 1 : 1;
  const next = regions[(Math.max(at, event.shiftKey ? 0 : -1) + step) % regions.length];
  if (!next) return;
  event.preventDefault();
  next.focus();
}

function wanted() {
  try {
    return localStorage.getItem(KEPT) !== "off";
  } catch {
    return true;
  }
}

/** @param {boolean} on */
function keepWish(on) {
  try {
    localStorage.setItem(KEPT, on ? "on" : "off");
  } catch {
    // Private windows refuse to store; the choice then lasts as long as the page.
  }
}
