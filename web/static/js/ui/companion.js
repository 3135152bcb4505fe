/** What a party sees while the mediator is in caucus with the other side: since when, until when, what is private. */
import { clock, t } from "../i18n.js";
import { box, keep, mark, part, say, show } from "./parts.js";
import { sinceWords, stretch } from "./words.js";

/** @typedef {import("../../../types/room").RoomView} RoomView */

const SOON_MS = 120_000;

export class Companion {
  /** @param {RoomView} view @param {number} now */
  render(view, now) {
    const { caucus } = view;
    if (!caucus) return;
    show(box("companion-back"), caucus.until !== null);
    show(part("track", SVGElement), caucus.until !== null);
    say(box("companion-since"), sinceWords("room.companion.since", caucus.since, now));
    if (caucus.until) drawPromise(caucus.since, caucus.until, now);
    drawLedger(view, caucus.since);
  }
}

/** @param {string} since @param {string} until @param {number} now */
function drawPromise(since, until, now) {
  const left = Date.parse(until) - now;
  say(box("companion-until"), clock(until));
  say(box("companion-return"), t(left >= 0 ? "room.companion.return" : "room.companion.return_late"));
  const word = box("companion-left");
  say(
    word,
    left >= 0
      ? t("room.companion.left", { long: stretch(left) })
      : t("room.companion.overdue", { long: stretch(left) }),
  );
  word.classList.toggle("amber", left < SOON_MS);
  drawTrack(since, until, now);
}

/** @param {string} since @param {string} until @param {number} now */
function drawTrack(since, until, now) {
  const whole = Date.parse(until) - Date.parse(since);
  const gone = whole > 0 ? Math.min(1, Math.max(0, (now - Date.parse(since)) / whole)) : 1;
  const percent = `${(gone * 96 + 2).toFixed(1)}%`;
  const here = clock(new Date(now).toISOString());
  mark(part("track-gone", SVGElement), "x2", percent);
  mark(part("track-knob", SVGElement), "cx", percent);
  mark(part("track-now", SVGElement), "x", percent);
  say(part("track-from", SVGElement), t("room.companion.track_from", { at: clock(since) }));
  // Words of neighbours would touch near the ends; there the ends' own words say enough.
  say(
    part("track-now", SVGElement),
    gone > 0.3 && gone < 0.75 ? t("room.companion.track_now", { at: here }) : "",
  );
  say(part("track-to", SVGElement), clock(until));
  mark(
    part("track", SVGElement),
    "aria-label",
    t("room.companion.track", { from: clock(since), at: here, to: clock(until) }),
  );
}

/** @typedef {{id: string, at: string, text: string, private: boolean}} Entry */

/** @param {RoomView} view @param {string} since who is with whom now, as far as this person may know */
function drawLedger(view, since) {
  const at = t("room.companion.from", { at: clock(since) });
  /** @type {Entry[]} */
  const entries = [
    { id: "them", at, text: t("room.companion.ledger_them"), private: true },
    { id: "you", at, text: t("room.companion.ledger_you"), private: false },
  ];
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
  show(box("ledger"), view.place === "waiting");
}

function makeEntry() {
  const item = document.createElement("li");
  item.append(document.createElement("span"), document.createElement("span"));
  return item;
}
