/** The audience ledger of whoever waits: with whom they were today, when, and whether it was recorded. Knows no sockets. */
import { clock, t } from "../i18n.js";
import { box, keep, say } from "./parts.js";
import { listed } from "./words.js";

/** @typedef {import("../../../types/room").RoomView} RoomView */
/** @typedef {import("../../../types/protocol").Stretch} Stretch */
/** @typedef {{id: string, at: string, text: string, private: boolean}} Entry */

/** @param {RoomView} view */
export function drawLedger(view) {
  const entries = view.ledger.filter(isWorthALine).flatMap(entriesOf);
  keep(
    box("ledger"),
    entries,
    (each) => each.id,
    () => makeEntry(),
    (element, each) => {
      element.classList.toggle("is-plum", each.private);
      const [when, what] = element.children;
      if (when) say(when, each.at);
      if (what) say(what, each.text);
    },
  );
}

/**
 * People come in one by one: of the joint room only what lasted a minute is told, unless something else followed.
 * @param {Stretch} stretch @param {number} index @param {Stretch[]} all
 */
export function isWorthALine({ since, until, place }, index, all) {
  const brief = until !== null && Date.parse(until) - Date.parse(since) < 60_000;
  return !(brief && place === "main" && all[index + 1]?.place === "main");
}

/** @param {Stretch} stretch @returns {Entry[]} who waits now is told where the mediator is, too */
function entriesOf(stretch) {
  const entry = {
    id: stretch.since,
    at: span(stretch),
    text: words(stretch),
    private: stretch.place === "caucus",
  };
  if (stretch.place !== "waiting" || stretch.until) return [entry];
  const them = { ...entry, id: `${entry.id} them`, text: t("room.companion.ledger_them"), private: true };
  return [them, entry];
}

/** @param {Stretch} stretch */
const span = ({ since, until }) =>
  until
    ? t("room.companion.span", { from: clock(since), to: clock(until) })
    : t("room.companion.from", { at: clock(since) });

/** @param {Stretch} stretch @returns {string} 您与郑思远、周承安，录音录像 */
function words({ place, people, recorded }) {
  if (place === "waiting") return t("room.companion.ledger_you");
  if (people.length === 0) return t("room.companion.ledger_alone");
  const key = place === "caucus" ? "ledger_caucus" : recorded ? "ledger_main_recorded" : "ledger_main";
  return t(`room.companion.${key}`, { names: listed(people) });
}

function makeEntry() {
  const item = document.createElement("li");
  const when = document.createElement("span");
  when.className = "num";
  item.append(when, document.createElement("span"));
  return item;
}
