/** Films and bundles: moves the progress of those that are being made, and shows the page anew when one is done. */

import { find } from "./find.js";

/** @typedef {{id: string, state: string, done: number, total: number}} Told */

const EVERY_MS = 2000;
const OPEN = new Set(["queued", "making"]);

const main = find("[data-made-at]", HTMLElement);

/** @param {Told} each @returns {boolean} whether the page tells of another state */
function show(each) {
  const row = document.querySelector(`[data-made="${each.id}"]`);
  if (!(row instanceof HTMLElement)) return true;
  const bar = row.querySelector("progress");
  if (bar && each.total > 0) {
    bar.max = each.total;
    bar.value = each.done;
  }
  return row.dataset.state !== each.state;
}

async function look() {
  if (![...document.querySelectorAll("[data-made]")].some(isOpen)) return;
  const response = await fetch(main.dataset.madeAt ?? "", { headers: { Accept: "application/json" } });
  if (!response.ok) return location.reload();
  /** @type {{made: Told[]}} */
  const { made } = await response.json();
  if (made.map(show).some(Boolean)) location.reload();
}

/** @param {Element} row */
function isOpen(row) {
  return row instanceof HTMLElement && OPEN.has(row.dataset.state ?? "");
}

setInterval(() => void look().catch(() => undefined), EVERY_MS);
