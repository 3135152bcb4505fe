/** The operator's statistics: asks for the figures every few seconds and puts them where the old ones stand. */

import { find, findAll } from "./find.js";
import { t } from "./i18n.js";
import { icon } from "./icons.js";

/** @typedef {"" | "ok" | "weak" | "lost"} Level */
/**
 * What the server answers, worded in the page's language (web/routes/statistics.py).
 * @typedef {object} Told
 * @property {string} at
 * @property {[Level, string]} overall
 * @property {string} advice what has to be done, empty for nothing
 * @property {Record<string, [string, Level]>} figures
 * @property {Record<string, string[][]>} tables
 * @property {[string, number, number, number][]} spread level, people, start and width in percent
 */

const EVERY_MS = 5000;
const TIMEOUT_MS = 8000;
const SYMBOLS = { ok: "check-c", weak: "alert", lost: "alert" };

const main = find("[data-statistics]", HTMLElement);
const stale = find("[data-stale]", HTMLElement);
let shownAt = main.dataset.at ?? "";

/**
 * @param {Level} level
 * @param {string} text
 */
function worded(level, text) {
  if (!level) return text;
  const state = document.createElement("span");
  state.className = `state state--${level}`;
  state.append(icon(SYMBOLS[level]), text);
  return state;
}

/**
 * Leaves what has not changed: a reader of the screen is told of nothing new.
 * @param {Element} place
 * @param {Level} level
 * @param {string} text
 */
function put(place, level, text) {
  const tone = place.querySelector(".state");
  const sameTone = tone ? tone.classList.contains(`state--${level}`) : level === "";
  if (!sameTone || place.textContent?.trim() !== text) place.replaceChildren(worded(level, text));
}

/**
 * @param {HTMLElement} place
 * @param {string[][]} rows
 */
function fill(place, rows) {
  find("table", HTMLTableElement, place).hidden = rows.length === 0;
  find(".empty", HTMLElement, place).hidden = rows.length > 0;
  const lines = rows.map((cells) => {
    const line = document.createElement("tr");
    for (const cell of cells) line.insertCell().textContent = cell;
    return line;
  });
  find("tbody", HTMLTableSectionElement, place).replaceChildren(...lines);
}

/** @param {Told} told */
function show(told) {
  shownAt = told.at;
  find("[data-as-of]", HTMLElement).textContent = t("statistics.as_of", { at: told.at });
  put(find("[data-overall]", HTMLElement), told.overall[0], told.overall[1]);
  const advice = find("[data-advice]", HTMLElement);
  advice.hidden = told.advice === "";
  find("span", HTMLElement, advice).textContent = told.advice;
  for (const place of findAll("[data-figure]", HTMLElement)) {
    const [text, level] = told.figures[place.dataset.figure ?? ""] ?? ["", ""];
    put(place, level, text);
  }
  for (const place of findAll("[data-table]", HTMLElement))
    fill(place, told.tables[place.dataset.table ?? ""] ?? []);
  for (const [level, people, x, width] of told.spread) {
    const stretch = find(`[data-spread="${level}"]`, SVGRectElement);
    stretch.setAttribute("x", `${x}%`);
    stretch.setAttribute("width", `${width}%`);
    find(`[data-spread-word="${level}"]`, HTMLElement).textContent = t(`statistics.line_${level}`, {
      n: people,
    });
  }
}

async function renew() {
  const response = await fetch(main.dataset.statistics ?? "", {
    headers: { Accept: "application/json" },
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  if (!response.ok) throw new Error(`answered ${response.status}`);
  show(await response.json());
}

async function round() {
  if (document.visibilityState === "visible") {
    const reached = await renew().then(
      () => true,
      () => false,
    );
    if (!reached) find("span", HTMLElement, stale).textContent = t("statistics.stale", { at: shownAt });
    stale.hidden = reached;
  }
  setTimeout(round, EVERY_MS);
}

document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible") renew().catch(() => undefined);
});
round();
