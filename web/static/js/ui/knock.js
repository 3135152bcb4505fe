/** The bar above the stage: somebody waits to come in, whichever tab is open. Knows no sockets. */
import { t } from "../i18n.js";
import { isPresider, seatName } from "../room/rules.js";
import { box, onChange, show } from "./parts.js";

/** @typedef {import("../../../types/room").RoomView} RoomView */
/** @typedef {import("../../../types/protocol").Waiting} Waiting */

export class Knock {
  #bar = box("knock");
  #text = box("knock-text");

  /** @param {RoomView} view */
  render(view) {
    const first = this.first(view);
    show(this.#bar, first !== null);
    if (!first) return;
    const others = view.waiting.filter((each) => each.connected).length - 1;
    onChange(this.#text, `${first.participant} ${first.again} ${others}`, () => {
      const name = document.createElement("b");
      name.textContent = first.name;
      const role = t(`role.${seatName(first, view.session.matter.track)}`);
      const elsewhere = first.again ? t("room.knock.again") : "";
      const rest = others > 0 ? t("room.knock.and_others", { n: others }) : "";
      const words = document.createElement("span");
      words.className = "soft";
      words.textContent = `${t("room.knock.asks", { role })}${elsewhere}${rest}`;
      this.#text.replaceChildren(name, " ", words);
    });
  }

  /** @param {RoomView} view @returns {Waiting | null} who came first */
  first(view) {
    if (!isPresider(view)) return null;
    return view.waiting.find((each) => each.connected) ?? null;
  }
}
