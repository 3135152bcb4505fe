/** The side panel: which tab is open, what is new on the other, open or closed on small screens. Knows no sockets. */
import { findAll } from "../find.js";
import { isPresider } from "../room/rules.js";
import { box, mark, say, show } from "./parts.js";

/** @typedef {import("../../../types/room").RoomModel} RoomModel */
/** @typedef {import("../../../types/room").RoomView} RoomView */
/** @typedef {"people" | "chat"} Tab */

export class Panel {
  #side = box("side");
  #tabs = findAll("[data-tab]", HTMLButtonElement);
  #panels = findAll("[data-panel]", HTMLElement);
  #room = /** @type {HTMLElement} */ (this.#side.parentElement);

  /** @param {(tab: Tab | null) => void} choose */
  constructor(choose) {
    for (const tab of this.#tabs) {
      tab.addEventListener("click", () => choose(/** @type {Tab} */ (tab.dataset.tab)));
      tab.addEventListener("keydown", (event) => this.#onKey(event, choose));
    }
  }

  /** @param {RoomModel} model @param {RoomView} view */
  render(model, view) {
    const standing = isPresider(view);
    const tab = model.panel ?? "people";
    this.#room.classList.toggle("room--party", !standing);
    this.#room.classList.toggle("room--open", model.panel !== null);
    for (const each of this.#tabs) {
      const chosen = each.dataset.tab === tab;
      mark(each, "aria-selected", chosen);
      mark(each, "tabindex", chosen ? 0 : -1);
    }
    for (const each of this.#panels) show(each, each.dataset.panel === tab);
    show(box("chat-form"), tab === "chat");
    if (tab === "chat") show(box("start-foot"), false);
    this.#count("count-waiting", tab === "people" && model.panel !== null ? 0 : view.waiting.length);
    this.#count("count-chat", tab === "chat" && model.panel !== null ? 0 : model.unread);
  }

  /** @param {string} name @param {number} number only what is new is counted */
  #count(name, number) {
    const element = box(name);
    show(element, number > 0);
    say(element, String(number));
  }

  /** @param {KeyboardEvent} event @param {(tab: Tab | null) => void} choose arrow keys move between tabs */
  #onKey(event, choose) {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step) return;
    const at = this.#tabs.indexOf(/** @type {HTMLButtonElement} */ (event.currentTarget));
    const next = this.#tabs[(at + step + this.#tabs.length) % this.#tabs.length];
    next?.focus();
    choose(/** @type {Tab} */ (next?.dataset.tab));
  }
}
