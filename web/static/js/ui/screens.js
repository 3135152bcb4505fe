/** Shows one state of the page at a time and puts the focus where a reader should go on. Knows no sockets. */
import { findAll } from "../find.js";
import { t } from "../i18n.js";
import { box, say, show } from "./parts.js";

/** @typedef {import("../../../types/room").Screen} Screen */
/** @typedef {import("../../../types/room").RoomModel} RoomModel */

export class Screens {
  #sections = findAll("[data-screen]", HTMLElement);
  #chrome = [box("masthead"), box("foot")];
  #link = box("link");
  /** @type {Screen | null} */
  #now = null;

  /** @param {Screen} screen @returns {boolean} whether it changed */
  show(screen) {
    if (screen === this.#now) return false;
    const first = this.#now === null;
    this.#now = screen;
    for (const section of this.#sections) show(section, section.dataset.screen === screen);
    for (const element of this.#chrome) show(element, screen !== "room");
    document.body.dataset.state = screen;
    document.title = `${t(`room.screen.${screen}`)} · ${t("app.name")}`;
    for (const dialog of document.querySelectorAll("dialog")) if (!first) dialog.close();
    if (!first) document.getElementById("main")?.focus({ preventScroll: true });
    return true;
  }

  /** @param {Screen} screen is laid out where nobody sees it yet */
  rehearse(screen) {
    for (const section of this.#sections) show(section, section.dataset.screen === screen);
    for (const element of this.#chrome) show(element, screen !== "room");
  }

  /** @param {RoomModel} model the line to the server, in words, on every screen */
  link(model) {
    const { link, halt, view } = model;
    const lost = link.state === "lost" && !halt;
    const slow = link.state === "connecting" && !view && Date.now() - link.since > 4000 && !halt;
    show(this.#link, lost || slow);
    if (!lost && !slow) return;
    const seconds = Math.floor((Date.now() - link.since) / 1000);
    say(
      box("link-text", this.#link),
      t("room.link.lost", { n: seconds, attempt: Math.max(1, link.attempt) }),
    );
  }
}
