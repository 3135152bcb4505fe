/** What a party sees in safety mode while nobody speaks with them: that they are alone, what follows, what they can tell. */
import { findAll } from "../find.js";
import { clock, t } from "../i18n.js";
import { hasStarted } from "../room/rules.js";
import { drawSent, signalOf } from "./companion.js";
import { box, keep, mark, say } from "./parts.js";

/** @typedef {import("../../../types/room").RoomView} RoomView */

export class Apart {
  #buttons = findAll('[data-part="apart-signals"] [data-signal]', HTMLButtonElement);

  /** @param {RoomView} view @param {number} now server clock, ms */
  render(view, now) {
    const key = hasStarted(view) ? "room.apart.lead" : "room.apart.lead_before";
    say(box("apart-lead"), t(key));
    say(box("apart-now"), t("room.apart.now", { at: clock(new Date(now).toISOString()) }));
    this.#signals(view);
  }

  /** The buttons are wired with those of the companion; a press of 感到不安全 leaves no word on this screen. @param {RoomView} view */
  #signals(view) {
    const given = view.people.find((each) => each.you)?.signals ?? [];
    const up = new Set(given.map((each) => each.signal));
    for (const button of this.#buttons) mark(button, "aria-pressed", up.has(signalOf(button)));
    keep(
      box("apart-sent"),
      given,
      (each) => each.signal,
      () => document.createElement("li"),
      drawSent,
    );
  }
}
