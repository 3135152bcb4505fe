/** What a party sees while the mediator is in caucus with the other side: since when, until when, what it can tell. */
import { findAll } from "../find.js";
import { clock, t } from "../i18n.js";
import { drawLedger } from "./ledger.js";
import { problemText } from "./notices.js";
import { OwnNote } from "./own-note.js";
import { box, keep, mark, part, say, show } from "./parts.js";
import { drawState, sinceWords, stretch } from "./words.js";

/** @typedef {import("../../../types/room").RoomModel} RoomModel */
/** @typedef {import("../../../types/room").RoomView} RoomView */
/** @typedef {import("../../../types/protocol").Given} Given */
/** @typedef {import("../../../types/protocol").Signal} Signal */

const SOON_MS = 120_000;

export class Companion {
  #note = new OwnNote();
  #buttons = findAll("[data-signal]", HTMLButtonElement);

  /** @param {(signal: Signal, up: boolean) => unknown} give */
  constructor(give) {
    for (const button of this.#buttons)
      button.addEventListener("click", () =>
        give(signalOf(button), button.getAttribute("aria-pressed") !== "true"),
      );
  }

  /** @param {RoomModel} model @param {RoomView} view @param {number} now */
  render(model, view, now) {
    const { caucus } = view;
    if (!caucus) return;
    show(box("companion-back"), caucus.until !== null);
    show(part("track", SVGElement), caucus.until !== null);
    say(box("companion-since"), sinceWords("room.companion.since", caucus.since, now));
    if (caucus.until) drawPromise(caucus.since, caucus.until, now);
    say(box("companion-was"), changeOf(caucus));
    this.#signals(model, view);
    this.#note.render(view);
    drawLedger(view);
  }

  /** @param {RoomModel} model @param {RoomView} view */
  #signals({ problem }, view) {
    show(box("tell"), view.you.side !== "neutral");
    const given = view.people.find((each) => each.you)?.signals ?? [];
    const up = new Set(given.map((each) => each.signal));
    for (const button of this.#buttons) mark(button, "aria-pressed", up.has(signalOf(button)));
    const make = () => document.createElement("li");
    keep(box("sent"), given, (each) => each.signal, make, drawSent);
    show(box("tell-problem"), problem !== null);
    if (problem) say(box("tell-problem"), problemText(problem));
  }
}

/** @param {HTMLElement} button @returns {Signal} */
export const signalOf = (button) => /** @type {Signal} */ (button.dataset.signal);

/** @param {HTMLElement} element @param {Given} given whoever looks over the shoulder reads no word of fear */
export function drawSent(element, { signal, at, seen_at: seen }) {
  const quiet = signal === "unsafe" ? "_quiet" : "";
  const key = `room.companion.delivered${quiet}${seen ? "_seen" : ""}`;
  const word = t(key, { signal: t(`room.signal.${signal}`), at: clock(at), seen: seen ? clock(seen) : "" });
  element.classList.add("state");
  drawState(element, { kind: "ok", icon: "check-c", word });
}

/** @param {NonNullable<RoomView["caucus"]>} caucus @returns {string} a promise is not changed in silence */
const changeOf = ({ until, until_was: was }) =>
  until && was ? t("room.companion.was", { was: clock(was), at: clock(until) }) : "";

/** @param {string} since @param {string} until @param {number} now */
function drawPromise(since, until, now) {
  const left = Date.parse(until) - now;
  say(box("companion-until"), clock(until));
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
