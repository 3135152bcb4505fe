/** Films of a recording: moves the progress of those that are being made, and shows the page anew when one is done. */

import { find } from "./find.js";

/** @typedef {{id: string, state: string, done: number, total: number}} Told */

const EVERY_MS = 2000;
const OPEN = new Set(["queued", "making"]);

const main = find("[data-films]", HTMLElement);

/** @param {Told} film @returns {boolean} whether the page tells of another state */
function show(film) {
  const row = document.querySelector(`[data-film="${film.id}"]`);
  if (!(row instanceof HTMLElement)) return true;
  const bar = row.querySelector("progress");
  if (bar && film.total > 0) {
    bar.max = film.total;
    bar.value = film.done;
  }
  return row.dataset.state !== film.state;
}

async function look() {
  if (![...document.querySelectorAll("[data-film]")].some(isOpen)) return;
  const response = await fetch(main.dataset.films ?? "", { headers: { Accept: "application/json" } });
  if (!response.ok) return location.reload();
  /** @type {{films: Told[]}} */
  const { films } = await response.json();
  if (films.map(show).some(Boolean)) location.reload();
}

/** @param {Element} row */
function isOpen(row) {
  return row instanceof HTMLElement && OPEN.has(row.dataset.state ?? "");
}

setInterval(() => void look().catch(() => undefined), EVERY_MS);
