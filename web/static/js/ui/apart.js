/** What a party sees in safety mode while nobody speaks with them: that they are alone, since when, and what follows. */
import { clock, t } from "../i18n.js";
import { hasStarted } from "../room/rules.js";
import { box, say } from "./parts.js";

/** @typedef {import("../../../types/room").RoomView} RoomView */

export class Apart {
  /** @param {RoomView} view @param {number} now server clock, ms */
  render(view, now) {
    const key = hasStarted(view) ? "room.apart.lead" : "room.apart.lead_before";
    say(box("apart-lead"), t(key));
    say(box("apart-now"), t("room.apart.now", { at: clock(new Date(now).toISOString()) }));
  }
}
